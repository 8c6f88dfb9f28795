// What a stream tells about itself: info, state, and its arithmetic.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

BEHAVIOUR_SUITE(StreamInfos);

// STR-104, API-065, API-066
TEST_P(StreamInfos, HaveTheseKeys) {
  Create({.name = "S", .storage = Storage::kMemory});

  nlohmann::json info = Api("STREAM.INFO.S");

  std::vector<std::string> keys;
  for (const auto& [key, value] : info.items()) keys.push_back(key);
  if (Since("2.10")) {
    EXPECT_THAT(keys, ElementsAre("cluster", "config", "created", "limit",
                                  "offset", "state", "total", "ts", "type"));
  } else {
    EXPECT_THAT(keys, ElementsAre("config", "created", "limit", "offset",
                                  "state", "total", "type"));
  }
  EXPECT_EQ(info["type"], "io.nats.jetstream.api.v1.stream_info_response");
  EXPECT_EQ(info["total"], 0);
  EXPECT_EQ(info["limit"], 0);
}

// STR-104, STR-115, STO-004, API-005, API-059
TEST_P(StreamInfos, UntouchedStreamIsAllZero) {
  Create({.name = "S", .storage = Storage::kMemory});

  EXPECT_EQ(Api("STREAM.INFO.S")["state"], nlohmann::json::parse(R"({
    "messages": 0, "bytes": 0, "first_seq": 0, "last_seq": 0,
    "first_ts": "0001-01-01T00:00:00Z", "last_ts": "0001-01-01T00:00:00Z",
    "consumer_count": 0})"));
  EXPECT_EQ(Publish("S").sequence, 1);
}

// STO-001, STO-002, STO-003
TEST_P(StreamInfos, BytesCountSubjectHeaderAndPayload) {
  const Message plain = {.subject = "x.ab", .data = "12345"};
  const Message with_header = {
      .subject = "x.ab", .headers = {{"A", "b"}}, .data = "12345"};
  const int header_block = 18;
  Create({.name = "M", .subjects = {"x.ab"}, .storage = Storage::kMemory});
  const std::string file = FreshName();
  Create({.name = file, .subjects = {"f.ab"}, .storage = Storage::kFile});

  RawPublish(plain);
  EXPECT_EQ(State("M").bytes, 4 + 5 + 16);
  RawPublish(with_header);
  EXPECT_EQ(State("M").bytes, 2 * (4 + 5 + 16) + header_block);

  RawPublish({.subject = "f.ab", .data = "12345"});
  EXPECT_EQ(State(file).bytes, 4 + 5 + 30);
  RawPublish({.subject = "f.ab", .headers = {{"A", "b"}}, .data = "12345"});
  EXPECT_EQ(State(file).bytes, 4 + 5 + 30 + 4 + 5 + header_block + 34);
}

// STO-005
TEST_P(StreamInfos, EmptiedStreamKeepsItsLastSequence) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    const std::string name = FreshName();
    Create({.name = name, .storage = storage});
    Publish(name);
    Publish(name);
    const absl::Time last_ts = State(name).last_ts;

    EXPECT_EQ(jetstream().PurgeStream(name).value(), 2);

    const StreamState state = State(name);
    EXPECT_EQ(state.first_seq, 3);
    EXPECT_EQ(state.last_seq, 2);
    EXPECT_EQ(state.bytes, 0);
    EXPECT_EQ(state.first_ts, absl::InfinitePast());
    EXPECT_EQ(state.last_ts, last_ts);
  }
}

// STO-005
TEST_P(StreamInfos, FirstTimeOfAFileStreamEmptiedByDeletes) {
  const std::string name = FreshName();
  Create({.name = name});
  Publish(name);
  ASSERT_TRUE(jetstream().DeleteMessage(name, 1).ok());

  nlohmann::json state = Api("STREAM.INFO." + name)["state"];

  EXPECT_EQ(state["first_ts"],
            Since("2.11") ? "0001-01-01T00:00:00Z" : "1970-01-01T00:00:00Z");
  EXPECT_EQ(state["first_seq"], 2);
  EXPECT_EQ(state["last_seq"], 1);
}

// STO-006, STO-007, STO-008, STO-009, STR-106, API-069
TEST_P(StreamInfos, DeletedSequencesAreCounted) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    const std::string name = FreshName();
    Create({.name = name,
            .subjects = {absl::StrCat(name, ".*")},
            .storage = storage});
    for (int i = 1; i <= 6; ++i) Publish(absl::StrCat(name, ".", i % 2));
    const absl::Time last_ts = State(name).last_ts;

    for (const int sequence : {2, 4, 1, 6}) {
      ASSERT_TRUE(jetstream().DeleteMessage(name, sequence).ok());
    }

    const StreamState state =
        jetstream().GetStreamInfo(name, {.deleted_details = true})->state;
    EXPECT_EQ(state.messages, 2);
    EXPECT_EQ(state.first_seq, 3);
    EXPECT_EQ(state.last_seq, 6);
    EXPECT_EQ(state.last_ts, last_ts);
    EXPECT_EQ(state.num_deleted, 2);
    EXPECT_EQ(state.num_subjects, 1);
    if (storage == Storage::kFile || Since("2.10")) {
      EXPECT_THAT(state.deleted, ElementsAre(4, 6));
    } else {
      EXPECT_THAT(state.deleted, ElementsAre(4));
    }
    EXPECT_THAT(State(name).deleted, IsEmpty());
  }
}

// STR-106
TEST_P(StreamInfos, DeletedTailIsNotListedBy29InMemory) {
  Create({.name = "S", .storage = Storage::kMemory});
  for (int i = 0; i < 3; ++i) Publish("S");
  ASSERT_TRUE(jetstream().DeleteMessage("S", 3).ok());

  const StreamState state =
      jetstream().GetStreamInfo("S", {.deleted_details = true})->state;

  EXPECT_EQ(state.num_deleted, 1);
  EXPECT_EQ(state.deleted.size(), Since("2.10") ? 1 : 0);
}

// STR-107
TEST_P(StreamInfos, UntouchedFileStreamShowsSequenceZeroAsDeleted) {
  const std::string name = FreshName();
  Create({.name = name});

  const StreamState state =
      jetstream().GetStreamInfo(name, {.deleted_details = true})->state;

  EXPECT_EQ(state.num_deleted, Since("2.10") ? 1 : 0);
  EXPECT_EQ(state.deleted, Since("2.10") ? std::vector<std::uint64_t>{0}
                                         : std::vector<std::uint64_t>{});
  Publish(name);
  EXPECT_EQ(jetstream()
                .GetStreamInfo(name, {.deleted_details = true})
                ->state.num_deleted,
            0);
}

// STR-108
TEST_P(StreamInfos, SubjectsAreCountedByFilter) {
  Create({.name = "S", .subjects = {"a.>"}, .storage = Storage::kMemory});
  for (const std::string subject : {"a.1", "a.2", "a.2", "a.b.3"}) {
    Publish(subject);
  }
  const auto info = [&](const std::string& filter) {
    return jetstream().GetStreamInfo("S", {.subjects_filter = filter}).value();
  };

  EXPECT_THAT(info("a.*").state.subjects,
              ElementsAre(Pair("a.1", 1), Pair("a.2", 2)));
  EXPECT_EQ(info("a.*").total, 2);
  EXPECT_EQ(info("a.*").limit, 100'000);
  EXPECT_EQ(info(">").state.subjects.size(), 3);
  const StreamInfo none = info("b");
  EXPECT_THAT(none.state.subjects, IsEmpty());
  EXPECT_EQ(none.total, 0);
  EXPECT_EQ(none.limit, 0);
}

// STR-109
TEST_P(StreamInfos, SubjectsAreSkippedInOrder) {
  Create({.name = "S", .subjects = {"a.>"}, .storage = Storage::kMemory});
  for (const std::string subject : {"a.c", "a.B", "a.a"}) Publish(subject);
  const auto info = [&](int offset) {
    return jetstream()
        .GetStreamInfo("S", {.subjects_filter = "a.>",
                             .offset = static_cast<std::uint64_t>(offset)})
        .value();
  };

  EXPECT_THAT(info(1).state.subjects,
              ElementsAre(Pair("a.a", 1), Pair("a.c", 1)));
  EXPECT_EQ(info(1).offset, 1);
  const StreamInfo beyond = info(9);
  EXPECT_THAT(beyond.state.subjects, IsEmpty());
  EXPECT_EQ(beyond.total, 3);
  EXPECT_EQ(beyond.limit, 100'000);
}

// STR-115
TEST_P(StreamInfos, StateShowsCountsOnlyWhenThereAreAny) {
  Create({.name = "S", .storage = Storage::kMemory});
  for (int i = 0; i < 3; ++i) Publish("S");
  EXPECT_FALSE(Api("STREAM.INFO.S")["state"].contains("num_deleted"));
  EXPECT_EQ(Api("STREAM.INFO.S")["state"]["num_subjects"], 1);

  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());

  nlohmann::json state = Api("STREAM.INFO.S")["state"];
  EXPECT_EQ(state["num_deleted"], 1);
  EXPECT_FALSE(state.contains("deleted"));
  EXPECT_FALSE(state.contains("lost"));
}

// API-050, API-051
TEST_P(StreamInfos, AccountSumsUpItsStreams) {
  const AccountInfo before = jetstream().GetAccountInfo().value();
  EXPECT_EQ(before.streams, 0);
  EXPECT_EQ(before.limits, AccountLimits{});

  Create({.name = "M", .storage = Storage::kMemory});
  const std::string file = FreshName();
  Create({.name = file, .subjects = {"f"}, .storage = Storage::kFile});
  Publish("M", "12345");
  Publish("f", "12345");

  const AccountInfo after = jetstream().GetAccountInfo().value();
  EXPECT_EQ(after.streams, 2);
  EXPECT_EQ(after.memory - before.memory, 1 + 5 + 16);
  EXPECT_EQ(after.storage - before.storage, 1 + 5 + 30);
  EXPECT_EQ(after.consumers, 0);
}

}  // namespace
}  // namespace windtunnel
