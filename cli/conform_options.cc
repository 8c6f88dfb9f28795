#include "cli/conform_options.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/options.h"
#include "cli/run_prefix.h"
#include "tests/property/generate.h"

namespace windtunnel::cli {

namespace {

constexpr int kProgramsMost = 100'000'000;
constexpr int kAtOnceMost = 256;
constexpr int kDifferencesMost = 1'000'000;

std::vector<Option> Table(ConformArguments& a) {
  return {
      {"--server", "URL",
       "A server that runs: nats://[USER:PASSWORD@]HOST:PORT. Others may use "
       "it "
       "meanwhile.",
       TakeText(a.server)},
      {"--spawn", "PATH",
       "A nats-server to start on a free port of the loopback address, with a "
       "folder of its own, and to stop at the end. Programs that restart the "
       "server run only here.",
       TakeText(a.spawn)},
      {"--programs", "N", "How many programs. Default: 200.",
       TakeNumber(a.programs, 1, kProgramsMost)},
      {"--seed", "S",
       "Of the first program, the next has S+1 and so on: --seed X --programs "
       "1 "
       "repeats one. Default: 1.",
       TakeSeed(a.seed)},
      {"--profile", "P",
       "The simulator's: auto, 2.9, 2.10 or 2.15. auto takes that of the "
       "server's version, or the newest if it has none. Default: auto.",
       TakeChoice(a.profile, {"auto", "2.9", "2.10", "2.15"})},
      {"--flavours", "A,B", "Only programs of these kinds. Default: all.",
       TakeList(a.flavours)},
      {"--list-flavours", "", "Prints what kinds there are.",
       TakeSwitch(a.list_flavours)},
      {"--at-once", "N",
       "Programs side by side on the server, each with three streams and three "
       "connections at most. Default: 32.",
       TakeNumber(a.at_once, 1, kAtOnceMost)},
      {"--max-differences", "N", "Ends after so many. Default: 10.",
       TakeNumber(a.max_differences, 1, kDifferencesMost)},
      {"--shrink-for", "TIME",
       "How long to look for a smaller program that shows the same difference. "
       "Default: 60s.",
       TakeDuration(a.shrink_for)},
      {"--replay", "FILE", "Runs one program that --save wrote, and no other.",
       TakeText(a.replay)},
      {"--junit", "FILE", "Writes a report for CI systems.", TakeText(a.junit)},
      {"--json", "FILE", "Writes everything that was found.", TakeText(a.json)},
      {"--save", "FOLDER",
       "Writes each difference there when it is found: its story, a GoogleTest "
       "that shows it, and the program for --replay.",
       TakeText(a.save)},
      {"--clean-up", "PREFIX",
       "Deletes the streams of a run that could not do it. It said what their "
       "names begin with; runs also tell of such streams when they start.",
       TakeText(a.clean_up)},
      {"--quiet", "", "Prints only differences and the last line.",
       TakeSwitch(a.quiet)},
      {"--verbose", "",
       "Prints also what is checked before, and differing "
       "programs as they were generated.",
       TakeSwitch(a.verbose)},
      {"--help", "", "Prints this.", TakeSwitch(a.help)},
  };
}

absl::Status Wrong(absl::string_view text) {
  return absl::InvalidArgumentError(text);
}

absl::Status CheckFlavours(const ConformArguments& arguments) {
  for (const std::string& name : arguments.flavours) {
    const std::vector<conform::Flavour>& flavours = conform::Flavours();
    const auto found = std::find_if(
        flavours.begin(), flavours.end(),
        [&](const conform::Flavour& flavour) { return flavour.name == name; });
    if (found == flavours.end()) {
      return Wrong(absl::StrCat("--flavours: '", name,
                                "' is none, see --list-flavours"));
    }
    if (found->restarts && arguments.spawn.empty()) {
      return Wrong(absl::StrCat("--flavours: '", name,
                                "' restarts the server, so it needs --spawn"));
    }
  }
  return absl::OkStatus();
}

// What cannot be given together.
absl::Status CheckTogether(const ConformArguments& arguments,
                           const std::set<std::string>& given) {
  const bool server = given.count("--server") > 0;
  const bool spawn = given.count("--spawn") > 0;
  if (server && spawn) {
    return Wrong(absl::StrCat(
        "--server '", WithoutCredentials(arguments.server), "' and --spawn '",
        arguments.spawn, "': only one of the two"));
  }
  if (!server && !spawn) return Wrong("needs --server URL or --spawn PATH");
  if (!arguments.clean_up.empty() && !IsRunPrefix(arguments.clean_up)) {
    return Wrong(absl::StrCat("--clean-up: '", arguments.clean_up,
                              "' is not WT and four letters or digits"));
  }
  if (arguments.quiet && arguments.verbose) {
    return Wrong("--quiet and --verbose: only one of the two");
  }
  const auto alone = [&](absl::string_view one,
                         const std::vector<std::string>& others) {
    if (given.count(std::string(one)) == 0) return absl::OkStatus();
    for (const std::string& other : others) {
      if (given.count(other) > 0) {
        return Wrong(
            absl::StrCat(one, " and ", other, ": only one of the two"));
      }
    }
    return absl::OkStatus();
  };
  absl::Status status =
      alone("--replay", {"--programs", "--seed", "--flavours", "--clean-up"});
  if (status.ok()) {
    status = alone("--clean-up", {"--spawn", "--programs", "--seed",
                                  "--flavours", "--junit", "--json", "--save"});
  }
  return status;
}

}  // namespace

absl::StatusOr<ConformArguments> ParseConform(
    const std::vector<std::string>& arguments) {
  ConformArguments parsed;
  absl::StatusOr<std::set<std::string>> given =
      ParseOptions(arguments, Table(parsed));
  if (!given.ok()) return given.status();
  if (parsed.help || parsed.list_flavours) return parsed;
  absl::Status status = CheckTogether(parsed, *given);
  if (status.ok()) status = CheckFlavours(parsed);
  if (!status.ok()) return status;
  return parsed;
}

std::string ConformHelp() {
  ConformArguments unused;
  return absl::StrCat(
      "usage: windtunnel conform --server URL [OPTION]...\n"
      "       windtunnel conform --spawn PATH [OPTION]...\n\n"
      "Holds the simulator against a live nats-server: generates programs "
      "that\n"
      "create streams and consumers, publish, pull, acknowledge and so on, "
      "runs\n"
      "each in a simulation and on the server, and compares every answer,\n"
      "delivery, status, info and advisory. Where the two disagree each time, "
      "it\n"
      "shrinks the program and prints it as a story and as a test.\n\n",
      Describe(Table(unused)),
      "\nA server that others use is safe: each run draws a prefix of six\n"
      "characters, WT and four more, that all its names begin with. It "
      "deletes\n"
      "streams of that prefix and no others, also when it is interrupted. It\n"
      "refuses to start where it would hit a limit of the account, or where\n"
      "streams of others would take its messages.\n\n"
      "Exit status:\n"
      "  0    simulator and server agree\n"
      "  1    they differ\n"
      "  2    the command line makes no sense\n"
      "  3    it could not run, or not to its end: the server cannot be\n"
      "       reached, does not start, went away or refuses; a file cannot be\n"
      "       written; the machine is too busy to compare anything\n"
      "  130  interrupted (143: terminated); what was found by then is "
      "reported\n");
}

std::string FlavourList() {
  std::string text;
  for (const conform::Flavour& flavour : conform::Flavours()) {
    std::vector<std::string> notes;
    if (flavour.timed) notes.push_back("timed");
    if (flavour.restarts) notes.push_back("needs --spawn");
    absl::StrAppendFormat(
        &text, "%-16s %s%s\n", flavour.name, flavour.description,
        notes.empty() ? ""
                      : absl::StrCat(" (", absl::StrJoin(notes, ", "), ")"));
  }
  return text;
}

std::string WithoutCredentials(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

}  // namespace windtunnel::cli
