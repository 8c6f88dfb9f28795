// Reading many messages out of a stream with one request.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::SizeIs;

using Texts = std::vector<std::string>;

class DirectGetBatchBehaviour : public Behaviour {
 protected:
  // Sequences 1 to 6, without 3.
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"x.>"},
            .storage = Storage::kMemory,
            .allow_direct = true});
    for (const std::string subject :
         {"x.1", "x.2", "x.3", "x.1", "x.3", "x.2"}) {
      Publish(subject, absl::StrCat("m", ++published_));
      Advance(absl::Milliseconds(2));
    }
    ASSERT_THAT(jetstream().DeleteMessage("S", 3), IsOk());
  }

  // What comes until nothing more can: "m1 pending 4 last 0" for a message,
  // "204 EOB pending 2 last 4" for a status, "m1" for a message without more.
  Texts Get(const std::string& body) {
    const std::string inbox = connection().NewInbox();
    auto answers = Listen(inbox);
    EXPECT_THAT(
        connection().Publish(
            {.subject = "$JS.API.DIRECT.GET.S", .reply = inbox, .data = body}),
        IsOk());
    Texts texts;
    while (true) {
      absl::StatusOr<Message> answer = answers->Next(absl::Seconds(5));
      if (!answer.ok()) {
        texts.push_back(answer.status().ToString());
        return texts;
      }
      texts.push_back(TextOf(*answer));
      // Since 2.11 a batch tells where it ends.
      if (answer->headers.status_code() != 0 || !Since("2.11")) return texts;
    }
  }

  static std::string TextOf(const Message& answer) {
    const Headers& headers = answer.headers;
    std::string text = answer.data;
    if (headers.status_code() != 0) {
      text = absl::StrCat(headers.status_code(), " ", headers.status_text());
    }
    for (const auto& [word, name] :
         std::vector<std::pair<std::string, std::string>>{
             {"pending", "Nats-Num-Pending"},
             {"last", "Nats-Last-Sequence"},
             {"up to", "Nats-UpTo-Sequence"}}) {
      if (const auto value = headers.Get(name)) {
        absl::StrAppend(&text, " ", word, " ", *value);
      }
    }
    return text;
  }

  absl::Time TimeOf(std::uint64_t sequence) {
    return jetstream().GetMessage("S", {.seq = sequence}).value().time;
  }
  static std::string Json(absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
  }

 private:
  int published_ = 0;
};

BEHAVIOUR_SUITE_OF(DirectGetBatchBehaviour, DirectGetBatch);

// STO-052, STO-053, API-130
TEST_P(DirectGetBatch, CountsDownFromTheStart) {
  EXPECT_EQ(Get(R"({"seq": 1, "batch": 3})"),
            Since("2.11")
                ? Texts({"m1 pending 4 last 0", "m2 pending 3 last 1",
                         "m4 pending 2 last 2", "204 EOB pending 2 last 4"})
                : Texts({"m1"}));
  EXPECT_EQ(Get(R"({"seq": 5, "batch": 9})"),
            Since("2.11") ? Texts({"m5 pending 1 last 0", "m6 pending 0 last 5",
                                   "204 EOB pending 0 last 6"})
                          : Texts({"m5"}));
  EXPECT_EQ(Get(R"({"next_by_subj": "x.1", "batch": 9})"),
            Since("2.11") ? Texts({"m1 pending 1 last 0", "m4 pending 0 last 1",
                                   "204 EOB pending 0 last 4"})
                          : Texts({"m1"}));
  EXPECT_EQ(Get(R"({"seq": 2, "next_by_subj": "x.*", "batch": 1})"),
            Since("2.11")
                ? Texts({"m2 pending 3 last 0", "204 EOB pending 3 last 2"})
                : Texts({"m2"}));
}

// STO-052
TEST_P(DirectGetBatch, StartsAtATime) {
  EXPECT_EQ(Get(absl::StrCat(R"({"batch": 2, "start_time": ")", Json(TimeOf(4)),
                             R"("})")),
            Since("2.11") ? Texts({"m4 pending 2 last 0", "m5 pending 1 last 4",
                                   "204 EOB pending 1 last 5"})
                          : Texts({"408 Empty Request"}));
  EXPECT_EQ(Get(R"({"batch": 2, "start_time": "2100-01-01T00:00:00Z"})"),
            Since("2.11") ? Texts({"404 Message Not Found"})
                          : Texts({"408 Empty Request"}));
}

// STO-053, API-132
TEST_P(DirectGetBatch, NothingAtAllHasNoEnd) {
  EXPECT_EQ(Get(R"({"seq": 7, "batch": 3})"), Texts({"404 Message Not Found"}));
  EXPECT_EQ(Get(R"({"seq": 5, "next_by_subj": "x.1", "batch": 3})"),
            Texts({"404 Message Not Found"}));
}

// STO-054
TEST_P(DirectGetBatch, StepsOverADeletedStart) {
  EXPECT_EQ(Get(R"({"seq": 3, "batch": 1})"),
            Since("2.11")
                ? Texts({"m4 pending 2 last 0", "204 EOB pending 2 last 4"})
                : Texts({"404 Message Not Found"}));
}

// STO-055, API-131
TEST_P(DirectGetBatch, EndsWithTheMessageThatReachesTheBytes) {
  // Subject and data of each are 5 bytes.
  EXPECT_EQ(Get(R"({"seq": 1, "batch": 9, "max_bytes": 6})"),
            Since("2.11") ? Texts({"m1 pending 4 last 0", "m2 pending 3 last 1",
                                   "204 EOB pending 3 last 2"})
                          : Texts({"m1"}));
  EXPECT_EQ(Get(R"({"seq": 1, "batch": 9, "max_bytes": 5})"),
            Since("2.11")
                ? Texts({"m1 pending 4 last 0", "204 EOB pending 4 last 1"})
                : Texts({"m1"}));
  if (!Since("2.11")) return;
  // Without a batch it means nothing.
  EXPECT_EQ(connection()
                .Request({.subject = "$JS.API.DIRECT.GET.S",
                          .data = R"({"seq": 1, "max_bytes": 1})"})
                .value()
                .data,
            "m1");
}

// STO-052, STO-055, STO-062
TEST_P(DirectGetBatch, BoundsBelowZero) {
  EXPECT_EQ(Get(R"({"seq": 2, "batch": -1})"),
            Texts({Since("2.11") ? "204 EOB pending 4 last 0" : "m2"}));
  EXPECT_EQ(Get(R"({"seq": 9, "batch": -1})"),
            Texts({Since("2.11") ? "204 EOB pending 0 last 0"
                                 : "404 Message Not Found"}));
  EXPECT_EQ(Get(R"({"last_by_subj": "x.1", "batch": -1})"),
            Texts({Since("2.11") ? "204 EOB pending 5 last 0" : "m4"}));
  EXPECT_EQ(Get(R"({"next_by_subj": "x.1", "batch": -1, "no_hdr": true})"),
            Texts({Since("2.11") ? "204 EOB pending 2 last 0" : "m1"}));
  EXPECT_EQ(Get(R"({"seq": 1, "batch": 3, "max_bytes": -9223372036854775808})"),
            Since("2.11")
                ? Texts({"m1 pending 4 last 0", "204 EOB pending 4 last 1"})
                : Texts({"m1"}));
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "batch": -1, "max_bytes": -1})"),
            Since("2.11") ? Texts({"m4 pending 2 last 0",
                                   "204 EOB pending 2 last 4 up to 6"})
                          : Texts({"408 Empty Request"}));
}

// STO-052, STO-059
TEST_P(DirectGetBatch, OddRequests) {
  const auto both = [&](const std::string& body, const std::string& since_211,
                        const std::string& before) {
    EXPECT_EQ(Get(body), Texts({Since("2.11") ? since_211 : before})) << body;
  };
  both(R"({"batch": 2})", "408 Empty Request", "408 Empty Request");
  both(R"({"multi_last": []})", "408 Empty Request", "408 Empty Request");
  both(R"({"multi_last": [""]})", "404 No Results", "408 Empty Request");
  both(R"({"multi_last": ["x 1"]})", "404 No Results", "408 Empty Request");
  both(R"({"seq": 1, "next_by_subj": "x..1", "batch": 1})",
       "404 Message Not Found", "404 Message Not Found");
  both(R"({"seq": 18446744073709551615, "batch": 1})", "404 Message Not Found",
       "404 Message Not Found");
  both(R"({"seq": 1, "batch": 99999999999999999999})", "408 Malformed Request",
       "m1");
  both(R"({"multi_last": ["x.>"], "up_to_time": "0001-01-01T00:00:00Z"})",
       "404 No Results", "408 Empty Request");
  both(R"({"multi_last": ["x.1"], "seq": 9})",
       "204 EOB pending 0 last 0 up to 6", "404 Message Not Found");
}

// STO-056
TEST_P(DirectGetBatch, WithoutHeadersTheCountStands) {
  EXPECT_EQ(Get(R"({"seq": 1, "batch": 2, "no_hdr": true})"),
            Since("2.12") ? Texts({"m1", "m2", "204 EOB pending 5 last 2"})
                          : Texts({"m1"}));
}

// STO-057, API-133
TEST_P(DirectGetBatch, LastOfEachSubject) {
  const Texts all = {"m4 pending 2 last 0", "m5 pending 1 last 4",
                     "m6 pending 0 last 5", "204 EOB pending 0 last 6 up to 6"};
  const Texts empty = {"408 Empty Request"};
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"]})"), Since("2.11") ? all : empty);
  EXPECT_EQ(Get(R"({"multi_last": ["x.2", "x.*", "x.1", "x.2"]})"),
            Since("2.11") ? all : empty);
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "no_hdr": true})"),
            Since("2.11") ? all : empty);
  EXPECT_EQ(Get(R"({"multi_last": ["x.3", "x.9", "x.1"]})"),
            Since("2.11") ? Texts({"m4 pending 1 last 0", "m5 pending 0 last 4",
                                   "204 EOB pending 0 last 5 up to 6"})
                          : empty);
  // Older servers see the sequence alone.
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "seq": 5})"),
            Since("2.11") ? Texts({"m5 pending 1 last 0", "m6 pending 0 last 5",
                                   "204 EOB pending 0 last 6 up to 6"})
                          : Texts({"m5"}));
}

// STO-058, API-134
TEST_P(DirectGetBatch, LastOfNoSubject) {
  EXPECT_EQ(Get(R"({"multi_last": ["x.9"]})"),
            Texts({Since("2.11") ? "404 No Results" : "408 Empty Request"}));
}

// STO-059, API-135
TEST_P(DirectGetBatch, LastOfTooManySubjects) {
  Create({.name = "M",
          .subjects = {"m.>"},
          .storage = Storage::kMemory,
          .allow_direct = true});
  for (int i = 0; i < 1025; ++i) {
    ASSERT_THAT(jetstream().PublishAsync({.subject = absl::StrCat("m.", i)}),
                IsOk());
  }
  ASSERT_THAT(jetstream().WaitPublishAsync(absl::Seconds(10)), IsOk());
  const auto last = [&](const GetMessagesRequest& request) {
    return jetstream().GetMessagesDirect("M", request);
  };
  const absl::StatusCode code = Since("2.11")
                                    ? absl::StatusCode::kResourceExhausted
                                    : absl::StatusCode::kUnimplemented;
  EXPECT_THAT(last({.multi_last = {"m.>"}}), StatusIs(code));
  EXPECT_THAT(last({.multi_last = {"m.>"}, .batch = 2}), StatusIs(code));
  if (Since("2.11")) {
    EXPECT_EQ(last({.multi_last = {"m.>"}}).status().message(),
              "413 Too Many Results");
  }

  ASSERT_THAT(jetstream().DeleteMessage("M", 77), IsOk());
  if (Since("2.11")) {
    EXPECT_THAT(last({.multi_last = {"m.>"}}).value().messages, SizeIs(1024));
  } else {
    EXPECT_THAT(last({.multi_last = {"m.>"}}), StatusIs(code));
  }
}

// STO-060
TEST_P(DirectGetBatch, LastUpToASequence) {
  const Texts empty = {"408 Empty Request"};
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "up_to_seq": 4})"),
            Since("2.11") ? Texts({"m2 pending 1 last 0", "m4 pending 0 last 2",
                                   "204 EOB pending 0 last 4 up to 4"})
                          : empty);
  EXPECT_EQ(Get(R"({"multi_last": ["x.2"], "up_to_seq": 99})"),
            Since("2.11") ? Texts({"m6 pending 0 last 0",
                                   "204 EOB pending 0 last 6 up to 99"})
                          : empty);
}

// STO-061
TEST_P(DirectGetBatch, LastBeforeATime) {
  const auto up_to = [&](absl::Time time) {
    return Get(absl::StrCat(R"({"multi_last": ["x.>"], "up_to_time": ")",
                            Json(time), R"("})"));
  };
  const Texts empty = {"408 Empty Request"};
  // The deleted third counts as looked at.
  const Texts two = {"m1 pending 1 last 0", "m2 pending 0 last 1",
                     "204 EOB pending 0 last 2 up to 3"};
  EXPECT_EQ(up_to(TimeOf(4)), Since("2.11") ? two : empty);
  EXPECT_EQ(up_to(TimeOf(4) + absl::Nanoseconds(1)),
            Since("2.11") ? Texts({"m2 pending 1 last 0", "m4 pending 0 last 2",
                                   "204 EOB pending 0 last 4 up to 4"})
                          : empty);
  EXPECT_EQ(up_to(TimeOf(1)),
            Since("2.11") ? Texts({"404 No Results"}) : empty);
  EXPECT_EQ(up_to(TimeOf(6) + absl::Hours(1)),
            Since("2.11") ? Texts({"m4 pending 2 last 0", "m5 pending 1 last 4",
                                   "m6 pending 0 last 5",
                                   "204 EOB pending 0 last 6 up to 6"})
                          : empty);
}

// STO-062
TEST_P(DirectGetBatch, LastWithinBounds) {
  const Texts empty = {"408 Empty Request"};
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "batch": 1})"),
            Since("2.11") ? Texts({"m4 pending 2 last 0",
                                   "204 EOB pending 2 last 4 up to 6"})
                          : empty);
  EXPECT_EQ(Get(R"({"multi_last": ["x.>"], "max_bytes": 6})"),
            Since("2.11") ? Texts({"m4 pending 2 last 0", "m5 pending 1 last 4",
                                   "204 EOB pending 1 last 5 up to 6"})
                          : empty);
}

// STO-048
TEST_P(DirectGetBatch, ConflictingFields) {
  const Texts bad = {"408 Bad Request"};
  EXPECT_EQ(Get(R"({"last_by_subj": "x.1", "batch": 2})"),
            Since("2.11") ? bad : Texts({"m4"}));
  EXPECT_EQ(Get(R"({"last_by_subj": "x.1", "multi_last": ["x.1"]})"),
            Since("2.11") ? bad : Texts({"m4"}));
  EXPECT_EQ(Get(R"({"next_by_subj": "x.1", "multi_last": ["x.1"]})"),
            Since("2.11") ? bad : Texts({"m1"}));
  EXPECT_EQ(Get(R"({"multi_last": ["x.1"], "up_to_seq": 4,)"
                R"( "up_to_time": "2100-01-01T00:00:00Z"})"),
            Since("2.11") ? bad : Texts({"408 Empty Request"}));
}

// STO-052, STO-053
TEST_P(DirectGetBatch, TypedMessagesAreTheStoredOnes) {
  const absl::StatusOr<StoredMessages> found =
      jetstream().GetMessagesDirect("S", {.seq = 2, .batch = 3});
  if (!Since("2.11")) {
    EXPECT_THAT(found, StatusIs(absl::StatusCode::kUnimplemented));
    EXPECT_THAT(jetstream().GetMessagesDirect("S", {.multi_last = {"x.1"}}),
                StatusIs(absl::StatusCode::kUnimplemented));
    return;
  }
  std::vector<StoredMessage> stored;
  for (const std::uint64_t sequence : {2, 4, 5}) {
    stored.push_back(jetstream().GetMessage("S", {.seq = sequence}).value());
  }
  EXPECT_EQ(found->messages, stored);
  EXPECT_THAT(found->num_pending, ElementsAre(3, 2, 1));
  EXPECT_EQ(found->remaining, 1);
  EXPECT_EQ(found->last_sequence, 5);
  EXPECT_EQ(found->up_to_sequence, 0);
}

// STO-056, STO-057, STO-060
TEST_P(DirectGetBatch, TypedVariants) {
  const auto last = jetstream().GetMessagesDirect(
      "S", {.multi_last = {"x.1", "x.2"}, .up_to_time = TimeOf(5)});
  const auto data = jetstream().GetMessagesDirect(
      "S", {.seq = 1, .batch = 1, .no_headers = true});
  const auto none = jetstream().GetMessagesDirect("S", {.seq = 7, .batch = 1});
  EXPECT_THAT(none, StatusIs(absl::StatusCode::kNotFound));
  if (!Since("2.11")) {
    EXPECT_THAT(last, StatusIs(absl::StatusCode::kUnimplemented));
    EXPECT_THAT(data, StatusIs(absl::StatusCode::kUnimplemented));
    return;
  }
  EXPECT_THAT(last.value().messages,
              ElementsAre(Field(&StoredMessage::data, "m2"),
                          Field(&StoredMessage::data, "m4")));
  EXPECT_EQ(last->up_to_sequence, 4);
  EXPECT_EQ(data.value().messages, std::vector<StoredMessage>{{.data = "m1"}});
  EXPECT_THAT(data->num_pending, SizeIs(0));
  EXPECT_EQ(data->remaining, 5);
  EXPECT_EQ(data->last_sequence, 1);
}

// STO-044, STO-048, STO-049
TEST_P(DirectGetBatch, TypedErrors) {
  EXPECT_EQ(ErrorOf(jetstream().GetMessagesDirect(
                "none", {.seq = 1, .batch = 1},
                {.timeout = absl::Milliseconds(100)})),
            Since("2.10") ? NoResponders() : Timeout());
  // Without a bound there is nothing to wait for the end of.
  EXPECT_THAT(jetstream().GetMessagesDirect("S", {.seq = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const auto conflict = jetstream().GetMessagesDirect(
      "S", {.seq = 1, .start_time = absl::UnixEpoch(), .batch = 1});
  EXPECT_THAT(conflict,
              StatusIs(Since("2.11") ? absl::StatusCode::kInvalidArgument
                                     : absl::StatusCode::kUnimplemented));

  std::unique_ptr<JetStream> demanding =
      connection().NewJetStream({.required_api_level = 99});
  EXPECT_THAT(demanding->GetMessagesDirect("S", {.seq = 1, .batch = 1}),
              StatusIs(Since("2.12") ? absl::StatusCode::kFailedPrecondition
                                     : absl::StatusCode::kUnimplemented));
}

// STO-043
TEST_P(DirectGetBatch, StoredHeadersOfTheSameNamesStay) {
  const Headers own = {{"Nats-Sequence", "77"},
                       {"Nats-Subject", "y"},
                       {"Nats-Stream", "T"},
                       {"Nats-Num-Pending", "5"}};
  RawPublish({.subject = "x.7", .headers = own, .data = "m7"});
  const StoredMessage stored = jetstream().GetMessage("S", {.seq = 7}).value();
  ASSERT_EQ(stored.headers.Get("Nats-Sequence"), "77");

  EXPECT_EQ(jetstream().GetMessageDirect("S", {.seq = 7}).value().sequence, 7);
  if (Since("2.11")) {
    const StoredMessage read =
        jetstream()
            .GetMessagesDirect("S", {.seq = 7, .batch = 1})
            .value()
            .messages.at(0);
    EXPECT_EQ(read.sequence, 7);
    EXPECT_EQ(read.subject, "x.7");
    EXPECT_EQ(read.headers.Get("Nats-Sequence"), "77");
    EXPECT_EQ(read.headers.Get("Nats-Num-Pending"), "5");
  }
}

}  // namespace
}  // namespace windtunnel
