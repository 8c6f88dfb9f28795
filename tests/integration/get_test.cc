// Reading messages out of a stream by API request.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class GetMessagesBehaviour : public Behaviour {
 protected:
  void Fill(Storage storage, const std::vector<std::string>& subjects) {
    stream_ = FreshName();
    Create({.name = stream_, .subjects = {"x.>"}, .storage = storage});
    for (const std::string& subject : subjects) Publish(subject, subject);
  }
  // The sequence found, or 0 and a failure unless nothing was.
  std::uint64_t Find(const GetMessageRequest& request) {
    const absl::StatusOr<StoredMessage> message =
        jetstream().GetMessage(stream_, request);
    if (message.ok()) return message->sequence;
    EXPECT_EQ(ErrorOf(message), NoMessageFound());
    return 0;
  }

  std::string stream_;
};

BEHAVIOUR_SUITE_OF(GetMessagesBehaviour, GetMessages);

// STO-034, API-008, API-090, API-091
TEST_P(GetMessages, AnswersWithTheStoredMessage) {
  Create({.name = "S", .storage = Storage::kMemory});
  RawPublish({.subject = "S", .headers = {{"A", "b"}}, .data = "data"});
  RawPublish({.subject = "S"});

  nlohmann::json full = Api("STREAM.MSG.GET.S", R"({"seq": 1})");
  EXPECT_EQ(full["type"], "io.nats.jetstream.api.v1.stream_msg_get_response");
  EXPECT_EQ(full["message"]["subject"], "S");
  EXPECT_EQ(full["message"]["seq"], 1);
  EXPECT_EQ(full["message"]["data"], "ZGF0YQ==");
  EXPECT_EQ(full["message"]["hdrs"],
            absl::Base64Escape("NATS/1.0\r\nA: b\r\n\r\n"));
  nlohmann::json empty = Api("STREAM.MSG.GET.S", R"({"seq": 2})")["message"];
  EXPECT_FALSE(empty.contains("data"));
  EXPECT_FALSE(empty.contains("hdrs"));
  EXPECT_TRUE(empty.contains("time"));
}

// STO-035, API-096
TEST_P(GetMessages, MissingSequencesAreNotFound) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    Fill(storage, {"x.1", "x.2", "x.3", "x.4"});
    ASSERT_TRUE(jetstream().DeleteMessage(stream_, 1).ok());
    ASSERT_TRUE(jetstream().DeleteMessage(stream_, 3).ok());

    for (const std::uint64_t sequence : {1, 3, 9}) {
      EXPECT_EQ(ErrorOf(jetstream().GetMessage(stream_, {.seq = sequence})),
                NoMessageFound())
          << sequence;
    }
    EXPECT_EQ(DataAt(stream_, 2), "x.2");
    ASSERT_TRUE(jetstream().DeleteStream(stream_).ok());
  }
}

// STO-036, API-092
TEST_P(GetMessages, LastOfASubject) {
  Fill(Storage::kMemory, {"x.1", "x.2", "x.1", "x.a.b"});

  EXPECT_EQ(Find({.last_by_subject = "x.1"}), 3);
  EXPECT_EQ(Find({.last_by_subject = "x.*"}), 3);
  EXPECT_EQ(Find({.last_by_subject = "x.>"}), 4);
  EXPECT_EQ(Find({.last_by_subject = "x.9"}), 0);
  ASSERT_TRUE(jetstream().DeleteMessage(stream_, 3).ok());
  EXPECT_EQ(Find({.last_by_subject = "x.1"}), 1);
  EXPECT_EQ(Find({.last_by_subject = "x.*"}), 2);
}

// STO-037
TEST_P(GetMessages, LastOfEverythingLooksAtTheLastSequenceOnly) {
  Fill(Storage::kMemory, {"x.1", "x.2"});
  EXPECT_EQ(Find({.last_by_subject = ">"}), 2);

  ASSERT_TRUE(jetstream().DeleteMessage(stream_, 2).ok());

  EXPECT_EQ(Find({.last_by_subject = ">"}), 0);
  EXPECT_EQ(Find({.last_by_subject = "x.>"}), 1);
}

// STO-038, API-092
TEST_P(GetMessages, NextOfASubject) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    Fill(storage, {"x.1", "x.2", "x.1", "x.2"});

    EXPECT_EQ(Find({.next_by_subject = "x.2"}), 2);
    EXPECT_EQ(Find({.seq = 2, .next_by_subject = "x.2"}), 2);
    EXPECT_EQ(Find({.seq = 3, .next_by_subject = "x.2"}), 4);
    EXPECT_EQ(Find({.seq = 3, .next_by_subject = "x.*"}), 3);
    EXPECT_EQ(Find({.seq = 4, .next_by_subject = "x.1"}), 0);
    EXPECT_EQ(Find({.next_by_subject = "x.9"}), 0);
    ASSERT_TRUE(jetstream().DeleteStream(stream_).ok());
  }
}

// STO-039
TEST_P(GetMessages, FirstSinceATime) {
  Fill(Storage::kMemory, {"x.1"});
  Advance(absl::Milliseconds(20));
  Publish("x.2");
  Advance(absl::Milliseconds(20));
  Publish("x.1");
  const absl::Time second =
      jetstream().GetMessage(stream_, {.seq = 2}).value().time;
  if (!Since("2.11")) {
    EXPECT_EQ(ErrorOf(jetstream().GetMessage(stream_, {.start_time = second})),
              BadRequest());
    return;
  }

  EXPECT_EQ(Find({.start_time = second}), 2);
  EXPECT_EQ(Find({.start_time = second - absl::Hours(1)}), 1);
  EXPECT_EQ(Find({.start_time = second + absl::Hours(1)}), 0);
  EXPECT_EQ(Find({.next_by_subject = "x.1", .start_time = second}), 3);
  ASSERT_TRUE(jetstream().DeleteMessage(stream_, 2).ok());
  EXPECT_EQ(Find({.start_time = second}), 3);
}

// STO-040, API-093, API-017
TEST_P(GetMessages, SomeCombinationsAreRefused) {
  Fill(Storage::kMemory, {"x.1"});
  for (const std::string body :
       {"", "{}", R"({"seq": 0})", R"({"seq": 1, "last_by_subj": "x.1"})",
        R"({"last_by_subj": "x.1", "next_by_subj": "x.1"})"}) {
    EXPECT_EQ(ErrorOf(Api("STREAM.MSG.GET." + stream_, body)), BadRequest())
        << body;
  }
}

// STO-040, API-094
TEST_P(GetMessages, CombinationsWithNewerFieldsAreRefusedSince211) {
  Fill(Storage::kMemory, {"x.1"});
  for (const std::string body :
       {R"({"seq": 1, "start_time": "2020-01-01T00:00:00Z"})",
        R"({"last_by_subj": "x.1", "start_time": "2020-01-01T00:00:00Z"})",
        R"({"seq": 1, "batch": 1})", R"({"seq": 1, "max_bytes": 10})"}) {
    EXPECT_EQ(ErrorOf(Api("STREAM.MSG.GET." + stream_, body)),
              Since("2.11") ? BadRequest() : Ok())
        << body;
  }
}

// STO-041, API-095
TEST_P(GetMessages, HeadersMayBeLeftOutSince212) {
  Create({.name = "S", .storage = Storage::kMemory});
  RawPublish({.subject = "S", .headers = {{"A", "b"}}, .data = "x"});

  nlohmann::json message =
      Api("STREAM.MSG.GET.S", R"({"seq": 1, "no_hdr": true})")["message"];

  EXPECT_EQ(message.contains("hdrs"), !Since("2.12"));
}

// STO-042, API-034
TEST_P(GetMessages, OnlyFailuresAreAudited) {
  Fill(Storage::kMemory, {"x.1"});
  auto audits = Listen("$JS.EVENT.ADVISORY.API");

  EXPECT_EQ(Find({.seq = 1}), 1);
  EXPECT_EQ(Find({.seq = 2}), 0);

  const Message audit = audits->Next(absl::Seconds(5)).value();
  EXPECT_EQ(nlohmann::json::parse(audit.data)["request"], R"({"seq":2})");
}

}  // namespace
}  // namespace windtunnel
