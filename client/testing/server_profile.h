// Which profile fits a server.

#ifndef WINDTUNNEL_CLIENT_TESTING_SERVER_PROFILE_H_
#define WINDTUNNEL_CLIENT_TESTING_SERVER_PROFILE_H_

#include <optional>
#include <tuple>

#include "absl/strings/string_view.h"
#include "windtunnel/server_version.h"

namespace windtunnel::internal {

// Major, minor, patch.
using VersionNumbers = std::tuple<int, int, int>;

// Of "2.15.1" or "2.15.1-RC.1"; nullopt if it is no version.
std::optional<VersionNumbers> ParseServerVersion(absl::string_view version);

// The profile of the minor version; the newest, announced on stderr, if there
// is none.
ServerVersion ProfileFor(absl::string_view version);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_TESTING_SERVER_PROFILE_H_
