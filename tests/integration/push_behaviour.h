// PushBehaviour: what tests of push consumers start from, and short words for
// what arrives on a deliver subject.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_PUSH_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_PUSH_BEHAVIOUR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {

class PushBehaviour : public ConsumerBehaviour {
 protected:
  // What nothing happens within.
  static constexpr absl::Duration kQuiet = absl::Milliseconds(60);

  // A durable `C` that acknowledges explicitly and delivers to `d`, with what
  // `config` says.
  ConsumerInfo MakePush(ConsumerConfig config = {}) {
    if (config.deliver_subject.empty()) config.deliver_subject = "d";
    return MakeExplicit(std::move(config));
  }

  // Token `index` of the subject that a delivery is acknowledged on: 4 is the
  // number of the delivery, 5 the sequence in the stream, 6 in the consumer.
  static std::uint64_t Token(const Message& message, std::size_t index) {
    const std::vector<std::string> tokens = absl::StrSplit(message.reply, '.');
    std::uint64_t number = 0;
    EXPECT_TRUE(index < tokens.size() &&
                absl::SimpleAtoi(tokens[index], &number))
        << message.reply;
    return number;
  }
  // "5" for the first delivery of stream sequence 5, "5 #2" for the second, and
  // for a status its line.
  static std::string Words(const Message& message) {
    if (message.headers.status_code() != 0) {
      return absl::StrCat(message.headers.status_code(), " ",
                          message.headers.status_text());
    }
    const std::uint64_t delivered = Token(message, 4);
    return delivered == 1 ? absl::StrCat(Token(message, 5))
                          : absl::StrCat(Token(message, 5), " #", delivered);
  }
  // The next message; an empty one if none comes.
  static Message NextMessage(Subscription& subscription,
                             absl::Duration wait = absl::Seconds(3)) {
    absl::StatusOr<Message> message = subscription.Next(wait);
    return message.ok() ? *std::move(message) : Message{};
  }
  static std::string NextWords(Subscription& subscription,
                               absl::Duration wait = absl::Seconds(3)) {
    const absl::StatusOr<Message> message = subscription.Next(wait);
    return message.ok() ? Words(*message) : "nothing";
  }
  // The next `count` messages, and "more" if another follows at once.
  static std::vector<std::string> Exactly(int count,
                                          Subscription& subscription) {
    std::vector<std::string> words;
    for (int i = 0; i < count; ++i) words.push_back(NextWords(subscription));
    const std::string more = NextWords(subscription, kQuiet);
    if (more != "nothing") words.push_back("more: " + more);
    return words;
  }
  void Ack(const Message& message, absl::string_view payload = "") {
    EXPECT_EQ(SettleSubject(message.reply, payload), "confirmed");
  }
  // "consumer_seq/stream_seq".
  static std::string Text(const SequencePair& pair) {
    return absl::StrCat(pair.consumer_seq, "/", pair.stream_seq);
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_PUSH_BEHAVIOUR_H_
