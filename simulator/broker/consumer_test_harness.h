// A broker with one stream S (subjects s.>) and one client, for the tests of
// consumers: time is given, and everything that is sent is a line of text.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_TESTING_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_TESTING_H_

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "simulator/broker/broker.h"

namespace windtunnel::broker {

class LowestChoices : public Choices {
 public:
  std::uint64_t Draw(absl::string_view, std::uint64_t) override { return 0; }
};

class ConsumerHarness {
 public:
  explicit ConsumerHarness(ServerVersion version)
      : broker_(At(kStart), BrokerOptions{.version = version}),
        client_(broker_.router().AddClient("test")) {
    listening_ = broker_.router().Subscribe(client_, "in.>", "");
  }

  // Milliseconds since the start, in all of these.
  void AdvanceTo(double ms) {
    const Nanos target = kStart + static_cast<Nanos>(ms * kMillisecond);
    while (broker_.NextDeadline() <= target) {
      now_ = std::max(now_, broker_.NextDeadline());
      broker_.RunDeadlines(At(now_));
      Collect();
    }
    now_ = target;
  }

  // The JSON answer.
  std::string Request(absl::string_view subject, absl::string_view body) {
    answer_.clear();
    Send(subject, "in.request", body);
    EXPECT_FALSE(answer_.empty()) << subject << " was not answered";
    return answer_;
  }
  void Send(absl::string_view subject, absl::string_view reply,
            absl::string_view body) {
    broker_.Publish(At(now_), client_, subject, reply, "", body);
    Collect();
  }
  std::string AddStream(absl::string_view more = "") {
    return Request("$JS.API.STREAM.CREATE.S",
                   absl::StrCat(R"({"name":"S","subjects":["s.>"])", more, "}"));
  }
  // `fields` follow the name, an acknowledgement policy of their own or explicit.
  std::string AddConsumer(absl::string_view fields = "") {
    const bool has_policy = absl::StrContains(fields, "ack_policy");
    return Request(
        "$JS.API.CONSUMER.CREATE.S.C",
        absl::StrCat(R"({"stream_name":"S","config":{"durable_name":"C")",
                     has_policy ? "" : R"(,"ack_policy":"explicit")",
                     fields.empty() ? "" : ",", fields, "}}"));
  }
  void Publish(int count, absl::string_view subject = "s.a") {
    for (int i = 0; i < count; ++i) Send(subject, "", "data");
  }
  void Pull(absl::string_view body, absl::string_view inbox = "in.1") {
    Send("$JS.API.CONSUMER.MSG.NEXT.S.C", inbox, body);
  }
  void Ack(std::uint64_t seq, absl::string_view payload = "",
           absl::string_view reply = "", std::uint64_t consumer_seq = 0) {
    Send(absl::StrCat("$JS.ACK.S.C.1.", seq, ".",
                      consumer_seq == 0 ? seq : consumer_seq, ".1.0"),
         reply, payload);
  }
  Consumer& consumer() { return *broker_.FindStream("S")->FindConsumer("C"); }
  ConsumerInfo Info() { return consumer().Info(At(now_)); }
  // "consumer_seq/stream_seq".
  std::string Delivered() { return ToText(Info().delivered); }
  std::string Floor() { return ToText(Info().ack_floor); }

  // What arrived since the last call: "<ms> <inbox>: seq 5 #1", the delivery
  // count behind #, or the status with its headers.
  std::vector<std::string> Take() { return std::exchange(lines_, {}); }

  Broker& broker() { return broker_; }
  ClientId client() const { return client_; }
  SubscriptionId listening() const { return listening_; }
  Context Now() { return At(now_); }
  static constexpr Nanos kStart = 1'700'000'000 * kSecond;

 private:
  Context At(Nanos now) { return {now, choices_}; }

  static std::string ToText(const SequencePair& pair) {
    return absl::StrCat(pair.consumer_seq, "/", pair.stream_seq);
  }

  void Collect() {
    for (const Outgoing& out : std::exchange(broker_.router().outbox(), {})) {
      const double ms = static_cast<double>(now_ - kStart) / kMillisecond;
      if (out.ack_prefix != nullptr) {
        lines_.push_back(absl::StrCat(ms, ": seq ", out.numbers.stream_sequence,
                                      " #", out.numbers.delivered));
        last_ = out;
        continue;
      }
      if (out.block->subject() == "in.request") {
        answer_ = std::string(out.block->data());
        continue;
      }
      std::string text(out.block->header_block());
      absl::StripTrailingAsciiWhitespace(&text);
      text = absl::StrReplaceAll(text, {{"NATS/1.0 ", ""}, {"\r\n", " "},
                                        {"Nats-Pending-Messages: ", "m="},
                                        {"Nats-Pending-Bytes: ", "b="},
                                        {"Nats-Last-Consumer: ", "c="},
                                        {"Nats-Last-Stream: ", "s="}});
      lines_.push_back(absl::StrCat(ms, ": ", text, out.block->data()));
    }
  }

  LowestChoices choices_;
  Nanos now_ = kStart;
  Broker broker_;
  ClientId client_;
  SubscriptionId listening_ = 0;
  std::vector<std::string> lines_;
  std::string answer_;

 public:
  Outgoing last_;  // The last delivery.
};

class ConsumerTest : public testing::TestWithParam<ServerVersion>,
                     public ConsumerHarness {
 protected:
  ConsumerTest() : ConsumerHarness(GetParam()) {}
  bool Is2_9() const { return GetParam() == ServerVersion::k2_9; }
  bool Is2_15() const { return GetParam() == ServerVersion::k2_15; }
};

#define WINDTUNNEL_CONSUMER_TESTS(suite)                                  \
  INSTANTIATE_TEST_SUITE_P(                                               \
      Versions, suite,                                                    \
      testing::Values(ServerVersion::k2_9, ServerVersion::k2_10,          \
                      ServerVersion::k2_15),                              \
      [](const testing::TestParamInfo<ServerVersion>& version) {          \
        return absl::StrCat("V", static_cast<int>(version.param));        \
      })

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_TESTING_H_
