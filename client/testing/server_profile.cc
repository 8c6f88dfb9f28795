#include "client/testing/server_profile.h"

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace windtunnel::internal {

std::optional<VersionNumbers> ParseServerVersion(absl::string_view version) {
  version = version.substr(0, version.find('-'));
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  int patch = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor) ||
      !absl::SimpleAtoi(parts[2], &patch)) {
    return std::nullopt;
  }
  return VersionNumbers(major, minor, patch);
}

ServerVersion ProfileFor(absl::string_view version) {
  const std::optional<VersionNumbers> numbers = ParseServerVersion(version);
  if (numbers.has_value() && std::get<0>(*numbers) == 2) {
    switch (std::get<1>(*numbers)) {
      case 9:
        return ServerVersion::k2_9;
      case 10:
        return ServerVersion::k2_10;
      case 15:
        return ServerVersion::k2_15;
    }
  }
  std::fprintf(stderr,
               "windtunnel: there is no profile for nats-server %s; it is held "
               "against the newest\n",
               std::string(version).c_str());
  return ServerVersion::k2_15;
}

}  // namespace windtunnel::internal
