#include "windtunnel/server_version.h"

#include <ostream>

namespace windtunnel {

std::ostream& operator<<(std::ostream& out, ServerVersion version) {
  switch (version) {
    case ServerVersion::k2_9:
      return out << "2.9";
    case ServerVersion::k2_10:
      return out << "2.10";
    case ServerVersion::k2_15:
      return out << "2.15";
  }
  return out << "ServerVersion(" << static_cast<int>(version) << ")";
}

}  // namespace windtunnel
