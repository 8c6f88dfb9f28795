// Requests that create consumers: subjects, bodies, names.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerCreate);

JetStreamError NameMismatch() {
  return {400, 10056, "stream name in subject does not match request"};
}

// CON-001, CON-014
TEST_P(ConsumerCreate, NamedSubjectDecidesTheName) {
  const nlohmann::json answer = Api(
      "CONSUMER.CREATE.S.C", R"({"stream_name":"S","config":{"name":"other"}})");

  EXPECT_EQ(ErrorOf(answer), Ok());
  EXPECT_EQ(answer["type"], "io.nats.jetstream.api.v1.consumer_create_response");
  EXPECT_EQ(answer["name"], "C");
  EXPECT_EQ(answer["stream_name"], "S");
  EXPECT_EQ(answer["config"]["name"], "C");
}

// CON-002
TEST_P(ConsumerCreate, StreamNameInBodyMustAgree) {
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.C", R"({"stream_name":"T"})")),
            NameMismatch());
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.C", R"({"config":{}})")),
            NameMismatch());
}

// CON-003
TEST_P(ConsumerCreate, WrongTypesAreInvalidJson) {
  for (const char* config :
       {R"({"opt_start_seq":-1})", R"({"max_deliver":"x"})", R"({"sample_freq":5})",
        R"({"ack_wait":"1s"})", R"({"ack_wait":1.5})"}) {
    const JetStreamError error = CreateError(config);
    EXPECT_EQ(error.code, 400) << config;
    EXPECT_EQ(error.err_code, 10025) << config;
    if (!Since("2.11")) {
      EXPECT_EQ(error.description, "invalid JSON") << config;
    } else {
      EXPECT_THAT(error.description, testing::StartsWith("invalid JSON: "));
    }
  }
}

// CON-003
TEST_P(ConsumerCreate, BrokenJsonIsRefused) {
  const JetStreamError error = ErrorOf(Api("CONSUMER.CREATE.S.C", "{\"stream"));

  EXPECT_EQ(error.err_code, 10025);
}

// CON-004
TEST_P(ConsumerCreate, EmptyBodyIsRefused) {
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.C", "")),
            Since("2.11") ? NameMismatch()
                          : JetStreamError({400, 10025, "invalid JSON"}));
}

// CON-005
TEST_P(ConsumerCreate, UnknownFieldsAreRefusedSince212) {
  const JetStreamError inside = CreateError(R"({"foo":1})");
  const JetStreamError outside =
      ErrorOf(Api("CONSUMER.CREATE.S.D", R"({"stream_name":"S","foo":1})"));

  const JetStreamError expected =
      Since("2.12")
          ? JetStreamError({400, 10025, "invalid JSON: json: unknown field \"foo\""})
          : Ok();
  EXPECT_EQ(inside, expected);
  EXPECT_EQ(outside, expected);
}

// CON-006, CON-023
TEST_P(ConsumerCreate, WithoutConfigItIsAnEphemeralPullConsumer) {
  const nlohmann::json answer = Api("CONSUMER.CREATE.S", R"({"stream_name":"S"})");

  ASSERT_EQ(ErrorOf(answer), Ok());
  const std::string name = answer["name"];
  EXPECT_THAT(name, testing::MatchesRegex("[0-9A-Za-z]{8}"));
  EXPECT_FALSE(answer["config"].contains("name"));
  EXPECT_FALSE(answer["config"].contains("durable_name"));
  EXPECT_EQ(answer["config"]["deliver_policy"], "all");
  EXPECT_EQ(answer["config"]["ack_policy"], "none");
  EXPECT_EQ(answer["config"]["inactive_threshold"], 5'000'000'000);
}

// CON-007
TEST_P(ConsumerCreate, UnknownStreamIsNotFound) {
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.NONE.C", R"({"stream_name":"NONE"})")),
            StreamNotFound());
}

// CON-008, CON-009
TEST_P(ConsumerCreate, LegacyEphemeralSubjectTakesNoDurable) {
  EXPECT_EQ(
      ErrorOf(Api("CONSUMER.CREATE.S",
                  R"({"stream_name":"S","config":{"durable_name":"d"}})")),
      JetStreamError({400, 10020,
                      "consumer expected to be ephemeral but a durable name was "
                      "set in request"}));
  const nlohmann::json named = Api(
      "CONSUMER.CREATE.S", R"({"stream_name":"S","config":{"name":"mine"}})");
  EXPECT_EQ(named["name"], "mine");
}

// CON-010, CON-011
TEST_P(ConsumerCreate, LegacyDurableSubjectNeedsTheSameDurableName) {
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DURABLE.CREATE.S.C",
                        R"({"stream_name":"S","config":{"name":"C"}})")),
            JetStreamError({400, 10018,
                            "consumer expected to be durable but a durable name "
                            "was not set"}));
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DURABLE.CREATE.S.C",
                        R"({"stream_name":"S","config":{"durable_name":"d"}})")),
            JetStreamError({400, 10017,
                            "consumer name in subject does not match durable name "
                            "in request"}));
}

// CON-012
TEST_P(ConsumerCreate, LegacyDurableSubjectWithOneTokenMoreIsNotAnswered) {
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DURABLE.CREATE.S.C.x",
                        R"({"stream_name":"S","config":{"durable_name":"C"}})",
                        absl::Milliseconds(200))),
            Timeout());
}

// CON-013
TEST_P(ConsumerCreate, NamedSubjectMustAgreeWithTheDurableName) {
  EXPECT_EQ(CreateError(R"({"durable_name":"d"})"),
            JetStreamError({400, 10017,
                            "consumer name in subject does not match durable name "
                            "in request"}));
}

// CON-015, CON-016
TEST_P(ConsumerCreate, LegacyDurableShowsItsNameSince214) {
  const nlohmann::json plain =
      Api("CONSUMER.DURABLE.CREATE.S.C",
          R"({"stream_name":"S","config":{"durable_name":"C"}})");
  const nlohmann::json differs =
      Api("CONSUMER.DURABLE.CREATE.S.D",
          R"({"stream_name":"S","config":{"durable_name":"D","name":"E"}})");

  ASSERT_EQ(ErrorOf(plain), Ok());
  EXPECT_EQ(plain["config"].contains("name"), Since("2.15"));
  if (Since("2.15")) {
    EXPECT_EQ(differs["config"]["name"], "D");
  } else {
    EXPECT_EQ(ErrorOf(differs),
              JetStreamError({400, 10132,
                              "Consumer Durable and Name have to be equal if both "
                              "are provided"}));
  }
}

// CON-017
TEST_P(ConsumerCreate, FilterInSubjectMustBeTheOneInTheBody) {
  const JetStreamError mismatch = {
      400, 10131,
      "Consumer create request did not match filtered subject from create subject"};
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.C.s.a", R"({"stream_name":"S"})")),
            mismatch);
  EXPECT_EQ(
      ErrorOf(Api("CONSUMER.CREATE.S.C.s.a",
                  R"({"stream_name":"S","config":{"filter_subject":"s.b"}})")),
      mismatch);
  EXPECT_EQ(
      ErrorOf(Api("CONSUMER.CREATE.S.C.s.a",
                  R"({"stream_name":"S","config":{"filter_subject":"s.a"}})")),
      Ok());
}

// CON-018
TEST_P(ConsumerCreate, FilterInSubjectExcludesSeveralFilters) {
  EXPECT_EQ(
      ErrorOf(Api("CONSUMER.CREATE.S.C.s.a",
                  R"({"stream_name":"S","config":{"filter_subjects":["s.a"]}})")),
      Since("2.10")
          ? JetStreamError({400, 10137,
                            "consumer with multiple subject filters cannot use "
                            "subject based API"})
          : JetStreamError({400, 10131,
                            "Consumer create request did not match filtered "
                            "subject from create subject"}));
}

// CON-019
TEST_P(ConsumerCreate, PathSeparatorsInNamesAreRefused) {
  for (const char* name : {"a/b", "a\\b"}) {
    EXPECT_EQ(ErrorOf(Api(absl::StrCat("CONSUMER.CREATE.S.", name),
                          R"({"stream_name":"S"})")),
              JetStreamError({400, 10127,
                              "Consumer name can not contain path separators"}))
        << name;
  }
}

// CON-020
TEST_P(ConsumerCreate, WildcardsInNamesAreRefused) {
  EXPECT_EQ(
      ErrorOf(Api("CONSUMER.CREATE.S",
                  R"({"stream_name":"S","config":{"name":"a.b"}})")),
      Since("2.15")
          ? JetStreamError({500, 10052,
                            "consumer name can not contain '.', '*', '>', '\\', "
                            "'/'"})
          : JetStreamError({400, 10103,
                            "durable name can not contain '.', '*', '>'"}));
}

// CON-021
TEST_P(ConsumerCreate, DurableNamesEndAt255Bytes) {
  const std::string longest(255, 'd');
  const std::string too_long(256, 'd');
  const auto create = [&](const std::string& name) {
    return ErrorOf(Api(absl::StrCat("CONSUMER.CREATE.S.", name),
                       absl::StrCat(R"({"stream_name":"S","config":{"durable_name":")",
                                    name, R"("}})")));
  };

  EXPECT_EQ(create(longest), Ok());
  EXPECT_EQ(create(too_long),
            JetStreamError({400, 10102,
                            "consumer name is too long, maximum allowed is 255"}));
}

// CON-022
TEST_P(ConsumerCreate, RequiredApiLevelIsCheckedSince212) {
  const auto answer = connection().Request(
      {.subject = "$JS.API.CONSUMER.CREATE.S.C",
       .headers = {{"Nats-Required-Api-Level", "99"}},
       .data = R"({"stream_name":"S"})"});

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ErrorOf(nlohmann::json::parse(answer->data)),
            Since("2.12")
                ? JetStreamError({412, 10185,
                                  "JetStream minimum api level required"})
                : Ok());
}

}  // namespace
}  // namespace windtunnel
