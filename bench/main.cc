// Runs the benchmarks and then prints, for each that ran in both worlds, how many
// times faster the simulator was in this very run. Absolute figures of a shared
// machine are good to a factor of two; these ratios hold.

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

namespace {

constexpr char kSimulator[] = "/live:0";
constexpr char kLive[] = "/live:1";

class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    benchmark::ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
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
  }

 private:
  std::map<std::string, std::map<std::string, double>> rates_;
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
