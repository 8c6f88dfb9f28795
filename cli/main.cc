// The program `windtunnel`. See `windtunnel --help`.

#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  windtunnel::cli::Console console{std::cout, std::cerr,
                                   isatty(STDERR_FILENO) != 0};
  const int status = windtunnel::cli::RunCommandLine(
      std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
      console);
  std::cout.flush();
  if (std::cout.fail()) {
    std::cerr << "windtunnel: cannot write to the standard output\n";
    return windtunnel::cli::kCannotRun;
  }
  return status;
}
