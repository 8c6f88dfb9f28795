#include "bench/worlds.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/simulator_testing.h"

namespace windtunnel::bench {

Bench::Bench(Where where, StreamConfig config)
    : world_(where == kSimulator ? SimulatedWorld(ServerVersion::k2_15)()
                                 : NewestLiveWorld()()),
      connection_(Require(world_->Connect("bench"), "connect")) {
  config.storage = Storage::kMemory;
  Require(jetstream().CreateStream(config), "create the stream");
}

void Bench::Fill(int count, int subjects) {
  for (int i = 0; i < count; ++i) {
    Require(jetstream().PublishAsync(
                {.subject = absl::StrCat("s.", i % subjects), .data = Payload()}),
            "publish");
  }
  Require(jetstream().WaitPublishAsync(absl::Minutes(1)), "wait for acks");
}

void Require(const absl::Status& status, absl::string_view what) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench: cannot %s: %s\n", std::string(what).c_str(),
               status.ToString().c_str());
  std::exit(1);
}

const std::string& Payload() {
  static const std::string* const kPayload = new std::string(128, 'x');
  return *kPayload;
}

}  // namespace windtunnel::bench
