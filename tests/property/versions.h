// The servers that properties are held against, and what their tests are called.

#ifndef WINDTUNNEL_TESTS_PROPERTY_VERSIONS_H_
#define WINDTUNNEL_TESTS_PROPERTY_VERSIONS_H_

#include <algorithm>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "windtunnel/server_version.h"

namespace windtunnel {

inline auto AllVersions() {
  return testing::Values(ServerVersion::k2_9, ServerVersion::k2_10,
                         ServerVersion::k2_15);
}

// "v2_10".
inline std::string VersionName(
    const testing::TestParamInfo<ServerVersion>& info) {
  std::ostringstream name;
  name << "v" << info.param;
  std::string text = name.str();
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_VERSIONS_H_
