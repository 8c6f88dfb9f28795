// ServerVersion: the servers whose behaviour windtunnel knows.

#ifndef WINDTUNNEL_SERVER_VERSION_H_
#define WINDTUNNEL_SERVER_VERSION_H_

#include <iosfwd>

namespace windtunnel {

// nats-server 2.9 (as 2.9.10), 2.10 (as 2.10.27) and 2.15 (as 2.15.1). A live
// server of another minor is treated as the newest of these.
enum class ServerVersion { k2_9, k2_10, k2_15 };

// Prints "2.9", "2.10" or "2.15".
std::ostream& operator<<(std::ostream& out, ServerVersion version);

}  // namespace windtunnel

#endif  // WINDTUNNEL_SERVER_VERSION_H_
