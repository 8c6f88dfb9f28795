// Options of a command line, as a table: `--name VALUE`, `--name=VALUE`, or
// `--name` alone for a switch. Where one is given twice, the last counts.
//
//   int programs = 200;
//   const std::vector<Option> options = {
//       {"--programs", "N", "How many.", TakeNumber(programs, 1, 1000)}};
//   auto given = ParseOptions(arguments, options);
//
// absl::flags has one list of flags for a whole program and ends the process by
// itself; commands here share names and are tested in process.

#ifndef WINDTUNNEL_CLI_OPTIONS_H_
#define WINDTUNNEL_CLI_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::cli {

// Stores a value. Returns "" or what the value should have been: "a number from
// 1 to 9".
using TakeValue = std::function<std::string(absl::string_view value)>;

struct Option {
  std::string name;   // "--programs"
  std::string value;  // What stands for it in the help, "N"; "": a switch.
  std::string help;
  TakeValue take;
};

// Each writes to its first argument, which must outlive the option.
TakeValue TakeSwitch(bool& target);
TakeValue TakeText(std::string& target);
TakeValue TakeNumber(int& target, int least, int most);
TakeValue TakeSeed(std::uint64_t& target);
TakeValue TakeDuration(
    absl::Duration& target);  // "90s", "1m30s"; not negative.
TakeValue TakeChoice(std::string& target, std::vector<std::string> choices);
TakeValue TakeList(std::vector<std::string>& target);  // "a,b"

// Takes all arguments. Returns the names of the options that were given.
//
// Errors: kInvalidArgument, one line that names the argument.
absl::StatusOr<std::set<std::string>> ParseOptions(
    const std::vector<std::string>& arguments,
    const std::vector<Option>& options);

// For the help of a command: a paragraph for each option, 80 columns wide.
std::string Describe(const std::vector<Option>& options);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_OPTIONS_H_
