// TimedBehaviour: what tests of message TTLs, delete markers and schedules
// start from.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_TIMED_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_TIMED_BEHAVIOUR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/integration/behaviour.h"

namespace windtunnel {

class TimedBehaviour : public Behaviour {
 protected:
  // Publishes with these headers, as they are; the error.
  JetStreamError Put(const std::string& subject, const Headers& headers = {},
                     const std::string& data = "") {
    return ErrorOf(jetstream().Publish(
        {.subject = subject, .headers = headers, .data = data}));
  }
  // The message at `sequence` as "subject [Name: value, Name: value] data", or
  // what went wrong.
  std::string Stored(const std::string& stream, std::uint64_t sequence) {
    const absl::StatusOr<StoredMessage> message =
        jetstream().GetMessage(stream, {.seq = sequence});
    if (!message.ok()) return ErrorOf(message).description;
    std::string text = message->subject + " [";
    for (const auto& [name, value] : message->headers.entries()) {
      text += (text.back() == '[' ? "" : ", ") + name + ": " + value;
    }
    return text + "] " + message->data;
  }
  // The first value of a header of the message at `sequence`; live clients send
  // different headers in an order of their own.
  std::string Header(const std::string& stream, std::uint64_t sequence,
                     const std::string& name) {
    const absl::StatusOr<StoredMessage> message =
        jetstream().GetMessage(stream, {.seq = sequence});
    if (!message.ok()) return ErrorOf(message).description;
    return std::string(message->headers.Get(name).value_or("none"));
  }
  // All messages of the stream, each with its sequence.
  std::vector<std::string> AllStored(const std::string& stream) {
    const StreamState state = State(stream);
    std::vector<std::string> all;
    if (state.messages == 0) return all;
    for (std::uint64_t seq = state.first_seq; seq <= state.last_seq; ++seq) {
      const std::string text = Stored(stream, seq);
      if (text != NoMessageFound().description) {
        all.push_back(std::to_string(seq) + " " + text);
      }
    }
    return all;
  }
  absl::Time StoredAt(const std::string& stream, std::uint64_t sequence) {
    return jetstream().GetMessage(stream, {.seq = sequence})->time;
  }
  void Restart() {
    ASSERT_EQ(world().RestartServer(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                           absl::Seconds(10)));
  }
  // Waits until `time`.
  void AdvanceTo(absl::Time time) {
    if (time > runtime().Now()) Advance(time - runtime().Now());
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_TIMED_BEHAVIOUR_H_
