// FlowControlAnswers: what a push subscription sends back to its consumer.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_FLOW_CONTROL_ANSWERS_H_
#define WINDTUNNEL_SHARED_JETSTREAM_FLOW_CONTROL_ANSWERS_H_

#include <cstdint>
#include <string>

#include "shared/nats/connection_base.h"
#include "windtunnel/delivery.h"
#include "windtunnel/push.h"

namespace windtunnel::internal {

// Threads: one at a time. Lifetime: before `connection`.
class FlowControlAnswers {
 public:
  // `acknowledge_taken`: see PushSubscribeOptions.
  FlowControlAnswers(ConnectionBase& connection, bool acknowledge_taken)
      : connection_(connection), acknowledge_taken_(acknowledge_taken) {}

  // The delivery with `numbers` is handed out.
  void Take(const DeliveryNumbers& numbers) {
    last_consumer_sequence_ = numbers.consumer_sequence;
    last_stream_sequence_ = numbers.stream_sequence;
  }

  // Answers the request that `status` is or repeats (PSH-015, PSH-021), once.
  // One that could not be sent is left to the repetition.
  void Answer(const PushStatus& status);

 private:
  ConnectionBase& connection_;
  const bool acknowledge_taken_;
  std::uint64_t last_consumer_sequence_ = 0;
  std::uint64_t last_stream_sequence_ = 0;
  std::string answered_;  // The last subject that was.
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_FLOW_CONTROL_ANSWERS_H_
