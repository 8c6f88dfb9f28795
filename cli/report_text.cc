#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/report.h"
#include "tests/property/story.h"

namespace windtunnel::cli {

namespace {

using conform::ConformanceResult;
using conform::FlavourResult;

std::string Row(absl::string_view name, const FlavourResult& flavour) {
  return absl::StrFormat(
      "%-16s %9d %9d %9d %9d %9d %9d\n", name, flavour.programs,
      flavour.actions, flavour.programs - flavour.differing - flavour.unsteady,
      flavour.differing, flavour.unsteady, flavour.undecided);
}

std::string Programs(int count) {
  return absl::StrCat(count, count == 1 ? " program" : " programs");
}

int Undecided(const ConformanceResult& result) {
  int undecided = 0;
  for (const auto& [name, flavour] : result.flavours) {
    undecided += flavour.undecided;
  }
  return undecided;
}

// The command line that runs the program of `difference` again.
std::string RepeatCommand(const Report& report,
                          const conform::Difference& difference) {
  const ConformArguments& arguments = report.arguments;
  std::string command = absl::StrCat(
      "windtunnel conform ", arguments.spawn.empty() ? "--server " : "--spawn ",
      report.server, " --profile ", report.profile);
  if (!arguments.replay.empty()) {
    return absl::StrCat(command, " --replay ", arguments.replay);
  }
  if (!arguments.flavours.empty()) {
    absl::StrAppend(&command, " --flavours ",
                    absl::StrJoin(arguments.flavours, ","));
  }
  return absl::StrCat(command, " --seed ", difference.seed, " --programs 1");
}

}  // namespace

int StatusOf(const Report& report) {
  if (report.signal != 0) return 128 + report.signal;
  if (!report.lost.empty()) return kCannotRun;
  if (!report.result.differences.empty()) return kDifferent;
  return report.result.programs == 0 ? kCannotRun : kSuccess;
}

std::string FlavourTable(const ConformanceResult& result) {
  std::string text = absl::StrFormat("%-16s %9s %9s %9s %9s %9s %9s\n",
                                     "flavour", "programs", "actions", "agreed",
                                     "differing", "unsteady", "undecided");
  FlavourResult all;
  for (const auto& [name, flavour] : result.flavours) {
    text += Row(name, flavour);
    all.programs += flavour.programs;
    all.actions += flavour.actions;
    all.differing += flavour.differing;
    all.unsteady += flavour.unsteady;
    all.undecided += flavour.undecided;
  }
  return text + Row("all", all);
}

std::string TallyText(const conform::Tally& tally) {
  std::vector<std::pair<std::string, int>> rows(tally.begin(), tally.end());
  const auto group = [](const std::string& name) {
    return absl::string_view(name).substr(0, name.find(": "));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (group(a.first) != group(b.first)) {
      return group(a.first) < group(b.first);
    }
    return a.second > b.second;
  });
  std::string text;
  for (const auto& [name, count] : rows) {
    absl::StrAppendFormat(&text, "%9d  %s\n", count, name);
  }
  return text;
}

std::string DifferenceText(const Report& report, std::size_t index,
                           bool with_test) {
  const conform::Difference& difference = report.result.differences[index];
  std::string text = absl::StrFormat(
      "---- difference %d: seed %d, %s, %d of %d actions left\n\n%s\n"
      "To repeat: %s\n",
      index + 1, difference.seed, difference.program.flavour,
      difference.program.actions.size(), difference.original.actions.size(),
      conform::Story(difference), RepeatCommand(report, difference));
  if (report.arguments.verbose) {
    absl::StrAppend(&text, "\nAs it was generated:\n");
    for (const conform::Action& action : difference.original.actions) {
      absl::StrAppend(&text, "  ", conform::InWords(action), "\n");
    }
  }
  if (with_test && !report.arguments.save.empty()) {
    absl::StrAppend(&text,
                    "As a test: ", SavedName(difference, report.arguments.save),
                    "_test.cc\n");
  } else if (with_test) {
    absl::StrAppend(
        &text, "\nAs a test:\n\n",
        conform::AsTest(difference, absl::StrCat("Seed", difference.seed)));
  }
  return text;
}

std::string Verdict(const Report& report) {
  const ConformanceResult& result = report.result;
  const int differing = static_cast<int>(result.differences.size());
  std::string text = Programs(result.programs);
  if (differing > 0) {
    text = absl::StrCat(differing, " of ", text,
                        differing == 1 ? " differs" : " differ");
  } else {
    text += result.programs == 1 ? " agrees" : " agree";
  }
  if (const int undecided = Undecided(result); undecided > 0) {
    absl::StrAppend(&text, ", and ", undecided,
                    " could not be compared (machine too busy)");
  }
  absl::StrAppend(
      &text, ": simulator ", report.profile, " and nats-server ",
      report.server_version, ", seed ", report.arguments.seed, ", ",
      absl::FormatDuration(absl::Trunc(result.took, absl::Milliseconds(100))));
  if (report.signal != 0) {
    absl::StrAppend(&text,
                    ". Interrupted: ", Programs(report.arguments.programs),
                    " were wanted");
  } else if (!report.lost.empty()) {
    absl::StrAppend(&text, ". Not finished: ", report.lost);
  } else if (differing >= report.arguments.max_differences) {
    absl::StrAppend(&text, ". Ended there, see --max-differences");
  }
  return text + "\n";
}

}  // namespace windtunnel::cli
