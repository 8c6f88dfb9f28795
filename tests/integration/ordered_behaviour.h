// OrderedBehaviour: what tests of ordered consumers start from.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_ORDERED_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_ORDERED_BEHAVIOUR_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"
#include "windtunnel/ordered_consumer.h"

namespace windtunnel {

inline constexpr absl::Duration kHeartbeat = absl::Milliseconds(150);
inline constexpr absl::Duration kSoon = absl::Seconds(3);

class OrderedBehaviour : public ConsumerBehaviour {
 protected:
  OrderedConsumer Reader(OrderedConsumerOptions options = {}) {
    return OrderedConsumer(jetstream(), "S", std::move(options));
  }
  // The stream sequence of the next message, or the code of the error.
  std::string Next(MessageIterator& messages, absl::Duration wait = kSoon) {
    absl::StatusOr<Delivery> delivery = messages.Next(wait);
    if (delivery.ok()) return absl::StrCat(delivery->stream_sequence());
    return absl::StatusCodeToString(delivery.status().code());
  }
  // The next messages, and nothing more for a moment.
  std::vector<std::uint64_t> All(OrderedConsumerOptions options, int count) {
    OrderedConsumer ordered = Reader(std::move(options));
    FetchResult fetched =
        ordered.Fetch({.max_messages = count, .max_wait = kSoon});
    EXPECT_EQ(fetched.end_status, absl::OkStatus());
    EXPECT_EQ(ordered.Next(absl::Milliseconds(20)).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(ordered.resets(), 0u);
    return Sequences(fetched.deliveries);
  }
  // Deletes the consumer behind the reader's back.
  void DeleteBehind(OrderedConsumer& ordered) {
    ASSERT_TRUE(
        jetstream().DeleteConsumer("S", ordered.Info().value().name).ok());
  }
  void Restart() {
    ASSERT_EQ(world().RestartServer(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                           absl::Seconds(10)));
  }
  std::vector<std::string> ConsumerNames() {
    return jetstream().ConsumerNames("S").value();
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_ORDERED_BEHAVIOUR_H_
