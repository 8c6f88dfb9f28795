#include <sstream>

#include "gtest/gtest.h"
#include "windtunnel/consumer.h"
#include "windtunnel/publish.h"
#include "windtunnel/pull.h"
#include "windtunnel/stream.h"

namespace windtunnel {
namespace {

template <typename T>
std::string Print(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(Printing, ConfigurationsShowWhatDiffersFromTheDefault) {
  EXPECT_EQ(Print(StreamConfig()), "{}");
  StreamConfig config;
  config.name = "ORDERS";
  config.subjects = {"a", "b"};
  config.max_age = absl::Hours(1);
  config.retention = Retention::kWorkQueue;
  config.sources.emplace_back();
  config.sources[0].name = "O";
  config.sources[0].domain = "hub";
  config.metadata = {{"k", "v"}};
  EXPECT_EQ(Print(config),
            "{name: \"ORDERS\", subjects: [\"a\", \"b\"], retention: "
            "workqueue, max_age: 1h, sources: [{name: \"O\", domain: "
            "\"hub\"}], metadata: {\"k\": \"v\"}}");
  ConsumerConfig consumer;
  consumer.ack_policy = AckPolicy::kExplicit;
  consumer.backoff = {absl::Seconds(1), absl::Seconds(2)};
  EXPECT_EQ(Print(consumer), "{ack_policy: explicit, backoff: [1s, 2s]}");
}

TEST(Printing, AnswersReadAsSentences) {
  EXPECT_EQ(Print(PubAck{.stream = "S", .sequence = 5, .duplicate = true}),
            "#5 of S, duplicate");
  EXPECT_EQ(Print(PullStatus{.code = 408,
                             .description = "Request Timeout",
                             .pending_messages = 1,
                             .pending_bytes = 0}),
            "408 Request Timeout, 1 messages unused, 0 bytes unused");
  EXPECT_EQ(Print(PullRequest{.batch = 2, .no_wait = true}),
            "{batch: 2, no_wait: true}");
}

TEST(Printing, EnumsUseTheServersWords) {
  EXPECT_EQ(Print(DeliverPolicy::kLastPerSubject), "last_per_subject");
  EXPECT_EQ(Print(PriorityPolicy::kPinnedClient), "pinned_client");
  EXPECT_EQ(Print(static_cast<Storage>(9)), "unknown(9)");
}

}  // namespace
}  // namespace windtunnel
