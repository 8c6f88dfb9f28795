#include "tests/property/conformance.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tests/property/run.h"
#include "windtunnel/runtime.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/sync.h"

namespace windtunnel::conform {
namespace {

// How often a live run that came late, or that differs, is done again.
constexpr int kLateRuns = 2;
constexpr int kDifferingRuns = 2;

Transcript Simulate(const Program& program, const std::string& name,
                    const WorldOptions& options) {
  const std::unique_ptr<World> world =
      SimulatedWorld(program.version, options)();
  return RunProgram(*world, name, program);
}

// A run on the live server that was not late, if there was one.
std::optional<Transcript> RunLive(World& live, const std::string& name,
                                  const Program& program,
                                  const Transcript& simulated) {
  for (int i = 0; i < kLateRuns; ++i) {
    Transcript got = RunProgram(live, name, program, &simulated);
    if (!got.late) return got;
  }
  return std::nullopt;
}

bool Restarts(const Program& program) {
  return std::any_of(program.actions.begin(), program.actions.end(),
                     [](const Action& action) {
                       return action.kind == Action::Kind::kRestart;
                     });
}

class Conformance {
 public:
  Conformance(World& live, const ConformanceOptions& options)
      : live_(live),
        options_(options),
        began_(live.runtime().Now()),
        mutex_(live.runtime()) {}

  ConformanceResult All() {
    std::vector<std::uint64_t> seeds(std::max(options_.programs, 0));
    std::iota(seeds.begin(), seeds.end(), options_.seed);
    SideBySide(seeds, options_.at_once, [this](std::uint64_t seed) {
      if (!Restarts(ProgramOf(options_.generate, seed))) return Try(seed);
      MutexLock lock(mutex_);
      alone_.push_back(seed);
    });
    // A machine that is too busy with so many may be quick enough for fewer.
    const auto run = [this](std::uint64_t seed) { Try(seed); };
    for (int at_once : {options_.at_once / 4, 2}) {
      SideBySide(std::exchange(late_, {}), std::max(at_once, 1), run);
    }
    SideBySide(std::exchange(alone_, {}), 1, run);
    for (std::uint64_t seed : late_) {
      const std::string flavour = ProgramOf(options_.generate, seed).flavour;
      ++result_.flavours[flavour].undecided;
    }
    std::sort(differing_.begin(), differing_.end(),
              [](const Difference& a, const Difference& b) {
                return a.seed < b.seed;
              });
    shrinking_ = true;
    for (Difference& difference : differing_) LookCloser(difference);
    result_.took = live_.runtime().Now() - began_;
    return std::move(result_);
  }

 private:
  bool Interrupted() const {
    return options_.stop != nullptr && *options_.stop;
  }

  // Sizes depend on how long it is.
  std::string FreshName() {
    MutexLock lock(mutex_);
    return absl::StrFormat("%s%06d", options_.prefix, ++names_);
  }

  // With the lock held.
  void Report(bool shrinking) {
    if (options_.progress == nullptr) return;
    options_.progress({.done = result_.programs,
                       .programs = options_.programs,
                       .differences = static_cast<int>(differing_.size()),
                       .shrinking = shrinking,
                       .took = live_.runtime().Now() - began_});
  }

  // Enough differences are found.
  bool Enough() const {
    return !shrinking_ &&
           static_cast<int>(differing_.size()) >= options_.max_differences;
  }

  // Does `work` with each item, on as many tasks as that.
  template <typename Item, typename Work>
  void SideBySide(const std::vector<Item>& items, int at_once, Work work) {
    std::size_t next = 0;
    const auto some = [&] {
      for (;;) {
        std::size_t mine = 0;
        {
          MutexLock lock(mutex_);
          if (next == items.size() || Interrupted() || Enough()) return;
          mine = next++;
        }
        work(items[mine]);
      }
    };
    std::vector<Task> tasks;
    for (int i = 0; i < std::min<int>(at_once, items.size()); ++i) {
      tasks.push_back(
          live_.runtime().Spawn(absl::StrCat("programs ", i), some));
    }
    for (Task& task : tasks) task.Join().IgnoreError();
  }

  // One program, and once more if it differs.
  void Try(std::uint64_t seed) {
    Difference difference{.seed = seed,
                          .original = ProgramOf(options_.generate, seed)};
    const Program& program = difference.original;
    const std::string name = FreshName();
    const Transcript simulated = Simulate(program, name, options_.world);
    const std::optional<Transcript> live =
        RunLive(live_, name, program, simulated);
    if (Interrupted()) return;
    const bool agrees =
        live.has_value() && FirstDifference(simulated, *live) < 0;
    const bool differs =
        live.has_value() && !agrees &&
        !Agrees(live_, program, FreshName(), &difference, options_.world);
    MutexLock lock(mutex_);
    if (!live.has_value()) {
      late_.push_back(seed);
      return;
    }
    FlavourResult& flavour = result_.flavours[program.flavour];
    ++result_.programs;
    ++flavour.programs;
    flavour.actions += static_cast<int>(program.actions.size());
    Count(program, simulated, result_.tally);
    if (differs) differing_.push_back(std::move(difference));
    if (!agrees && !differs) ++flavour.unsteady;
    Report(false);
  }

  // Alone, a program is not late: what differs now is no accident.
  void LookCloser(Difference& difference) {
    FlavourResult& flavour = result_.flavours[difference.original.flavour];
    if (!Interrupted() && Agrees(live_, difference.original, FreshName(),
                                 &difference, options_.world)) {
      ++flavour.unsteady;
      return;
    }
    ++flavour.differing;
    // Tasks at work found more than were asked for.
    if (static_cast<int>(result_.differences.size()) >=
        options_.max_differences) {
      return;
    }
    Shrink(difference);
    if (options_.found != nullptr) options_.found(difference);
    result_.differences.push_back(difference);
  }

  // Takes what is smaller and still differs as long as there is something; some
  // are tried side by side.
  void Shrink(Difference& difference) {
    const absl::Time until = live_.runtime().Now() + options_.shrink_for;
    std::vector<Program> some;
    if (difference.step + 1 <
        static_cast<int>(difference.program.actions.size())) {
      some.push_back(difference.program);
      some[0].actions.resize(difference.step + 1);
    }
    rc::Seq<Program> smaller = Smaller(difference.program);
    for (;;) {
      while (static_cast<int>(some.size()) < options_.at_once) {
        rc::Maybe<Program> next = smaller.next();
        if (!next) break;
        some.push_back(*std::move(next));
      }
      if (some.empty() || Interrupted() || live_.runtime().Now() > until) {
        return;
      }
      {
        MutexLock lock(mutex_);
        Report(true);
      }
      std::optional<Difference> found = FirstThatDiffers(some, difference);
      if (found.has_value()) {
        difference = *std::move(found);
        smaller = Smaller(difference.program);
      }
      some.clear();
    }
  }

  std::optional<Difference> FirstThatDiffers(const std::vector<Program>& some,
                                             const Difference& like) {
    std::vector<std::optional<Difference>> found(some.size());
    std::vector<std::size_t> indices(some.size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    std::size_t first = some.size();
    SideBySide(indices, options_.at_once, [&](std::size_t i) {
      {
        MutexLock lock(mutex_);
        if (i > first) return;
      }
      Difference difference = like;
      if (Agrees(live_, some[i], FreshName(), &difference, options_.world))
        return;
      MutexLock lock(mutex_);
      found[i] = std::move(difference);
      first = std::min(first, i);
    });
    return first < some.size() ? std::move(found[first]) : std::nullopt;
  }

  World& live_;
  const ConformanceOptions& options_;
  const absl::Time began_;
  ConformanceResult result_;
  Mutex mutex_;
  int names_ = 0;
  std::vector<Difference> differing_;  // Not yet looked at closer.
  std::vector<std::uint64_t> late_;    // Had no verdict so far.
  std::vector<std::uint64_t> alone_;   // They restart the server.
  bool shrinking_ = false;
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
  // From the end: pending, time, consumer sequence, stream sequence, tries.
  const std::vector<std::string> tokens = absl::StrSplit(what.substr(ack), '.');
  return tokens.size() >= 5 && tokens[tokens.size() - 5] == "1" ? "delivery"
                                                                : "redelivery";
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
            Difference* difference, const WorldOptions& world) {
  const Transcript simulated = Simulate(program, name, world);
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
