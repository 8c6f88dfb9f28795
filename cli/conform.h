// `windtunnel conform`: holds the simulator against a live server.

#ifndef WINDTUNNEL_CLI_CONFORM_H_
#define WINDTUNNEL_CLI_CONFORM_H_

#include <string>
#include <vector>

#include "cli/command.h"

namespace windtunnel::cli {

// Returns the exit status, see ConformHelp().
int RunConform(const std::vector<std::string>& arguments, Console& console);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_CONFORM_H_
