// Reading messages out of a stream directly.

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class DirectGetBehaviour : public Behaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"x.>"},
            .storage = Storage::kMemory,
            .allow_direct = true});
    RawPublish({.subject = "x.1", .headers = {{"A", "b"}}, .data = "one"});
    RawPublish({.subject = "x.2", .data = "two"});
    RawPublish({.subject = "x.1", .data = "three"});
  }

  Message Get(const std::string& body, const std::string& subject = "") {
    return connection()
        .Request({.subject = absl::StrCat("$JS.API.DIRECT.GET.S",
                                          subject.empty() ? "" : ".", subject),
                  .data = body})
        .value();
  }
  // "408 Bad Request", or the data of the message.
  std::string TextOf(const Message& message) {
    if (message.headers.status_code() == 0) return message.data;
    return absl::StrCat(message.headers.status_code(), " ",
                        message.headers.status_text());
  }
};

BEHAVIOUR_SUITE_OF(DirectGetBehaviour, DirectGet);

// STO-043, API-120
TEST_P(DirectGet, AnswersWithTheMessageItself) {
  const Message message = Get(R"({"seq": 1})");

  EXPECT_EQ(message.data, "one");
  EXPECT_EQ(message.headers.Get("A"), "b");
  EXPECT_EQ(message.headers.Get("Nats-Stream"), "S");
  EXPECT_EQ(message.headers.Get("Nats-Subject"), "x.1");
  EXPECT_EQ(message.headers.Get("Nats-Sequence"), "1");
  EXPECT_EQ(message.headers.Get("Nats-Time-Stamp").value_or(""),
            Api("STREAM.MSG.GET.S", R"({"seq": 1})")["message"]["time"]
                .get<std::string>());
}

// STO-043
TEST_P(DirectGet, TypedAnswerIsTheStoredMessage) {
  const StoredMessage direct =
      jetstream().GetMessageDirect("S", {.seq = 1}).value();

  EXPECT_EQ(direct, jetstream().GetMessage("S", {.seq = 1}).value());
}

// STO-044, API-127
TEST_P(DirectGet, NobodyAnswersUnlessAllowed) {
  Create({.name = "T", .subjects = {"t"}, .storage = Storage::kMemory});
  Publish("t");
  for (const std::string stream : {"T", "none"}) {
    EXPECT_EQ(ErrorOf(jetstream().GetMessageDirect(
                  stream, {.seq = 1}, {.timeout = absl::Milliseconds(100)})),
              Since("2.10") ? NoResponders() : Timeout())
        << stream;
  }
}

// STO-045, API-123
TEST_P(DirectGet, MissingMessages) {
  for (const std::string body : {R"({"seq": 9})", R"({"last_by_subj": "x.9"})",
                                 R"({"seq": 4, "next_by_subj": "x.1"})"}) {
    EXPECT_EQ(TextOf(Get(body)), "404 Message Not Found") << body;
  }
  const absl::Status status =
      jetstream().GetMessageDirect("S", {.seq = 9}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetJetStreamError(status), std::nullopt);
}

// STO-046, STO-047, API-124, API-125
TEST_P(DirectGet, RequestsThatSayNothing) {
  for (const std::string body : {"", "{}", "null"}) {
    EXPECT_EQ(TextOf(Get(body)), "408 Empty Request") << body;
  }
  for (const std::string body : {"{", "hello", R"({"seq": "x"})"}) {
    EXPECT_EQ(TextOf(Get(body)), "408 Malformed Request") << body;
  }
  EXPECT_EQ(TextOf(Get(R"({"seq": 1, "bogus": 1})")), "one");
}

// STO-048, API-126
TEST_P(DirectGet, ConflictingFields) {
  for (const std::string body :
       {R"({"seq": 1, "last_by_subj": "x.1"})",
        R"({"last_by_subj": "x.1", "next_by_subj": "x.1"})"}) {
    EXPECT_EQ(TextOf(Get(body)), "408 Bad Request") << body;
  }
  EXPECT_EQ(TextOf(Get(R"({"seq": 1, "start_time": "2020-01-01T00:00:00Z"})")),
            Since("2.11") ? "408 Bad Request" : "one");
}

// STO-049, API-128
TEST_P(DirectGet, RequiredApiLevelIsCheckedSince212) {
  const Message answer =
      connection()
          .Request({.subject = "$JS.API.DIRECT.GET.S",
                    .headers = {{"Nats-Required-Api-Level", "99"}},
                    .data = R"({"seq": 1})"})
          .value();

  EXPECT_EQ(TextOf(answer), Since("2.12") ? "412 Required Api Level" : "one");
}

// STO-050, API-121, API-122
TEST_P(DirectGet, LastOfTheSubjectInTheRequestsSubject) {
  EXPECT_EQ(TextOf(Get("", "x.1")), "three");
  EXPECT_EQ(TextOf(Get("", "x.2")), "two");
  EXPECT_EQ(TextOf(Get("", "x.9")), "404 Message Not Found");

  EXPECT_EQ(TextOf(Get(R"({"seq": 1})", "x.1")), "408 Bad Request");
  EXPECT_EQ(TextOf(Get("{", "x.1")),
            Since("2.12") ? "408 Malformed Request" : "408 Bad Request");
  EXPECT_EQ(TextOf(Get("{}", "x.1")),
            Since("2.12") ? "three" : "408 Bad Request");
}

// STO-051, API-129
TEST_P(DirectGet, HeadersMayBeLeftOutSince212) {
  const Message message = Get(R"({"seq": 1, "no_hdr": true})");

  EXPECT_EQ(message.data, "one");
  EXPECT_EQ(message.headers.empty(), Since("2.12"));
}

// STO-036, STO-038, STO-043
TEST_P(DirectGet, FindsBySubject) {
  const auto find = [&](const GetMessageRequest& request) {
    return jetstream().GetMessageDirect("S", request).value().sequence;
  };
  EXPECT_EQ(find({.last_by_subject = "x.1"}), 3);
  EXPECT_EQ(find({.next_by_subject = "x.2"}), 2);
  EXPECT_EQ(find({.seq = 2, .next_by_subject = "x.1"}), 3);
}

// STR-129, STO-042
TEST_P(DirectGet, IsNotAudited) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  Get(R"({"seq": 1})");
  Get(R"({"seq": 9})");
  Api("STREAM.NAMES");

  const Message audit = audits->Next(absl::Seconds(5)).value();
  EXPECT_EQ(nlohmann::json::parse(audit.data)["subject"],
            "$JS.API.STREAM.NAMES");
}

}  // namespace
}  // namespace windtunnel
