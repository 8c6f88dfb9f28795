#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/testing/server_profile.h"
#include "windtunnel/client_testing.h"

namespace windtunnel {

namespace {

namespace fs = std::filesystem;

std::optional<fs::path> ServerFolder() {
  if (const char* named = std::getenv("WINDTUNNEL_NATS_SERVERS");
      named != nullptr && *named != '\0') {
    return fs::path(named);
  }
  std::error_code error;
  for (fs::path folder = fs::current_path(error); !error;
       folder = folder.parent_path()) {
    if (fs::is_directory(folder / ".nats-servers", error)) {
      return folder / ".nats-servers";
    }
    if (folder == folder.parent_path()) break;
  }
  return std::nullopt;
}

// Prints "nats-server: v2.15.1".
std::optional<std::string> AskVersion(const fs::path& binary) {
  const std::string command =
      absl::StrCat("'", binary.string(), "' --version 2>/dev/null");
  std::FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  char line[200] = "";
  const bool any = std::fgets(line, sizeof(line), output) != nullptr;
  pclose(output);
  absl::string_view version = absl::StripAsciiWhitespace(line);
  if (!any || !absl::ConsumePrefix(&version, "nats-server: v")) {
    return std::nullopt;
  }
  return std::string(version);
}

absl::StatusOr<std::vector<ServerBinary>> Find() {
  const std::optional<fs::path> folder = ServerFolder();
  if (!folder.has_value()) {
    return absl::NotFoundError(
        "no live servers: WINDTUNNEL_NATS_SERVERS is not set, and there is no "
        ".nats-servers here or in a folder above");
  }
  std::vector<std::pair<internal::VersionNumbers, ServerBinary>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(*folder, error)) {
    const fs::path binary = entry.path() / "nats-server";
    if (!fs::exists(binary, error)) continue;
    const std::optional<std::string> version = AskVersion(binary);
    const std::optional<internal::VersionNumbers> numbers =
        version.has_value() ? internal::ParseServerVersion(*version)
                            : std::nullopt;
    if (!numbers.has_value()) {
      std::fprintf(stderr,
                   "windtunnel: %s does not tell its version, left out\n",
                   binary.c_str());
      continue;
    }
    found.emplace_back(*numbers, ServerBinary{binary, *version,
                                              internal::ProfileFor(*version)});
  }
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no live servers in ", folder->string()));
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ServerBinary> binaries;
  for (auto& [numbers, binary] : found) binaries.push_back(std::move(binary));
  return binaries;
}

}  // namespace

absl::StatusOr<std::vector<ServerBinary>> FindServers() {
  static const auto* const found =
      new absl::StatusOr<std::vector<ServerBinary>>(Find());
  return *found;
}

}  // namespace windtunnel
