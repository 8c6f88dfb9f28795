// Streams agree: random configurations, and programs of publishes with headers,
// counters, atomic batches, deletes, purges and updates, run on the simulator
// and on a live server. Every answer and what is stored at the end must be
// equal to the byte. Nothing in it depends on time.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/property/dice.h"
#include "tests/property/versions.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/connection.h"
#include "windtunnel/headers.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/stream.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {
namespace {

constexpr int kSteps = 60;

// Servers up to 2.10.27 lose count of the messages of a subject when some were
// removed by request: a program that `removes` has nothing that depends on
// them.
StreamConfig AnyConfig(Dice& dice, const std::string& name, bool removes) {
  StreamConfig config{.name = name,
                      .subjects = {absl::StrCat(name, ".>")},
                      .storage = Storage::kMemory};
  config.allow_atomic = dice.Percent(70);
  config.allow_msg_counter = dice.Percent(25);
  config.allow_rollup_hdrs = removes;
  if (dice.Percent(40)) config.max_msgs = 3 + dice.Below(6);
  if (!removes && dice.Percent(50)) {
    config.max_msgs_per_subject = 1 + dice.Below(3);
  }
  if (dice.Percent(15)) config.max_msg_size = 120 + dice.Below(100);
  if (!config.allow_msg_counter && dice.Percent(30)) {
    config.discard = Discard::kNew;
  }
  if (!config.allow_msg_counter && dice.Percent(30))
    config.allow_msg_ttl = true;
  if (dice.Percent(20)) {
    config.subject_transform =
        SubjectTransform{.src = absl::StrCat(name, ".*"),
                         .dest = absl::StrCat(name, ".t.{{wildcard(1)}}")};
  }
  return config;
}

// One run of the program that `seed` stands for.
class StreamRun {
 public:
  StreamRun(World& world, int seed)
      : dice_(seed),
        name_(absl::StrCat("STREAM", seed)),
        connection_(world.Connect(name_).value()),
        removes_(dice_.Percent(50)) {}

  // What was done and seen, step by step.
  std::vector<std::string> Do() {
    config_ = AnyConfig(dice_, name_, removes_);
    std::ostringstream created;
    created << "create " << config_ << ": "
            << jetstream().CreateStream(config_).status();
    std::vector<std::string> seen = {created.str()};
    for (int step = 0; step < kSteps; ++step) seen.push_back(Step());
    Final(seen);
    jetstream().DeleteStream(name_).IgnoreError();
    return seen;
  }

 private:
  JetStream& jetstream() { return connection_->jetstream(); }

  std::string Step() {
    const int kind = dice_.Below(100);
    if (kind < 55) return Publish(AnyHeaders(30));
    if (kind < 85 || (!removes_ && kind < 96)) return PublishInBatch();
    if (kind < 93) return Delete();
    return kind < 96 ? Purge() : Update();
  }

  std::string AnySubject() { return absl::StrCat(name_, ".", dice_.Below(3)); }

  Headers AnyHeaders(int chance) {
    Headers headers;
    if (config_.allow_msg_counter && dice_.Percent(90)) {
      headers.Add("Nats-Incr", absl::StrCat(dice_.Below(9) - 4));
    }
    if (dice_.Percent(chance)) {
      headers.Add("Nats-Msg-Id", absl::StrCat("m", dice_.Below(8)));
    }
    if (dice_.Percent(chance / 2)) {
      headers.Add("Nats-Expected-Last-Sequence", absl::StrCat(dice_.Below(20)));
    }
    if (!removes_ && dice_.Percent(chance / 2)) {
      headers.Add("Nats-Expected-Last-Subject-Sequence",
                  absl::StrCat(dice_.Below(12)));
    }
    if (dice_.Percent(chance / 3)) {
      headers.Add("Nats-Expected-Last-Msg-Id",
                  absl::StrCat("m", dice_.Below(4)));
    }
    if (dice_.Percent(chance / 3)) {
      headers.Add("Nats-Expected-Stream", dice_.Of<std::string>({name_, name_, "x"}));
    }
    if (dice_.Percent(chance / 2)) {
      headers.Add("Nats-Rollup", dice_.Of<std::string>({"sub", "all", "SUB"}));
    }
    if (dice_.Percent(chance / 3)) {
      headers.Add("Nats-TTL", dice_.Of<std::string>({"1h", "never", "x", "0"}));
    }
    if (dice_.Percent(chance))
      headers.Add("X", std::string(dice_.Below(40), 'x'));
    return headers;
  }

  std::string Publish(const Headers& headers) {
    const std::string subject = AnySubject();
    const std::string data(config_.allow_msg_counter ? 0 : dice_.Below(60),
                           'd');
    const auto answer = connection_->Request(
        {.subject = subject, .headers = headers, .data = data},
        {.timeout = absl::Seconds(10)});
    std::ostringstream text;
    text << "publish " << subject << " " << headers << " " << data.size()
         << ": ";
    if (answer.ok()) {
      text << answer->data;
    } else {
      text << answer.status();
    }
    return text.str();
  }

  std::string PublishInBatch() {
    int& sequence = sequences_[dice_.Below(2)];
    Headers headers = AnyHeaders(8);
    headers.Add("Nats-Batch-Id", absl::StrCat("b", &sequence - sequences_));
    sequence = dice_.Percent(94) ? sequence + 1 : dice_.Below(4);
    headers.Add("Nats-Batch-Sequence", absl::StrCat(sequence));
    if (dice_.Percent(30)) {
      headers.Add("Nats-Batch-Commit", dice_.Of<std::string>({"1", "1", "eob", "x"}));
      sequence = 0;
    }
    return Publish(headers);
  }

  std::string Delete() {
    const int sequence = 1 + dice_.Below(20);
    return absl::StrCat("delete ", sequence, ": ",
                        jetstream().DeleteMessage(name_, sequence).ToString());
  }

  std::string Purge() {
    const std::string filter = dice_.Percent(60) ? AnySubject() : "";
    const auto purged = jetstream().PurgeStream(name_, {.filter = filter});
    return absl::StrCat(
        "purge ", filter, ": ",
        purged.ok() ? absl::StrCat(*purged) : purged.status().ToString());
  }

  std::string Update() {
    if (dice_.Percent(40)) config_.allow_atomic = !config_.allow_atomic;
    if (dice_.Percent(40)) config_.max_msgs = 2 + dice_.Below(8);
    if (!removes_ && dice_.Percent(30))
      config_.max_msgs_per_subject = 1 + dice_.Below(3);
    std::ostringstream text;
    text << "update " << config_ << ": "
         << jetstream().UpdateStream(config_).status();
    return text.str();
  }

  void Final(std::vector<std::string>& seen) {
    const auto info = jetstream().GetStreamInfo(name_);
    if (!info.ok()) {
      seen.push_back(info.status().ToString());
      return;
    }
    const StreamState& state = info->state;
    seen.push_back(absl::StrCat(
        "messages ", state.messages, ", bytes ", state.bytes, ", first ",
        state.first_seq, ", last ", state.last_seq, ", deleted ",
        state.num_deleted, ", subjects ", removes_ ? 0 : state.num_subjects));
    for (std::uint64_t seq = state.first_seq; seq <= state.last_seq; ++seq) {
      const auto stored = jetstream().GetMessage(name_, {.seq = seq});
      std::ostringstream text;
      text << seq << ": ";
      if (stored.ok()) {
        // The client library sends headers in an order of its own.
        std::vector<Headers::Entry> headers = stored->headers.entries();
        std::sort(headers.begin(), headers.end());
        text << stored->subject;
        for (const auto& [key, value] : headers) {
          text << " " << key << "=" << value;
        }
        text << " " << stored->data;
      } else {
        text << stored.status();
      }
      seen.push_back(text.str());
    }
  }

  Dice dice_;
  const std::string name_;
  std::unique_ptr<Connection> connection_;
  const bool removes_;
  StreamConfig config_;
  int sequences_[2] = {};  // Of the batches.
};

class LiveStreams : public testing::TestWithParam<ServerVersion> {};

TEST_P(LiveStreams, SimulatorAgreesWithLiveServer) {
  const std::unique_ptr<World> simulated = SimulatedWorld(GetParam())();
  const std::unique_ptr<World> live = LiveWorld(GetParam())();
  ASSERT_NE(live, nullptr) << "scripts/nats-servers gets the live servers";
  constexpr int kFirstSeed = 20'252;
  constexpr int kPrograms = 40;
  for (int seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    const std::vector<std::string> expected = StreamRun(*live, seed).Do();
    const std::vector<std::string> got = StreamRun(*simulated, seed).Do();
    std::string story;
    for (std::size_t i = 0; i < expected.size() && i < got.size(); ++i) {
      absl::StrAppend(&story, "\n  ", expected[i]);
      ASSERT_EQ(got[i], expected[i]) << "seed " << seed << ":" << story;
    }
    ASSERT_EQ(got.size(), expected.size()) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, LiveStreams, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel
