// Republish: copies of what a stream stores.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/republish_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(RepublishBehaviour, Republishing);

// SRC-060, SRC-068
TEST_P(Republishing, CopyHasTheStoredHeadersAndWhereItIsStored) {
  Create(Config(Republish{"r.*", "q.$1"}));
  CreateTaker();
  Publish("r.a", "one");
  ASSERT_EQ(ErrorOf(RawPublish({.subject = "r.a",
                                .headers = {{"A", "1"}, {"Nats-Stream", "x"}},
                                .data = "two"})),
            Ok());
  Publish("r.b", "three");

  EXPECT_EQ(CopiedHeaders(1), absl::StrCat("NATS/1.0\r\n", Tail("r.a", 1, 0)));
  // Headers of different names may have changed places on the way.
  const std::string second = CopiedHeaders(2);
  EXPECT_TRUE(second == absl::StrCat("NATS/1.0\r\nA: 1\r\nNats-Stream: x\r\n",
                                     Tail("r.a", 2, 1)) ||
              second == absl::StrCat("NATS/1.0\r\nNats-Stream: x\r\nA: 1\r\n",
                                     Tail("r.a", 2, 1)))
      << second;
  EXPECT_EQ(CopiedHeaders(3), absl::StrCat("NATS/1.0\r\n", Tail("r.b", 3, 0)));
  EXPECT_EQ(DataAt("T", 1), "one");
  EXPECT_EQ(Raw("T", 2).value("subject", ""), "q.a");
  EXPECT_EQ(DataAt("T", 3), "three");
}

// SRC-060
TEST_P(Republishing, LastSequenceIsOfWhatIsStillStored) {
  Create(Config(Republish{"", "q.>"}));
  CreateTaker();
  Publish("r.a");
  Publish("r.a");
  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());
  Publish("r.a");
  jetstream().PurgeStream("S", {.filter = "r.a"}).value();
  Publish("r.a");

  std::vector<std::string> last_sequences;
  ASSERT_TRUE(Eventually([&] { return State("T").messages == 4; }));
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    last_sequences.emplace_back(jetstream()
                                    .GetMessage("T", {.seq = seq})
                                    ->headers.Get("Nats-Last-Sequence")
                                    .value_or("none"));
  }
  EXPECT_THAT(last_sequences, ElementsAre("0", "1", "1", "0"));
}

// SRC-061
TEST_P(Republishing, HeadersOnlyTellsTheSize) {
  Create(Config(Republish{"r.*", "q.$1", true}));
  CreateTaker();
  Publish("r.a", "hello");
  RawPublish({.subject = "r.a", .headers = {{"A", "1"}}, .data = "hello!"});
  Publish("r.a");

  EXPECT_EQ(
      CopiedHeaders(1),
      absl::StrCat("NATS/1.0\r\n", Tail("r.a", 1, 0, "Nats-Msg-Size: 5\r\n")));
  EXPECT_EQ(CopiedHeaders(2),
            absl::StrCat("NATS/1.0\r\nA: 1\r\n",
                         Tail("r.a", 2, 1, "Nats-Msg-Size: 6\r\n")));
  EXPECT_EQ(
      CopiedHeaders(3),
      absl::StrCat("NATS/1.0\r\n", Tail("r.a", 3, 2, "Nats-Msg-Size: 0\r\n")));
  EXPECT_EQ(DataAt("T", 2), "");
}

// SRC-062
TEST_P(Republishing, CopyComesBeforeTheAck) {
  Create(Config(Republish{">", "q.>"}));
  auto all = Listen(">");
  ASSERT_EQ(
      connection().Publish({.subject = "r.a", .reply = "ack", .data = "x"}),
      absl::OkStatus());

  std::vector<std::string> subjects;
  while (subjects.empty() || subjects.back() != "ack") {
    const auto message = all->Next(absl::Seconds(5));
    ASSERT_TRUE(message.ok()) << message.status();
    if (message->subject[0] == '$') continue;  // Advisories.
    subjects.push_back(message->subject);
  }
  EXPECT_THAT(subjects, ElementsAre("r.a", "q.r.a", "ack"));
}

// SRC-063
TEST_P(Republishing, OnlyWhatIsStoredAndMatchesIsCopied) {
  StreamConfig config = Config(Republish{"*", "q.$1"});
  config.subjects = {"*"};
  config.max_msg_size = 100;
  Create(config);
  auto copies = Listen("q.>");
  Publish("a", "", {.message_id = "id"});
  EXPECT_TRUE(Publish("b", "", {.message_id = "id"}).duplicate);
  EXPECT_NE(ErrorOf(jetstream().Publish({.subject = "c"},
                                        {.expected_last_sequence = 7})),
            Ok());
  EXPECT_NE(ErrorOf(jetstream().Publish(
                {.subject = "d", .data = std::string(101, 'x')})),
            Ok());
  Publish("e");
  EXPECT_THAT(Copies(*copies), ElementsAre("q.a", "q.e"));

  config.republish = Republish{"lit", "q.lit"};
  config.subjects = {"r.*", "lit"};
  ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  Create(config);
  Publish("r.a");
  EXPECT_THAT(Copies(*copies), IsEmpty());
}

// SRC-063, STO-103
TEST_P(Republishing, SkippedMessagesAreNotCopied) {
  StreamConfig config = Config(Republish{">", "q.>"});
  config.retention = Retention::kInterest;
  Create(config);
  auto copies = Listen("q.>");
  for (const std::string filter : {"r.b", "lit"}) {
    jetstream()
        .CreateConsumer("S", {.durable_name = filter.substr(0, 1),
                              .filter_subject = filter})
        .value();
  }
  Publish("r.a");
  Publish("r.b");

  EXPECT_THAT(Copies(*copies), ElementsAre("q.r.b"));
}

// SRC-065
TEST_P(Republishing, CopiesMayBeRequests) {
  Create({.name = "T", .subjects = {"t"}, .storage = Storage::kMemory});
  Publish("t");
  Create(Config(Republish{"r.>", "$JS.API.>"}));
  Publish("r.STREAM.PURGE.T");

  EXPECT_TRUE(Eventually([&] { return State("T").messages == 0; }));
  EXPECT_EQ(State("T").first_seq, 2);
}

// SRC-065
TEST_P(Republishing, StreamMayDeleteItself) {
  Create(Config(Republish{"r.>", "$JS.API.>"}));
  EXPECT_EQ(Publish("r.STREAM.DELETE.S").sequence, 1);

  EXPECT_TRUE(Eventually([&] {
    return ErrorOf(jetstream().GetStreamInfo("S")) == StreamNotFound();
  }));
}

// SRC-068
TEST_P(Republishing, CopiesAreMessagesLikeOthers) {
  Create(Config(Republish{"r.*", "q.$1"}));
  Create({.name = "T",
          .subjects = {"q.>"},
          .storage = Storage::kMemory,
          .republish = Republish{"q.*", "z.$1"}});
  auto copies = Listen("z.>");
  Publish("r.a", "", {.message_id = "id"});
  Publish("r.b", "", {.expected_stream = "S"});
  Publish("r.c");

  const Message first = copies->Next(absl::Seconds(5)).value();
  EXPECT_EQ(first.subject, "z.a");
  EXPECT_THAT(first.headers.Values("Nats-Stream"), ElementsAre("S", "T"));
  EXPECT_THAT(first.headers.Values("Nats-Subject"), ElementsAre("r.a", "q.a"));
  // "T" expects another stream in it: refused.
  EXPECT_EQ(copies->Next(absl::Seconds(5))->subject, "z.c");
  // The copy of the id is known to "T".
  EXPECT_TRUE(Publish("q.x", "", {.message_id = "id"}).duplicate);
  EXPECT_EQ(State("T").messages, 2);
}

// SRC-068
TEST_P(Republishing, BatchesAreCopiedAtTheirCommit) {
  StreamConfig config = Config(Republish{"r.*", "q.$1"});
  config.allow_atomic = true;
  Create(config);
  auto copies = Listen("q.>");
  for (const std::string number : {"1", "2", "3"}) {
    Headers headers = {{"Nats-Batch-Id", "id"},
                       {"Nats-Batch-Sequence", number}};
    if (number == "3") {
      headers.Add("Nats-Batch-Commit", "1");
      ASSERT_EQ(connection().Publish({.subject = "q.commit"}),
                absl::OkStatus());
    }
    ASSERT_TRUE(connection()
                    .Request({.subject = absl::StrCat("r.", number),
                              .headers = headers})
                    .ok());
  }

  std::vector<std::string> subjects;
  while (subjects.size() < 4) {
    const auto copy = copies->Next(absl::Seconds(5));
    ASSERT_TRUE(copy.ok()) << copy.status();
    subjects.push_back(copy->subject);
  }
  if (Since("2.12")) {
    EXPECT_THAT(subjects, ElementsAre("q.commit", "q.1", "q.2", "q.3"));
  } else {
    EXPECT_THAT(subjects, ElementsAre("q.1", "q.2", "q.commit", "q.3"));
  }
}

// SRC-068, PUB-014
TEST_P(Republishing, LoopsEndWhenHeadersAreTooLong) {
  StreamConfig config = Config(Republish{"*.*", "$2.$1"});
  config.subjects = {"a.b", "b.a"};
  Create(config);
  Publish("a.b");

  const auto stored = [&] { return State("S").last_seq; };
  if (!Since("2.10")) {
    EXPECT_TRUE(Eventually([&] { return stored() >= 822; }));
    EXPECT_EQ(stored(), 822);
    return;
  }
  // How long a time is, differs from message to message.
  EXPECT_TRUE(Eventually([&] { return stored() >= 500; }));
  std::uint64_t before = 0;
  while (before != stored()) {
    before = stored();
    Advance(absl::Milliseconds(50));
  }
  std::string headers;
  absl::Base64Unescape(Raw("S", stored()).value("hdrs", ""), &headers);
  EXPECT_LE(headers.size(), 65'535);
  EXPECT_GT(headers.size(), 65'535 - 130);
}

// SRC-069
TEST_P(Republishing, SourceIsMatchedAfterTheTransform) {
  StreamConfig config = Config(Republish{">", "q.>"});
  config.subject_transform = SubjectTransform{"r.*", "z.$1"};
  Create(config);
  auto copies = Listen("q.>");
  Publish("r.a");
  Publish("r.a");

  copies->Next(absl::Seconds(5)).value();
  const Message copy = copies->Next(absl::Seconds(5)).value();
  EXPECT_EQ(copy.subject, Since("2.10") ? "q.z.a" : "q.r.a");
  EXPECT_EQ(copy.headers.Get("Nats-Subject"), Since("2.10") ? "z.a" : "r.a");
  EXPECT_EQ(copy.headers.Get("Nats-Last-Sequence"), "1");
}

}  // namespace
}  // namespace windtunnel
