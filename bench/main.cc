// Runs the benchmarks and then prints, for each that ran in both worlds, how
// many times faster the simulator was in this very run, and for each that ran
// in several sizes, how many times more the largest took than the smallest.
// Absolute figures of a shared machine are good to a factor of two; these
// ratios hold.

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"

namespace {

constexpr char kSimulator[] = "/live:0";
constexpr char kLive[] = "/live:1";

// Arguments that are sizes: what a call costs should not depend on them.
constexpr absl::string_view kSizes[] = {
    "subjects:", "streams:",  "consumers:", "pending:",
    "messages:", "requests:", "ids:"};

// A run's size, and its name without it.
struct Sized {
  std::string name;
  std::string what;
  std::int64_t size = 0;
};

Sized FindSize(const std::string& name) {
  Sized sized;
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    bool is_size = false;
    for (const absl::string_view each : kSizes) {
      if (!sized.what.empty() || !absl::StartsWith(part, each)) continue;
      is_size = absl::SimpleAtoi(part.substr(each.size()), &sized.size);
      if (is_size) sized.what = std::string(each.substr(0, each.size() - 1));
    }
    if (is_size) continue;
    if (!sized.name.empty()) sized.name += "/";
    absl::StrAppend(&sized.name, part);
  }
  return sized;
}

class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    benchmark::ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      NoteSize(run);
      std::string name = run.benchmark_name();
      for (const char* where : {kSimulator, kLive}) {
        const std::size_t at = name.find(where);
        if (at == std::string::npos) continue;
        name.erase(at, std::string(where).size());
        const auto rate = run.counters.find("items_per_second");
        const double value = rate != run.counters.end()
                                 ? static_cast<double>(rate->second)
                                 : 1 / run.GetAdjustedRealTime();
        rates_[name][where] = value;
        break;
      }
    }
  }

  void Finalize() override {
    std::printf("\nSimulator against live server, in this run:\n");
    for (const auto& [name, rates] : rates_) {
      if (!rates.count(kSimulator) || !rates.count(kLive)) continue;
      std::printf("  %-48s %10.1f x\n", name.c_str(),
                  rates.at(kSimulator) / rates.at(kLive));
    }
    std::printf("\nProcessor time at the largest size against the smallest:\n");
    for (const auto& [name, costs] : costs_) {
      if (costs.size() < 2) continue;
      std::printf("  %-48s %10lld to %-10lld %8.2f x\n", name.c_str(),
                  static_cast<long long>(costs.begin()->first),
                  static_cast<long long>(costs.rbegin()->first),
                  costs.rbegin()->second / costs.begin()->second);
    }
  }

 private:
  // What one iteration, or one of the items it says to have done, takes.
  void NoteSize(const Run& run) {
    const Sized sized = FindSize(run.benchmark_name());
    if (sized.what.empty() || run.error_occurred || run.iterations == 0) return;
    double count = static_cast<double>(run.iterations);
    const auto rate = run.counters.find("items_per_second");
    if (rate != run.counters.end()) {
      const bool real = absl::EndsWith(sized.name, "/real_time");
      count = static_cast<double>(rate->second) *
              (real ? run.real_accumulated_time : run.cpu_accumulated_time);
    }
    costs_[sized.name + ", " + sized.what][sized.size] =
        run.cpu_accumulated_time / count;
  }

  std::map<std::string, std::map<std::string, double>> rates_;
  std::map<std::string, std::map<std::int64_t, double>> costs_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}
