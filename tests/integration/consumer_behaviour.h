// ConsumerBehaviour: what tests of consumers start from. A memory stream `S` on
// `s.>`, and short words for filling it and reading from it.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_CONSUMER_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_CONSUMER_BEHAVIOUR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/consume.h"
#include "windtunnel/pull.h"

namespace windtunnel {

class ConsumerBehaviour : public Behaviour {
 protected:
  void SetUp() override;

  // Creates consumer `C` through the API with `config` as JSON, as the named
  // subject of newer clients does; the answer.
  nlohmann::json CreateRaw(absl::string_view config,
                           absl::string_view more = "");
  // The same, and the error only.
  JetStreamError CreateError(absl::string_view config) {
    return ErrorOf(CreateRaw(config));
  }
  // Creates a consumer; the test ends if that fails.
  ConsumerInfo Make(ConsumerConfig config);
  // A durable `C` with explicit acknowledgement and what `config` adds.
  ConsumerInfo MakeExplicit(ConsumerConfig config = {});
  ConsumerInfo Info(absl::string_view consumer = "C");
  // Its numbers: "delivered 3/5 floor 1/1 pending 2 again 0 left 4", where 3/5 is
  // consumer sequence 3, stream sequence 5.
  std::string Numbers(absl::string_view consumer = "C");

  // Publishes one message to each subject, with its number as data.
  void Fill(const std::vector<std::string>& subjects);
  // 10 messages on s.a, s.b, s.c, s.a, ...
  void FillTen();

  // What is there now, up to `count` messages.
  std::vector<Delivery> FetchNow(int count, absl::string_view consumer = "C");
  // Waits for `count` messages.
  std::vector<Delivery> FetchSoon(int count, absl::string_view consumer = "C");
  // The same, as stream sequences.
  std::vector<std::uint64_t> SequencesNow(int count,
                                          absl::string_view consumer = "C");
  // Settles as the server confirms: raw, so that any payload can be tried.
  // "confirmed", "no responders" or what else came.
  std::string Settle(const Delivery& delivery, absl::string_view payload);
  std::string SettleSubject(const std::string& ack_subject,
                            absl::string_view payload);

  // A pull subscription to `consumer`.
  std::unique_ptr<PullSubscription> Pull(absl::string_view consumer = "C");
  // The next event in words: "3" for stream sequence 3, or "408 Request
  // Timeout"; "nothing" after `wait`.
  std::string NextEvent(PullSubscription& pull,
                        absl::Duration wait = absl::Seconds(2));
  // The next status, heartbeats included; a status of code 0 if none came.
  PullStatus NextStatus(PullSubscription& pull,
                        absl::Duration wait = absl::Seconds(2));
};

std::vector<std::uint64_t> Sequences(const std::vector<Delivery>& deliveries);

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_CONSUMER_BEHAVIOUR_H_
