#include "cli/conform.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/conform_options.h"
#include "cli/interrupt.h"
#include "cli/live_side.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/run_prefix.h"
#include "tests/property/conformance.h"

namespace windtunnel::cli {

namespace {

using conform::Program;

int Fail(Console& console, int status, absl::string_view message) {
  console.err << "windtunnel conform: " << message
              << (status == kUsage ? ", see windtunnel conform --help\n"
                                   : "\n");
  return status;
}

int Fail(Console& console, const absl::Status& status) {
  return Fail(console, kCannotRun, status.message());
}

absl::StatusOr<Program> ReadProgram(const ConformArguments& arguments) {
  std::ifstream file(arguments.replay, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat("--replay: cannot read '", arguments.replay, "'"));
  }
  std::ostringstream text;
  text << file.rdbuf();
  absl::StatusOr<Program> program = conform::ProgramFromJson(text.str());
  if (!program.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--replay: '", arguments.replay,
                     "' is no program: ", program.status().message()));
  }
  const bool restarts =
      std::any_of(program->actions.begin(), program->actions.end(),
                  [](const conform::Action& action) {
                    return action.kind == conform::Action::Kind::kRestart;
                  });
  if (restarts && arguments.spawn.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--replay: '", arguments.replay,
                     "' restarts the server, so it needs --spawn"));
  }
  return program;
}

absl::Status CheckFiles(const ConformArguments& arguments) {
  absl::Status status;
  if (!arguments.junit.empty()) status.Update(CheckWritable(arguments.junit));
  if (!arguments.json.empty()) status.Update(CheckWritable(arguments.json));
  if (!arguments.save.empty()) {
    status.Update(CheckFolder(arguments.save));
  }
  return status;
}

// Whatever ends a run, its streams go.
class Sweep {
 public:
  Sweep(Connection& connection, std::string prefix, Console& console)
      : connection_(connection),
        prefix_(std::move(prefix)),
        console_(console) {}
  ~Sweep() {
    const absl::StatusOr<int> deleted =
        DeleteStreamsOf(connection_.jetstream(), prefix_);
    if (deleted.ok()) return;
    console_.err << "windtunnel conform: cannot delete the streams of the run, "
                    "later: --clean-up "
                 << prefix_ << " (" << deleted.status().message() << ")\n";
  }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

 private:
  Connection& connection_;
  const std::string prefix_;
  Console& console_;
};

conform::ConformanceResult Replay(World& world, const Program& program,
                                  const std::string& prefix) {
  const absl::Time start = absl::Now();
  conform::Difference difference{.original = program};
  const bool agrees =
      conform::Agrees(world, program, ProgramName(prefix, 0), &difference);
  conform::ConformanceResult result{.programs = 1, .took = absl::Now() - start};
  result.flavours[program.flavour] = {
      .programs = 1,
      .actions = static_cast<int>(program.actions.size()),
      .differing = agrees ? 0 : 1};
  if (!agrees) result.differences.push_back(std::move(difference));
  return result;
}

// `saved` tells whether differences could be saved.
conform::ConformanceResult Generate(LiveSide& side, const Report& report,
                                    const Interrupt& interrupt,
                                    Console& console, absl::Status& saved) {
  const ConformArguments& arguments = report.arguments;
  ProgressLine line(console);
  conform::ConformanceOptions options{
      .generate = {.version = side.profile,
                   .flavours = arguments.flavours,
                   .restarts = side.server != nullptr},
      .seed = arguments.seed,
      .programs = arguments.programs,
      .prefix = report.prefix,
      .at_once = arguments.at_once,
      .max_differences = arguments.max_differences,
      .shrink_for = arguments.shrink_for,
      .stop = &interrupt.stop()};
  if (!arguments.quiet) {
    options.progress = [&](const conform::Progress& progress) {
      line.Show(progress);
    };
  }
  if (!arguments.save.empty()) {
    options.found = [&](const conform::Difference& difference) {
      saved.Update(SaveDifference(difference, arguments.save));
    };
  }
  return conform::Conform(*side.world, options);
}

void PrintHead(const LiveSide& side, const Preparation& preparation,
               const Report& report, Console& console) {
  if (report.arguments.quiet) return;
  console.out << "windtunnel conform: " << side.greeting << preparation.notice;
  if (report.arguments.verbose) console.out << preparation.checked;
  if (report.arguments.replay.empty()) {
    console.out << "Seed " << report.arguments.seed << ". ";
  }
  console.out << "All names on the server begin with " << report.prefix
              << ".\n\n"
              << std::flush;
}

void Print(const Report& report, Console& console) {
  const bool quiet = report.arguments.quiet;
  if (!quiet) {
    console.out << FlavourTable(report.result) << "\n";
    if (!report.result.tally.empty()) {
      console.out << "How often:\n" << TallyText(report.result.tally) << "\n";
    }
  }
  for (std::size_t i = 0; i < report.result.differences.size(); ++i) {
    console.out << DifferenceText(report, i, !quiet) << "\n";
  }
  console.out << Verdict(report) << std::flush;
}

absl::Status WriteReports(const Report& report) {
  const ConformArguments& arguments = report.arguments;
  absl::Status status;
  if (!arguments.json.empty()) {
    status.Update(WriteFile(arguments.json, ToJson(report)));
  }
  if (!arguments.junit.empty()) {
    status.Update(WriteFile(arguments.junit, ToJUnit(report)));
  }
  return status;
}

int CleanUp(const ConformArguments& arguments, Console& console) {
  absl::StatusOr<LiveSide> side = OpenLiveSide(arguments);
  if (!side.ok()) return Fail(console, side.status());
  const absl::StatusOr<int> deleted =
      DeleteStreamsOf(side->connection->jetstream(), arguments.clean_up);
  if (!deleted.ok()) return Fail(console, deleted.status());
  console.out << "deleted " << *deleted << " streams of " << arguments.clean_up
              << "\n";
  return kSuccess;
}

int Run(const ConformArguments& arguments, std::optional<Program> program,
        Console& console) {
  Interrupt interrupt;
  absl::StatusOr<LiveSide> side = OpenLiveSide(arguments);
  if (!side.ok()) return Fail(console, side.status());
  absl::StatusOr<Preparation> preparation =
      PrepareAccount(*side->connection, arguments.at_once);
  if (!preparation.ok()) return Fail(console, preparation.status());

  Report report{.arguments = arguments,
                .server = side->shown,
                .server_version = side->world->server_version(),
                .profile = NameOf(side->profile),
                .prefix = preparation->prefix,
                .start = absl::Now()};
  PrintHead(*side, *preparation, report, console);
  absl::Status written;
  {
    Sweep sweep(*side->connection, report.prefix, console);
    ServerWatch watch(*side->connection, [&] { interrupt.Stop(); });
    if (program.has_value()) {
      program->version = side->profile;
      report.arguments.programs = 1;
      report.result = Replay(*side->world, *program, report.prefix);
    } else {
      report.result = Generate(*side, report, interrupt, console, written);
    }
    report.signal = interrupt.signal();
    if (watch.was_lost() || !side->connection->connected()) {
      report.lost = "the server went away, which may be all that differs";
    }
  }
  Print(report, console);
  written.Update(WriteReports(report));
  if (!written.ok()) Fail(console, written);
  const int status = StatusOf(report);
  return status == kSuccess && !written.ok() ? kCannotRun : status;
}

}  // namespace

int RunConform(const std::vector<std::string>& arguments, Console& console) {
  absl::StatusOr<ConformArguments> parsed = ParseConform(arguments);
  if (!parsed.ok()) return Fail(console, kUsage, parsed.status().message());
  if (parsed->help || parsed->list_flavours) {
    console.out << (parsed->help ? ConformHelp() : FlavourList());
    return kSuccess;
  }
  std::optional<Program> program;
  if (!parsed->replay.empty()) {
    absl::StatusOr<Program> read = ReadProgram(*parsed);
    if (!read.ok()) return Fail(console, kUsage, read.status().message());
    program = *std::move(read);
  }
  if (absl::Status files = CheckFiles(*parsed); !files.ok()) {
    return Fail(console, files);
  }
  try {
    return parsed->clean_up.empty() ? Run(*parsed, std::move(program), console)
                                    : CleanUp(*parsed, console);
  } catch (const std::exception& error) {
    // A value() of the tests' code: the server did what nobody expected.
    return Fail(console, kCannotRun, error.what());
  }
}

}  // namespace windtunnel::cli
