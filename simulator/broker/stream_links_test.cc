// Mirrors and sources over time: late, deleted and re-created origins, and
// streams that will not take a copy. Waits of many seconds, as seen on servers.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class StreamLinks : public testing::TestWithParam<ServerVersion> {
 protected:
  bool Is(ServerVersion version) const { return GetParam() == version; }

  void Create(absl::string_view name, absl::string_view fields) {
    const std::string answer =
        broker.Api(absl::StrCat("STREAM.CREATE.", name),
                   absl::StrCat(R"({"name":")", name,
                                R"(","storage":"memory",)", fields, "}"));
    ASSERT_THAT(answer, HasSubstr("did_create")) << answer;
  }
  void Delete(absl::string_view name) {
    broker.Api(absl::StrCat("STREAM.DELETE.", name), "");
  }
  std::string Info(absl::string_view name) {
    return broker.Api(absl::StrCat("STREAM.INFO.", name), "");
  }
  // "3=x": sequence and data.
  std::vector<std::string> Stored(absl::string_view name) {
    const MessageStore& store = broker.stream(name).store();
    std::vector<std::string> stored;
    for (std::uint64_t seq = store.Next(0); seq != 0;
         seq = store.Next(seq + 1)) {
      stored.push_back(absl::StrCat(seq, "=", store.Find(seq)->block->data()));
    }
    return stored;
  }

  TestBroker broker{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, StreamLinks,
                         testing::Values(ServerVersion::k2_9,
                                         ServerVersion::k2_10,
                                         ServerVersion::k2_15));

constexpr char kMirror[] = R"("mirror":{"name":"O"})";
constexpr char kSources[] = R"("sources":[{"name":"O"}])";
constexpr char kOrigin[] = R"("subjects":["o"])";

// SRC-029
TEST_P(StreamLinks, LookForAMissingOriginAgainAfterAWhile) {
  Create("M", kMirror);
  Create("S", kSources);
  broker.Advance(200 * kMillisecond);
  EXPECT_THAT(Info("M"), HasSubstr("stream not found"));
  EXPECT_THAT(Info("S"), HasSubstr("\"active\":-1"));
  Create("O", kOrigin);
  broker.Publish("o", "x");

  // 2 s after the first attempt, since 2.10 10 s more for each that failed.
  const Nanos retry = Is(ServerVersion::k2_9) ? 2 * kSecond : 12 * kSecond;
  broker.Advance(retry - 200 * kMillisecond);
  EXPECT_THAT(Stored("M"), ElementsAre());
  broker.Advance(300 * kMillisecond);

  EXPECT_THAT(Stored("M"), ElementsAre("1=x"));
  EXPECT_THAT(Stored("S"), ElementsAre("1=x"));
  EXPECT_THAT(Info("M"), Not(HasSubstr("stream not found")));
}

// SRC-040, SRC-058
TEST_P(StreamLinks, NoticeAReCreatedOrigin) {
  Create("O", kOrigin);
  Create("M", kMirror);
  Create("S", kSources);
  for (const char* data : {"a", "b", "c"}) broker.Publish("o", data);
  broker.Advance(kSecond);
  ASSERT_THAT(Stored("M"), ElementsAre("1=a", "2=b", "3=c"));

  Delete("O");
  broker.Advance(kMillisecond);
  Create("O", kOrigin);
  broker.Publish("o", "d");
  broker.Advance(kSecond);
  EXPECT_EQ(Stored("S").size(), 3u);
  broker.Advance(24 * kSecond);

  // Only new servers see that it is another one and begin at its start.
  if (Is(ServerVersion::k2_15)) {
    EXPECT_THAT(Stored("S"), ElementsAre("1=a", "2=b", "3=c", "4=d"));
  } else {
    EXPECT_THAT(Stored("S"), ElementsAre("1=a", "2=b", "3=c"));
  }
  for (const char* data : {"e", "f", "g"}) broker.Publish("o", data);
  broker.Advance(kSecond);
  EXPECT_EQ(Stored("S").back(), Is(ServerVersion::k2_15) ? "7=g" : "6=g");
  EXPECT_THAT(Stored("M"), ElementsAre("1=a", "2=b", "3=c", "4=g"));
}

// SRC-039
TEST_P(StreamLinks, ShowAnOriginThatIsGone) {
  Create("O", kOrigin);
  Create("M", kMirror);
  broker.Publish("o", "x");
  broker.Advance(500 * kMillisecond);
  Delete("O");

  broker.Advance(2 * kSecond);
  EXPECT_THAT(Info("M"), Not(HasSubstr("\"error\"")));
  broker.Advance(20 * kSecond);

  EXPECT_THAT(Info("M"), HasSubstr("stream not found"));
  EXPECT_THAT(Info("M"), Not(HasSubstr("\"active\":-1")));
  EXPECT_THAT(Stored("M"), ElementsAre("1=x"));
}

// SRC-039: heartbeats come every second.
TEST_P(StreamLinks, HearTheirOriginEverySecond) {
  Create("O", kOrigin);
  Create("M", kMirror);
  broker.Advance(kSecond);
  broker.Publish("o", "x");

  broker.Advance(900 * kMillisecond + kMillisecond / 10);
  EXPECT_THAT(Info("M"), HasSubstr("\"active\":900000000"));
  broker.Advance(200 * kMillisecond);
  EXPECT_THAT(Info("M"), HasSubstr("\"active\":100000000"));
  broker.Advance(3600 * kSecond);
  EXPECT_THAT(Info("M"), HasSubstr("\"active\":100000000"));
}

// SRC-028: a copy is made of what was stored, whatever becomes of it there.
TEST_P(StreamLinks, CopyWhatTheOriginDropsAtOnce) {
  Create("O", absl::StrCat(kOrigin, R"(,"max_msgs_per_subject":1)"));
  Create("M", kMirror);
  broker.Advance(kSecond);

  for (const char* data : {"a", "b", "c"}) broker.Publish("o", data);
  broker.Advance(kMillisecond);

  EXPECT_THAT(Stored("O"), ElementsAre("3=c"));
  EXPECT_THAT(Stored("M"), ElementsAre("1=a", "2=b", "3=c"));
}

// SRC-042
TEST_P(StreamLinks, KeepTheOrderOfArrival) {
  Create("O", kOrigin);
  Create("P", R"("subjects":["p"])");
  Create("S", R"("sources":[{"name":"P"},{"name":"O"}])");
  broker.Advance(kSecond);

  broker.Publish("o", "1");
  broker.Publish("p", "2");
  broker.Publish("o", "3");
  broker.Publish("p", "4");
  broker.Advance(kMillisecond);

  EXPECT_THAT(Stored("S"), ElementsAre("1=1", "2=2", "3=3", "4=4"));
}

// SRC-057
TEST_P(StreamLinks, WaitForRoomAsLongAsItTakes) {
  Create("O", kOrigin);
  Create("S", absl::StrCat(kSources, R"(,"max_msgs":1,"discard":"new")"));
  broker.Advance(kSecond);
  for (const char* data : {"a", "b", "c"}) broker.Publish("o", data);

  broker.Advance(60 * kSecond);
  EXPECT_THAT(Stored("S"), ElementsAre("1=a"));
  broker.Api("STREAM.PURGE.S", "");
  broker.Advance(3 * kSecond);
  EXPECT_THAT(Stored("S"), ElementsAre("2=b"));
  broker.Api("STREAM.PURGE.S", "");
  broker.Advance(3 * kSecond);
  EXPECT_THAT(Stored("S"), ElementsAre("3=c"));
}

// SRC-057, SRC-038: a mirror goes on, but not with what it would not take.
TEST_P(StreamLinks, LeaveOutOfAMirrorWhatItHadNoRoomFor) {
  Create("O", kOrigin);
  Create("M", absl::StrCat(kMirror, R"(,"max_msgs":2,"discard":"new")"));
  broker.Advance(kSecond);
  for (const char* data : {"a", "b", "c"}) {
    broker.Publish("o", data);
    broker.Advance(kMillisecond);
  }
  broker.Api("STREAM.PURGE.M", "");
  broker.Publish("o", "d");
  broker.Advance(kMillisecond);

  EXPECT_THAT(Stored("M"), ElementsAre("3=d"));
}

// So that a simulation ends in which nobody does anything any more.
TEST_P(StreamLinks, StopTryingUntilSomethingChanges) {
  Create("O", kOrigin);
  Create("M", R"("mirror":{"name":"LATE"})");
  Create("S", absl::StrCat(kSources, R"(,"max_msgs":1,"discard":"new")"));
  for (const char* data : {"a", "b"}) broker.Publish("o", data);
  broker.Advance(2 * 3600 * kSecond);
  EXPECT_EQ(broker.broker().NextDeadline(), kNever);

  broker.Api("STREAM.PURGE.S", "");
  Create("LATE", R"("subjects":["l"])");
  broker.Publish("l", "x");
  broker.Advance(kSecond);

  EXPECT_THAT(Stored("S"), ElementsAre("2=b"));
  EXPECT_THAT(Stored("M"), ElementsAre("1=x"));
}

TEST_P(StreamLinks, OutliveTheirOrigins) {
  Create("O", kOrigin);
  Create("M", kMirror);
  Create("M2", R"("mirror":{"name":"M"})");
  broker.Publish("o", "x");
  broker.Advance(kSecond);

  broker.Publish("o", "y");
  Delete("O");
  Delete("M");
  broker.Advance(kMillisecond);
  broker.broker().Stop(broker.context());
  broker.broker().Start(broker.context());

  EXPECT_EQ(broker.broker().FindStream("M2"), nullptr);
}

// A stream without links has nothing due because of them.
TEST_P(StreamLinks, CostNothingWithoutOrigins) {
  Create("O", kOrigin);
  Create("M", kMirror);
  Create("S", kSources);
  broker.Advance(kSecond);

  EXPECT_EQ(broker.broker().NextDeadline(), kNever);
}

}  // namespace
}  // namespace windtunnel::broker
