// The command line of `windtunnel conform`.

#ifndef WINDTUNNEL_CLI_CONFORM_OPTIONS_H_
#define WINDTUNNEL_CLI_CONFORM_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace windtunnel::cli {

struct ConformArguments {
  std::string server = {};  // A URL, or
  std::string spawn = {};   // the path of a nats-server.

  int programs = 200;
  std::uint64_t seed = 1;
  std::string profile = "auto";
  std::vector<std::string> flavours = {};  // Empty: all.
  int at_once = 32;
  int max_differences = 10;
  absl::Duration shrink_for = absl::Seconds(60);
  std::string replay = {};    // A saved program.
  std::string clean_up = {};  // The prefix of a run that could not.

  std::string junit = {};  // Files, and a folder, to write to.
  std::string json = {};
  std::string save = {};

  bool quiet = false;
  bool verbose = false;
  bool list_flavours = false;
  bool help = false;
};

// Errors: kInvalidArgument, one line that names what is wrong.
absl::StatusOr<ConformArguments> ParseConform(
    const std::vector<std::string>& arguments);

std::string ConformHelp();
// "pull   What it is about" for each.
std::string FlavourList();

// `url` without user and password, for whatever is shown or written.
std::string WithoutCredentials(const std::string& url);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_CONFORM_OPTIONS_H_
