#include "cli/command.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#ifdef WINDTUNNEL_CLI_CONFORM
#include "cli/conform.h"
#include "cli/conform_options.h"
#endif

namespace windtunnel::cli {

namespace {

const Command* Find(absl::string_view name) {
  const std::vector<Command>& commands = Commands();
  const auto found = std::find_if(
      commands.begin(), commands.end(),
      [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string Help() {
  std::string text =
      "windtunnel: NATS JetStream, live and simulated\n\n"
      "usage: windtunnel COMMAND [OPTION]...\n\n"
      "commands:\n";
  for (const Command& command : Commands()) {
    absl::StrAppendFormat(&text, "  %-10s %s\n", command.name, command.summary);
  }
#ifndef WINDTUNNEL_CLI_CONFORM
  text +=
      "  (conform is not in this build: it needs WINDTUNNEL_BUILD_CLIENT and\n"
      "  WINDTUNNEL_BUILD_TESTS)\n";
#endif
  text +=
      "\nwindtunnel help COMMAND tells more; windtunnel --version says which "
      "this is.\n";
  return text;
}

int Unknown(absl::string_view name, Console& console) {
  console.err << "windtunnel: unknown command '" << name
              << "', see windtunnel --help\n";
  return kUsage;
}

}  // namespace

const std::vector<Command>& Commands() {
  static const auto* const commands = new std::vector<Command>{
#ifdef WINDTUNNEL_CLI_CONFORM
      {"conform", "Compares the simulator with a live server, by generation",
       &ConformHelp, &RunConform},
#endif
  };
  return *commands;
}

int RunCommandLine(const std::vector<std::string>& arguments,
                   Console& console) {
  if (arguments.empty()) {
    console.err << Help();
    return kUsage;
  }
  const std::string& first = arguments[0];
  if (first == "--version") {
    console.out << "windtunnel " WINDTUNNEL_VERSION
                   ", with the profiles 2.9, 2.10 and 2.15\n";
    return kSuccess;
  }
  const bool asks = first == "help" || first == "--help" || first == "-h";
  if (asks && arguments.size() == 1) {
    console.out << Help();
    return kSuccess;
  }
  const std::string& name = asks ? arguments[1] : first;
  const Command* const command = Find(name);
  if (command == nullptr) return Unknown(name, console);
  if (asks) {
    console.out << command->help();
    return kSuccess;
  }
  return command->run({arguments.begin() + 1, arguments.end()}, console);
}

}  // namespace windtunnel::cli
