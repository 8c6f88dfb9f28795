// Limits of a stream that discards old messages.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::Pair;

class LimitsBehaviour : public Behaviour {
 protected:
  StreamConfig Config(Storage storage = Storage::kMemory) {
    const std::string name = FreshName();
    return {.name = name,
            .subjects = {absl::StrCat(name, ".*")},
            .storage = storage};
  }
  // Publishes `data` on the stream's subject that ends in `last_token`.
  void Put(const StreamConfig& config, absl::string_view last_token,
           absl::string_view data = "") {
    Publish(absl::StrCat(config.name, ".", last_token), data);
  }
};

BEHAVIOUR_SUITE_OF(LimitsBehaviour, Limits);

constexpr Storage kBoth[] = {Storage::kMemory, Storage::kFile};

// STO-065
TEST_P(Limits, MaxMsgsEvictsTheOldest) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    config.max_msgs = 3;
    Create(config);
    for (int i = 0; i < 5; ++i) Put(config, "a");

    EXPECT_EQ(State(config.name).messages, 3);
    EXPECT_EQ(State(config.name).first_seq, 3);
    EXPECT_EQ(State(config.name).last_seq, 5);
  }
}

// STO-066, STO-067
TEST_P(Limits, MaxBytesEvictsTheOldest) {
  StreamConfig config = Config();
  config.subjects = {"x.a"};
  config.max_bytes = 100;
  Create(config);
  for (int i = 0; i < 5; ++i) Publish("x.a", "123456");
  EXPECT_EQ(State(config.name).bytes, 4 * (3 + 6 + 16));
  EXPECT_EQ(State(config.name).first_seq, 2);

  Publish("x.a", std::string(31, 'x'));
  EXPECT_EQ(State(config.name).bytes, 50 + 50);

  Publish("x.a", std::string(200, 'x'));
  const StreamState state = State(config.name);
  EXPECT_EQ(state.messages, 0);
  EXPECT_EQ(state.first_seq, 8);
  EXPECT_EQ(state.last_seq, 7);
}

// STO-067
TEST_P(Limits, FileMessageLargerThanTheStreamIsAcknowledgedAndGone) {
  StreamConfig config = Config(Storage::kFile);
  config.max_bytes = 100;
  Create(config);

  Put(config, "a", std::string(200, 'x'));

  EXPECT_EQ(State(config.name).messages, 0);
  EXPECT_EQ(State(config.name).first_seq, 2);
}

// STO-068
TEST_P(Limits, MaxMsgsPerSubjectEvictsOfThatSubject) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    config.max_msgs_per_subject = 2;
    Create(config);
    for (const std::string subject : {"a", "b", "a", "a"}) Put(config, subject);

    const StreamState state = State(config.name);
    EXPECT_EQ(state.messages, 3);
    EXPECT_EQ(state.first_seq, 2);
    EXPECT_EQ(ErrorOf(jetstream().GetMessage(config.name, {.seq = 1})),
              NoMessageFound());
  }
}

// STO-069
TEST_P(Limits, PerSubjectLimitComesFirst) {
  StreamConfig config = Config();
  config.max_msgs = 3;
  config.max_msgs_per_subject = 1;
  Create(config);

  for (const std::string subject : {"a", "b", "c", "c"}) Put(config, subject);

  EXPECT_THAT(
      jetstream()
          .GetStreamInfo(config.name, {.subjects_filter = ">"})
          ->state.subjects,
      ElementsAre(Pair(config.name + ".a", 1), Pair(config.name + ".b", 1),
                  Pair(config.name + ".c", 1)));
}

// STO-070, STR-131
TEST_P(Limits, EvictionsAreSilent) {
  StreamConfig config = Config();
  config.max_msgs = 1;
  Create(config);
  auto advisories = Listen("$JS.EVENT.ADVISORY.STREAM.>");
  auto audits = Listen("$JS.EVENT.ADVISORY.API");

  Put(config, "a");
  Put(config, "a");

  // The advisory of the info request comes after those of the evictions.
  EXPECT_EQ(State(config.name).last_seq, 2);
  EXPECT_EQ(ErrorOf(audits->Next(absl::Seconds(5))), Ok());
  EXPECT_EQ(advisories->pending(), 0);
}

// STO-071
TEST_P(Limits, LoweringMaxMsgsOrMaxBytesEvictsAtOnce) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    Create(config);
    for (int i = 0; i < 6; ++i) Put(config, "a", "12345");

    config.max_msgs = 4;
    Update(config);
    EXPECT_EQ(State(config.name).messages, 4);

    config.max_bytes = State(config.name).bytes - 1;
    Update(config);
    EXPECT_EQ(State(config.name).messages, 3);
    EXPECT_EQ(State(config.name).first_seq, 4);
  }
}

// STO-072
TEST_P(Limits, SettingMaxMsgsPerSubjectEvictsAtOnceSince212) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    Create(config);
    for (const std::string subject : {"a", "a", "a", "b"}) Put(config, subject);

    config.max_msgs_per_subject = 1;
    Update(config);

    EXPECT_EQ(State(config.name).messages, Since("2.12") ? 2 : 4);
  }
}

// STO-072
TEST_P(Limits, LoweringMaxMsgsPerSubjectEvictsAtOnce) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    config.max_msgs_per_subject = 3;
    Create(config);
    for (const std::string subject : {"a", "a", "a", "b"}) Put(config, subject);

    config.max_msgs_per_subject = 1;
    Update(config);

    EXPECT_EQ(State(config.name).messages, 2);
    EXPECT_EQ(State(config.name).first_seq, 3);
  }
}

// STO-067, STO-072
TEST_P(Limits, UpdatesTrimTheStreamBeforeItsSubjects) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage);
    config.max_msgs_per_subject = 3;
    Create(config);
    for (const std::string subject : {"c", "b", "b", "a", "b"}) {
      Put(config, subject);
    }

    config.max_msgs = 4;
    config.max_msgs_per_subject = 1;
    Update(config);

    EXPECT_EQ(State(config.name).messages, 2);
    EXPECT_EQ(State(config.name).first_seq, 4);
  }
}

// STO-074
TEST_P(Limits, LoweringMaxMsgSizeLeavesWhatIsStored) {
  StreamConfig config = Config();
  Create(config);
  Put(config, "a", "12345");

  config.max_msg_size = 4;
  Update(config);

  EXPECT_EQ(State(config.name).messages, 1);
  EXPECT_EQ(ErrorOf(jetstream().Publish(
                {.subject = config.name + ".a", .data = "12345"})),
            JetStreamError(400, 10054, "message size exceeds maximum allowed"));
}

}  // namespace
}  // namespace windtunnel
