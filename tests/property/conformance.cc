#include "tests/property/conformance.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/property/run.h"
#include "windtunnel/runtime.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/sync.h"

namespace windtunnel::conform {
namespace {

// How often a live run that came late, or that differs, is done again.
constexpr int kLateRuns = 4;
constexpr int kDifferingRuns = 3;

Transcript Simulate(const Program& program, const std::string& name) {
  const std::unique_ptr<World> world = SimulatedWorld(program.version)();
  return Run(*world, name, program);
}

// A run on the live server that was not late, if there was one.
std::optional<Transcript> RunLive(World& live, const std::string& name,
                                  const Program& program,
                                  const Transcript& simulated) {
  for (int i = 0; i < kLateRuns; ++i) {
    Transcript got = Run(live, name, program, &simulated);
    if (!got.late) return got;
  }
  return std::nullopt;
}

// One program on its way.
struct Job {
  std::uint64_t seed = 0;
  Program program = {};
  std::string name = {};
  Transcript simulated = {};
  std::optional<Transcript> live = std::nullopt;
};

class Conformance {
 public:
  Conformance(World& live, const ConformanceOptions& options)
      : live_(live), options_(options), began_(live.runtime().Now()) {}

  ConformanceResult All() {
    std::vector<Job> later;  // Those that restart the server.
    std::vector<Job> batch;
    for (int i = 0; i < options_.programs && !Stops(); ++i) {
      Job job{.seed = options_.seed + i};
      job.program = ProgramOf(options_.generate, job.seed);
      if (Restarts(job.program)) {
        later.push_back(std::move(job));
        continue;
      }
      batch.push_back(std::move(job));
      if (static_cast<int>(batch.size()) == kRound * options_.at_once) {
        Finish(batch);
        batch.clear();
      }
    }
    if (!Stops()) Finish(batch);
    for (Job& job : later) {
      if (Stops()) break;
      std::vector<Job> one;
      one.push_back(std::move(job));
      Finish(one);
    }
    result_.took = live_.runtime().Now() - began_;
    return std::move(result_);
  }

 private:
  // Programs that are simulated ahead for each task.
  static constexpr int kRound = 4;

  static bool Restarts(const Program& program) {
    return std::any_of(program.actions.begin(), program.actions.end(),
                       [](const Action& action) {
                         return action.kind == Action::Kind::kRestart;
                       });
  }

  bool Stops() const {
    return (options_.stop != nullptr && *options_.stop) ||
           static_cast<int>(result_.differences.size()) >=
               options_.max_differences;
  }

  // Sizes depend on how long it is.
  std::string FreshName() {
    return absl::StrFormat("%s%06d", options_.prefix, ++names_);
  }

  void Report(bool shrinking) {
    if (options_.progress == nullptr) return;
    options_.progress(
        {.done = result_.programs,
         .programs = options_.programs,
         .differences = static_cast<int>(result_.differences.size()),
         .shrinking = shrinking,
         .took = live_.runtime().Now() - began_});
  }

  // Simulates all of them, runs them side by side on the live server, and looks
  // at what differs.
  void Finish(std::vector<Job>& batch) {
    for (Job& job : batch) {
      job.name = FreshName();
      job.simulated = Simulate(job.program, job.name);
    }
    SideBySide(batch);
    for (Job& job : batch) {
      if (Stops()) return;
      Take(job);
    }
    Report(false);
  }

  void SideBySide(std::vector<Job>& batch) {
    Mutex mutex(live_.runtime());
    std::size_t next = 0;
    const auto work = [&] {
      for (;;) {
        std::size_t mine = 0;
        {
          MutexLock lock(mutex);
          if (next == batch.size() ||
              (options_.stop != nullptr && *options_.stop)) {
            return;
          }
          mine = next++;
        }
        Job& job = batch[mine];
        job.live = RunLive(live_, job.name, job.program, job.simulated);
      }
    };
    std::vector<Task> tasks;
    const int count =
        std::min<int>(options_.at_once, static_cast<int>(batch.size()));
    for (int i = 0; i < count; ++i) {
      tasks.push_back(
          live_.runtime().Spawn(absl::StrCat("programs ", i), work));
    }
    for (Task& task : tasks) task.Join().IgnoreError();
  }

  void Take(Job& job) {
    if (!job.live.has_value()) {
      if (options_.stop != nullptr && *options_.stop) return;
      job.live = RunLive(live_, FreshName(), job.program, job.simulated);
    }
    FlavourResult& flavour = result_.flavours[job.program.flavour];
    ++result_.programs;
    ++flavour.programs;
    flavour.actions += static_cast<int>(job.program.actions.size());
    Count(job.program, job.simulated, result_.tally);
    // A machine that is too busy all the time leaves it undecided.
    if (!job.live.has_value()) {
      ++flavour.unsteady;
      return;
    }
    if (FirstDifference(job.simulated, *job.live) < 0) return;
    Report(true);
    Difference difference{.seed = job.seed, .original = job.program};
    if (Agrees(live_, job.program, FreshName(), &difference)) {
      ++flavour.unsteady;
      return;
    }
    ++flavour.differing;
    Shrink(difference);
    result_.differences.push_back(std::move(difference));
  }

  // The smallest of what differs: tries some at once.
  void Shrink(Difference& difference) {
    const absl::Time until = live_.runtime().Now() + options_.shrink_for;
    rc::Seq<Program> smaller = Smaller(difference.program);
    while (live_.runtime().Now() < until && !StopsNow()) {
      std::vector<Job> batch;
      while (static_cast<int>(batch.size()) < options_.at_once) {
        rc::Maybe<Program> next = smaller.next();
        if (!next) break;
        Job job{.program = *next, .name = FreshName()};
        job.simulated = Simulate(job.program, job.name);
        batch.push_back(std::move(job));
      }
      if (batch.empty()) return;
      SideBySide(batch);
      for (Job& job : batch) {
        if (!job.live.has_value() ||
            FirstDifference(job.simulated, *job.live) < 0) {
          continue;
        }
        Difference found = difference;
        if (Agrees(live_, job.program, FreshName(), &found)) continue;
        difference = std::move(found);
        smaller = Smaller(difference.program);
        Report(true);
        break;
      }
    }
  }

  bool StopsNow() const { return options_.stop != nullptr && *options_.stop; }

  World& live_;
  const ConformanceOptions& options_;
  const absl::Time began_;
  ConformanceResult result_;
  int names_ = 0;
};

std::string Outcome(const Sight& sight) {
  const std::string& what = sight.what;
  if (sight.where == "answer") {
    const std::size_t at = what.find("\"err_code\":");
    if (at != std::string::npos) {
      return absl::StrCat("answer: error ", what.substr(at + 11, 5));
    }
    return absl::StartsWith(what, "{")
               ? "answer: ok"
               : absl::StrCat("answer: ", what.substr(0, 20));
  }
  if (absl::StartsWith(sight.where, "$JS.EVENT.")) {
    const std::size_t at = what.find("\"type\":\"");
    if (at == std::string::npos) return "advisory";
    return absl::StrCat("advisory: ",
                        what.substr(at + 8, what.find('"', at + 8) - at - 8));
  }
  const std::size_t open = what.find(" [");
  if (open != std::string::npos && open + 3 < what.size() &&
      what[open + 2] >= '1' && what[open + 2] <= '5') {
    return absl::StrCat(
        "status: ",
        what.substr(open + 2,
                    std::min<std::size_t>(
                        28, what.find_first_of("]:", open) - open - 2)));
  }
  const std::size_t ack = what.rfind("-> $JS.ACK.");
  if (ack == std::string::npos) return "message";
  return absl::StrContains(what.substr(ack), ".1.") ? "delivery" : "redelivery";
}

}  // namespace

void Count(const Program& program, const Transcript& transcript, Tally& tally) {
  for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
    if (i < program.actions.size()) {
      ++tally[absl::StrCat("action: ", KindOf(program.actions[i]))];
    }
    for (const Sight& sight : transcript.steps[i]) {
      if (absl::StartsWith(sight.where, "stream ") ||
          absl::StartsWith(sight.where, "consumer ") ||
          absl::StartsWith(sight.where, "message ")) {
        continue;
      }
      ++tally[Outcome(sight)];
    }
  }
}

bool Agrees(World& live, const Program& program, const std::string& name,
            Difference* difference) {
  const Transcript simulated = Simulate(program, name);
  std::optional<Transcript> got;
  for (int i = 0; i < kDifferingRuns; ++i) {
    got = RunLive(live, name, program, simulated);
    if (!got.has_value() || FirstDifference(simulated, *got) < 0) return true;
  }
  if (difference != nullptr) {
    difference->program = program;
    difference->simulated = simulated;
    difference->live = *got;
    difference->step = FirstDifference(simulated, *got);
  }
  return false;
}

ConformanceResult Conform(World& live, const ConformanceOptions& options) {
  return Conformance(live, options).All();
}

}  // namespace windtunnel::conform
