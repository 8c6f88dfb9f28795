#include "examples/orders/order_service.h"

#include <utility>

#include "absl/strings/strip.h"
#include "absl/strings/str_cat.h"

namespace orders {
namespace {

constexpr absl::string_view kNewOrders = "orders.new.";
constexpr absl::string_view kDeadOrders = "orders-dead.";
constexpr absl::string_view kDeadStream = "ORDERS_DEAD";

}  // namespace

std::string DeadLetterSubject(absl::string_view order_id) {
  return absl::StrCat(kDeadOrders, order_id);
}

absl::Status SetUp(windtunnel::JetStream& jetstream, const OrderOptions& options) {
  auto orders = jetstream.CreateOrUpdateStream(
      {.name = options.stream,
       .subjects = {absl::StrCat(kNewOrders, "*")},
       .retention = windtunnel::Retention::kWorkQueue,
       .duplicate_window = options.duplicate_window});
  if (!orders.ok()) return orders.status();

  auto dead = jetstream.CreateOrUpdateStream(
      {.name = std::string(kDeadStream), .subjects = {DeadLetterSubject("*")}});
  if (!dead.ok()) return dead.status();

  return jetstream
      .CreateOrUpdateConsumer(
          options.stream, {.durable_name = options.worker,
                           .ack_policy = windtunnel::AckPolicy::kExplicit,
                           .ack_wait = options.ack_wait})
      .status();
}

absl::StatusOr<windtunnel::PubAck> PlaceOrder(windtunnel::JetStream& jetstream,
                                              const Order& order) {
  return jetstream.Publish(
      {.subject = absl::StrCat(kNewOrders, order.id), .data = order.item},
      {.message_id = order.id});
}

OrderService::OrderService(windtunnel::Connection& connection,
                           OrderOptions options, OrderHandler handler)
    : jetstream_(connection.jetstream()),
      options_(std::move(options)),
      handler_(std::move(handler)),
      consumer_(jetstream_, options_.stream, options_.worker) {}

absl::Status OrderService::Start() {
  // One order at a time: what waits here cannot be worked on elsewhere.
  windtunnel::ConsumeOptions one_by_one{.messages = {.max_messages = 1}};
  auto consumption = consumer_.Consume(
      std::move(one_by_one),
      [this](windtunnel::Delivery delivery) { Handle(std::move(delivery)); });
  if (!consumption.ok()) return consumption.status();
  consumption_ = *std::move(consumption);
  return absl::OkStatus();
}

void OrderService::Stop() {
  if (consumption_) consumption_->Stop();
}

void OrderService::Handle(windtunnel::Delivery delivery) {
  const Order order{
      .id = std::string(absl::StripPrefix(delivery.subject(), kNewOrders)),
      .item = std::string(delivery.data())};
  Work work(delivery);

  // An instance that dies in its handler has had its try, too. Then the count is
  // past the limit before the handler is asked.
  const bool given_up = work.tries() > options_.max_tries;
  const Outcome outcome = given_up ? Outcome::kRetry : handler_(order, work);

  // Settling may fail: the connection may be cut. The order then comes back after
  // the ack wait, and everything here can be done twice.
  if (outcome == Outcome::kDone) {
    delivery.Ack().IgnoreError();
  } else if (outcome == Outcome::kRetry && work.tries() < options_.max_tries) {
    delivery.NakWithDelay(options_.retry_delay).IgnoreError();
  } else if (Park(delivery, outcome == Outcome::kReject ? "rejected"
                                                        : "too many tries")) {
    delivery.TermWithReason("parked").IgnoreError();
  } else {
    delivery.NakWithDelay(options_.retry_delay).IgnoreError();
  }
}

bool OrderService::Park(const windtunnel::Delivery& delivery,
                        absl::string_view reason) {
  const absl::string_view id = absl::StripPrefix(delivery.subject(), kNewOrders);
  return jetstream_
      .Publish({.subject = DeadLetterSubject(id),
                .headers = {{"Reason", std::string(reason)},
                            {"Tries", absl::StrCat(delivery.delivered())}},
                .data = std::string(delivery.data())},
               {.message_id = absl::StrCat("dead-", id)})
      .ok();
}

}  // namespace orders
