// Streams and consumers managed without text: the same as over the wire.

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/api/answers.h"
#include "windtunnel/connection.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/simulator.h"

namespace windtunnel {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string Text(const absl::Status& status) {
  std::string text = status.ToString();
  if (const auto error = GetJetStreamError(status)) {
    absl::StrAppend(&text, " ", error->code, " ", error->err_code, " ",
                    error->description);
  }
  return text;
}

// All fields, and those that no answer on the wire has.
std::string Text(const absl::StatusOr<StreamInfo>& info) {
  if (!info.ok()) return Text(info.status());
  return absl::StrCat(
      api::EncodeStreamInfo(api::Call::kStreamInfo, api::Dialect{}, *info), " ",
      info->domain, " ", info->cluster_leader);
}

std::string Text(const absl::StatusOr<ConsumerInfo>& info) {
  if (!info.ok()) return Text(info.status());
  return api::EncodeConsumerInfo(api::Call::kConsumerInfo, api::Dialect{},
                                 *info);
}

std::string Text(const absl::StatusOr<StoredMessage>& message) {
  if (!message.ok()) return Text(message.status());
  std::ostringstream text;
  text << message->subject << " " << message->sequence << " " << message->time
       << " " << message->headers << " " << absl::CEscape(message->data);
  return text.str();
}

std::string Text(const absl::StatusOr<std::uint64_t>& count) {
  return count.ok() ? absl::StrCat(*count) : Text(count.status());
}

std::string Text(const absl::StatusOr<std::vector<std::string>>& names) {
  return names.ok() ? absl::StrJoin(*names, ",") : Text(names.status());
}

// The same calls on two simulated servers, one of them over the wire.
class SimulatedManagementTest : public testing::Test {
 protected:
  struct Side {
    Simulator simulator{SimulatorOptions{.history_limit = 100}};
    std::unique_ptr<Connection> connection = *simulator.Connect("app");
    std::unique_ptr<JetStream> wire =
        NewJetStreamOverWire(*connection, JetStreamOptions{});
  };

  // Makes `call` on both sides, which must give the same.
  template <typename Call>
  void Same(Call call) {
    const std::string direct = Text(call(direct_.connection->jetstream()));
    EXPECT_EQ(direct, Text(call(*wire_.wire)));
    texts_.push_back(direct);
  }

  void SameStream(const StreamConfig& config, ConfigOptions options = {}) {
    Same([&](JetStream& js) { return js.CreateStream(config, options); });
    Same([&](JetStream& js) { return js.GetStreamInfo(config.name); });
    Same([&](JetStream& js) { return js.CreateStream(config, options); });
    Same([&](JetStream& js) { return js.UpdateStream(config, options); });
  }

  void SameConsumer(absl::string_view stream, const ConsumerConfig& config,
                    ConfigOptions options = {}) {
    Same([&](JetStream& js) {
      return js.CreateConsumer(stream, config, options);
    });
    Same([&](JetStream& js) {
      return js.CreateConsumer(stream, config, options);
    });
    Same([&](JetStream& js) {
      return js.UpdateConsumer(stream, config, options);
    });
    Same([&](JetStream& js) {
      return js.CreateOrUpdateConsumer(stream, config, options);
    });
    Same([&](JetStream& js) {
      return js.GetConsumerInfo(
          stream, config.name.empty() ? config.durable_name : config.name);
    });
  }

  Side direct_;
  Side wire_;
  std::vector<std::string> texts_;
};

TEST_F(SimulatedManagementTest, StreamsHaveTheSameConfigurationAndRefusals) {
  SameStream({.name = "plain"});
  SameStream({.name = "full",
              .description = "orders \"all\"",
              .subjects = {"orders.>"},
              .retention = Retention::kWorkQueue,
              .max_consumers = 7,
              .max_msgs = 10'000'000'000,
              .max_age = absl::Hours(30),
              .storage = Storage::kMemory,
              .discard = Discard::kNew,
              .duplicate_window = absl::Seconds(10),
              .deny_delete = true,
              .allow_direct = true,
              .metadata = {{"team", "blue"}, {"_nats.ver", "1"}}});
  SameStream({.name = "odd", .max_age = absl::Nanoseconds(1.5)});
  SameStream({.name = "endless", .max_age = absl::InfiniteDuration()});
  SameStream({.name = "umlaut", .description = "Zähler"});
  SameStream({.name = "long", .description = std::string(5'000, 'x')});
  SameStream({.name = "sealed", .sealed = true});
  SameStream({.name = "overlap", .subjects = {"orders.new"}});
  SameStream({.name = "has.dot"});
  SameStream({.name = "star*"});
  SameStream({.name = "sla/sh"});
  SameStream({.name = ""});
  SameStream({.name = "three", .num_replicas = 3});
  SameStream({.name = "pedantic", .max_age = absl::Seconds(30)},
             {.pedantic = true});
  SameStream({.name = "late"}, {.timeout = absl::ZeroDuration()});
  SameStream({.name = "plain", .subjects = {"other"}});
  SameStream({.name = "copy", .mirror = StreamSource{.name = "plain"}});
  Same([](JetStream& js) { return js.DeleteStream("none"); });
  Same([](JetStream& js) { return js.DeleteStream("plain"); });
  Same([](JetStream& js) { return js.GetStreamInfo("plain"); });
  Same([](JetStream& js) {
    return js.GetStreamInfo("full", {.deleted_details = true});
  });
}

TEST_F(SimulatedManagementTest, ConsumersHaveTheSameConfigurationAndRefusals) {
  SameStream({.name = "S", .subjects = {"s.>"}});
  SameConsumer("S", {.durable_name = "d"});
  SameConsumer("S", {.name = "named",
                     .ack_policy = AckPolicy::kExplicit,
                     .inactive_threshold = absl::Minutes(1)});
  SameConsumer("S", {.durable_name = "full",
                     .name = "full",
                     .deliver_policy = DeliverPolicy::kByStartSequence,
                     .opt_start_seq = 12,
                     .ack_policy = AckPolicy::kAll,
                     .ack_wait = absl::Seconds(9),
                     .max_deliver = 4,
                     .backoff = {absl::Seconds(1), absl::Seconds(2)},
                     .filter_subject = "s.*.x",
                     .sample_freq = "30%",
                     .max_ack_pending = 5,
                     .metadata = {{"a", "b"}}});
  SameConsumer("S", {.durable_name = "time",
                     .deliver_policy = DeliverPolicy::kByStartTime,
                     .opt_start_time = absl::FromUnixNanos(1'700'000'000'001)});
  SameConsumer("S",
               {.durable_name = "many", .filter_subjects = {"s.1", "s.2"}});
  SameConsumer("S", {.durable_name = "a", .name = "b"});
  SameConsumer("S", {.durable_name = "bad.name"});
  SameConsumer("S", {.durable_name = "sla/sh"});
  SameConsumer(
      "S", {.durable_name = "forever", .ack_wait = absl::InfiniteDuration()});
  SameConsumer("S", {.durable_name = "miss", .filter_subject = "other.>"});
  SameConsumer("S", {.durable_name = "space", .filter_subject = "s. x"});
  SameConsumer("S", {.durable_name = "rate", .rate_limit_bps = 5});
  SameConsumer("S", {.durable_name = "both",
                     .filter_subject = "s.1",
                     .filter_subjects = {"s.2"}});
  SameConsumer("none", {.durable_name = "d"});
  SameConsumer("S", {.durable_name = "d", .ack_wait = absl::Seconds(3)});
  Same([](JetStream& js) { return js.DeleteConsumer("S", "nobody"); });
  Same([](JetStream& js) { return js.DeleteConsumer("none", "d"); });
  Same([](JetStream& js) { return js.DeleteConsumer("S", "d"); });
  Same([](JetStream& js) { return js.GetConsumerInfo("S", "d"); });
}

TEST_F(SimulatedManagementTest, StatesOfWorkAreTheSame) {
  SameStream({.name = "S", .subjects = {"s.>"}});
  SameConsumer("S", {.durable_name = "d", .ack_policy = AckPolicy::kExplicit});
  for (Side* side : {&direct_, &wire_}) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(side->wire->Publish({.subject = absl::StrCat("s.", i)}).ok());
      side->simulator.RunFor(absl::Milliseconds(7));
    }
    ASSERT_TRUE(side->wire->DeleteMessage("S", 2).ok());
  }
  Same([](JetStream& js) { return js.GetStreamInfo("S"); });
  Same([](JetStream& js) { return js.GetConsumerInfo("S", "d"); });
  for (const char* filter : {">", "s.1", "t.*", "s. x"}) {
    for (const std::uint64_t offset : {0, 1, 5}) {
      Same([&](JetStream& js) {
        return js.GetStreamInfo("S", {.deleted_details = true,
                                      .subjects_filter = filter,
                                      .offset = offset});
      });
    }
  }
  for (Side* side : {&direct_, &wire_}) side->simulator.StopServer();
  Same([](JetStream& js) {
    return js.GetStreamInfo("S", {.timeout = absl::Seconds(1)});
  });
}

// Messages of all kinds on two streams, the second of which allows no direct
// gets, with a gap at 3.
void FillBoth(JetStream& js) {
  for (const char* name : {"S", "T"}) {
    ASSERT_TRUE(js.CreateStream({.name = name,
                                 .subjects = {absl::StrCat(name, ".>")},
                                 .allow_direct = name[0] == 'S'})
                    .ok());
    const std::string one = absl::StrCat(name, ".1");
    const std::string two = absl::StrCat(name, ".2");
    for (const Message& message :
         {Message{.subject = one, .data = "plain"},
          Message{.subject = two,
          .headers = {{"A", "b"}},
          .data = std::string("\0\xff", 2)},
          Message{.subject = one, .data = "deleted"},
          Message{.subject = two, .headers = {{"Nats-Sequence", "77"}}},
          Message{.subject = absl::StrCat(name, ".\xc3\xa4")},
          Message{.subject = one, .headers = {{"Nats-Msg-Id", "x"}}}}) {
      ASSERT_TRUE(js.Publish(message).ok());
    }
    ASSERT_TRUE(js.DeleteMessage(name, 3).ok());
  }
}

TEST_F(SimulatedManagementTest, MessagesAreReadAlike) {
  for (Side* side : {&direct_, &wire_}) FillBoth(*side->wire);
  std::vector<GetMessageRequest> requests = {
      {}, {.start_time = absl::UnixEpoch() + absl::Nanoseconds(1)}};
  for (std::uint64_t seq = 0; seq < 8; ++seq) {
    requests.push_back({.seq = seq});
    requests.push_back({.seq = seq, .no_headers = true});
    requests.push_back({.seq = seq, .next_by_subject = "S.2"});
    requests.push_back({.seq = seq, .next_by_subject = "*.*"});
  }
  for (const char* subject : {"S.1", "S.2", "T.2", "S.*", ">", "S. 1", "S..1",
                              "S.\xc3\xa4", "S.none"}) {
    requests.push_back({.last_by_subject = subject});
    requests.push_back({.last_by_subject = subject, .no_headers = true});
    requests.push_back({.seq = 1, .last_by_subject = subject});
    requests.push_back({.last_by_subject = subject, .next_by_subject = "S.1"});
  }
  for (const GetMessageRequest& request : requests) {
    for (const char* stream : {"S", "T", "none", "has.dot"}) {
      Same([&](JetStream& js) { return js.GetMessage(stream, request); });
      Same([&](JetStream& js) { return js.GetMessageDirect(stream, request); });
    }
  }
  EXPECT_THAT(texts_, Contains(HasSubstr("plain")));
}

TEST_F(SimulatedManagementTest, MessagesAreRemovedAlike) {
  for (Side* side : {&direct_, &wire_}) FillBoth(*side->wire);
  for (const std::uint64_t seq : {0, 2, 3, 9}) {
    for (const char* stream : {"S", "none"}) {
      Same([&](JetStream& js) { return js.DeleteMessage(stream, seq); });
    }
  }
  for (const PurgeOptions& options :
       {PurgeOptions{.filter = "S.9"}, PurgeOptions{.seq = 2, .keep = 3},
        PurgeOptions{.filter = "S.1", .keep = 1}, PurgeOptions{.filter = "S. "},
        PurgeOptions{.filter = "S.*", .seq = 5}, PurgeOptions{.keep = 1},
        PurgeOptions{.seq = 1}, PurgeOptions{.seq = 20}, PurgeOptions{}}) {
    for (const char* stream : {"S", "T", "none"}) {
      Same([&](JetStream& js) { return js.PurgeStream(stream, options); });
      Same([&](JetStream& js) { return js.GetStreamInfo(stream); });
    }
  }
  Same([](JetStream& js) {
    return js.UpdateStream(
        {.name = "S", .deny_delete = true, .deny_purge = true});
  });
}

TEST_F(SimulatedManagementTest, NamesAreListedAlike) {
  for (Side* side : {&direct_, &wire_}) FillBoth(*side->wire);
  for (const char* subject : {"", "S.1", "*.9", "other", "S. "}) {
    Same([&](JetStream& js) { return js.StreamNames({.subject = subject}); });
  }
  EXPECT_THAT(texts_, Contains("S,T"));
}

TEST_F(SimulatedManagementTest, RequestsAreCountedAlike) {
  const auto totals = [](JetStream& js) {
    const absl::StatusOr<AccountInfo> info = js.GetAccountInfo();
    return info.ok() ? absl::StrCat(info->api_total, "/", info->api_errors)
                     : info.status().ToString();
  };
  SameStream({.name = "S"});
  SameConsumer("S", {.durable_name = "d"});
  Same([](JetStream& js) { return js.DeleteStream("T"); });
  Same([](JetStream& js) { return js.GetMessage("S", {.seq = 1}); });
  ASSERT_TRUE(direct_.wire->Publish({.subject = "S"}).ok());
  ASSERT_TRUE(wire_.wire->Publish({.subject = "S"}).ok());
  Same([](JetStream& js) { return js.GetMessage("S", {.seq = 1}); });
  Same([](JetStream& js) { return js.DeleteMessage("S", 1); });
  Same([](JetStream& js) { return js.DeleteMessage("S", 1); });
  Same([](JetStream& js) { return js.PurgeStream("S"); });
  Same([](JetStream& js) { return js.StreamNames({}); });

  EXPECT_EQ(totals(direct_.connection->jetstream()), totals(*wire_.wire));
}

TEST_F(SimulatedManagementTest, WhoeverListensToRequestsGetsThem) {
  Connection& connection = *direct_.connection;
  auto requests = *connection.Subscribe({.subject = "$JS.API.STREAM.CREATE.*"});

  ASSERT_TRUE(connection.jetstream().CreateStream({.name = "S"}).ok());

  absl::StatusOr<Message> heard = requests->Next(absl::Seconds(1));
  ASSERT_TRUE(heard.ok()) << heard.status();
  EXPECT_THAT(heard->data, HasSubstr("\"name\":\"S\""));
}

TEST_F(SimulatedManagementTest, AuditsAndAdvisoriesAreSent) {
  Connection& connection = *direct_.connection;
  auto created =
      *connection.Subscribe({.subject = "$JS.EVENT.ADVISORY.STREAM.>"});
  ASSERT_TRUE(connection.jetstream().CreateStream({.name = "S"}).ok());
  EXPECT_TRUE(created->Next(absl::Seconds(1)).ok());

  auto audits = *connection.Subscribe({.subject = "$JS.EVENT.ADVISORY.API"});
  ASSERT_TRUE(connection.jetstream().DeleteStream("S").ok());
  EXPECT_TRUE(audits->Next(absl::Seconds(1)).ok());
}

TEST_F(SimulatedManagementTest, TheHistorySaysHowARequestWent) {
  EXPECT_FALSE(direct_.connection->jetstream().DeleteStream("S").ok());

  const std::string history = direct_.simulator.history();
  EXPECT_THAT(history,
              HasSubstr("app asks STREAM.DELETE.S refused: stream not found"));
  EXPECT_THAT(history, Not(HasSubstr("$JS.API")));
}

}  // namespace
}  // namespace windtunnel
