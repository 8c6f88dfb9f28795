#include "tests/integration/consumer_behaviour.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace windtunnel {

void ConsumerBehaviour::SetUp() {
  Behaviour::SetUp();
  if (HasFatalFailure()) return;
  Create({.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory});
}

nlohmann::json ConsumerBehaviour::CreateRaw(absl::string_view config,
                                            absl::string_view more) {
  return Api("CONSUMER.CREATE.S.C",
             absl::StrCat(R"({"stream_name":"S","config":)", config, more, "}"));
}

ConsumerInfo ConsumerBehaviour::Make(ConsumerConfig config) {
  return jetstream().CreateConsumer("S", config).value();
}

ConsumerInfo ConsumerBehaviour::MakeExplicit(ConsumerConfig config) {
  config.durable_name = "C";
  config.ack_policy = AckPolicy::kExplicit;
  return Make(std::move(config));
}

ConsumerInfo ConsumerBehaviour::Info(absl::string_view consumer) {
  return jetstream().GetConsumerInfo("S", consumer).value();
}

std::string ConsumerBehaviour::Numbers(absl::string_view consumer) {
  const ConsumerInfo info = Info(consumer);
  return absl::StrCat("delivered ", info.delivered.consumer_seq, "/",
                      info.delivered.stream_seq, " floor ",
                      info.ack_floor.consumer_seq, "/",
                      info.ack_floor.stream_seq, " pending ",
                      info.num_ack_pending, " again ", info.num_redelivered,
                      " left ", info.num_pending);
}

void ConsumerBehaviour::Fill(const std::vector<std::string>& subjects) {
  int number = 0;
  for (const std::string& subject : subjects) {
    Publish(subject, absl::StrCat(++number));
  }
}

void ConsumerBehaviour::FillTen() {
  Fill({"s.a", "s.b", "s.c", "s.a", "s.b", "s.c", "s.a", "s.b", "s.c", "s.a"});
}

std::vector<Delivery> ConsumerBehaviour::FetchNow(int count,
                                                  absl::string_view consumer) {
  PullConsumer puller(jetstream(), "S", std::string(consumer));
  const FetchOptions now = {.max_messages = count,
                            .max_wait = absl::ZeroDuration()};
  FetchResult fetched = puller.Fetch(now);
  // A live server acknowledges a publish before its consumers have heard of it.
  if (fetched.deliveries.empty() && Info(consumer).num_pending > 0) {
    Advance(absl::Milliseconds(10));
    fetched = puller.Fetch(now);
  }
  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  return std::move(fetched.deliveries);
}

std::vector<Delivery> ConsumerBehaviour::FetchSoon(int count,
                                                   absl::string_view consumer) {
  FetchResult fetched =
      PullConsumer(jetstream(), "S", std::string(consumer))
          .Fetch({.max_messages = count, .max_wait = absl::Seconds(3)});
  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  return std::move(fetched.deliveries);
}

std::vector<std::uint64_t> ConsumerBehaviour::SequencesNow(
    int count, absl::string_view consumer) {
  return Sequences(FetchNow(count, consumer));
}

std::string ConsumerBehaviour::Settle(const Delivery& delivery,
                                      absl::string_view payload) {
  return SettleSubject(delivery.ack_subject(), payload);
}

std::string ConsumerBehaviour::SettleSubject(const std::string& ack_subject,
                                             absl::string_view payload) {
  absl::StatusOr<Message> answer =
      connection().Request({.subject = ack_subject, .data = std::string(payload)},
                           {.timeout = absl::Milliseconds(500)});
  if (!answer.ok()) return ErrorOf(answer).description;
  return answer->data.empty() && answer->headers.empty() ? "confirmed"
                                                          : answer->data;
}

std::unique_ptr<PullSubscription> ConsumerBehaviour::Pull(
    absl::string_view consumer) {
  return jetstream().SubscribePull("S", consumer).value();
}

std::string ConsumerBehaviour::NextEvent(PullSubscription& pull,
                                         absl::Duration wait) {
  absl::StatusOr<PullEvent> event = pull.Next(runtime().Now() + wait, {});
  if (absl::IsDeadlineExceeded(event.status())) return "nothing";
  if (!event.ok()) return event.status().ToString();
  if (const Delivery* delivery = std::get_if<Delivery>(&*event)) {
    return absl::StrCat(delivery->stream_sequence());
  }
  const PullStatus& status = std::get<PullStatus>(*event);
  return absl::StrCat(status.code, " ", status.description);
}

PullStatus ConsumerBehaviour::NextStatus(PullSubscription& pull,
                                         absl::Duration wait) {
  const absl::Time deadline = runtime().Now() + wait;
  for (;;) {
    absl::StatusOr<PullEvent> event = pull.Next(deadline, {});
    if (!event.ok()) return {};
    if (const PullStatus* status = std::get_if<PullStatus>(&*event)) {
      return *status;
    }
  }
}

std::vector<std::uint64_t> Sequences(const std::vector<Delivery>& deliveries) {
  std::vector<std::uint64_t> sequences;
  for (const Delivery& delivery : deliveries) {
    sequences.push_back(delivery.stream_sequence());
  }
  return sequences;
}

}  // namespace windtunnel
