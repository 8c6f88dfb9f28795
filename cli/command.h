// The commands of the program `windtunnel`.

#ifndef WINDTUNNEL_CLI_COMMAND_H_
#define WINDTUNNEL_CLI_COMMAND_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace windtunnel::cli {

// Exit statuses. A command that a signal ended returns 128 and its number.
inline constexpr int kSuccess = 0;
inline constexpr int kDifferent = 1;  // What was compared is not the same.
inline constexpr int kUsage = 2;      // The command line makes no sense.
inline constexpr int kCannotRun = 3;  // No server, no file, not allowed.

// Where a command writes.
struct Console {
  std::ostream& out;      // Results.
  std::ostream& err;      // Errors, notices and progress.
  bool rewrites = false;  // `err` is a terminal: a line can be written again.
};

struct Command {
  std::string name;
  std::string summary;  // One line.
  std::function<std::string()> help;
  std::function<int(const std::vector<std::string>& arguments,
                    Console& console)>
      run;
};

// Those this build has.
const std::vector<Command>& Commands();

// Runs the command that the first argument names. Returns the exit status.
int RunCommandLine(const std::vector<std::string>& arguments, Console& console);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_COMMAND_H_
