// An order service, as an application would write it: against the interface of
// windtunnel only. It cannot tell whether a server or the simulator is behind it.
//
//   OrderService service(*connection, {}, [](const Order& order, Work& work) {
//     return Charge(order) ? Outcome::kDone : Outcome::kRetry;
//   });
//   service.Start();
//
// What it does for its users:
//   - an order placed twice with the same id is stored once;
//   - an order whose handler fails is tried again after `retry_delay`;
//   - slow work keeps its claim as long as it says so;
//   - after `max_tries` an order is parked on a dead-letter subject, with the
//     reason, and the queue goes on.

#ifndef WINDTUNNEL_EXAMPLES_ORDERS_ORDER_SERVICE_H_
#define WINDTUNNEL_EXAMPLES_ORDERS_ORDER_SERVICE_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/consume.h"
#include "windtunnel/delivery.h"
#include "windtunnel/jetstream.h"

namespace orders {

struct Order {
  std::string id;    // Chosen by the customer's client; makes retries harmless.
  std::string item;
};

struct OrderOptions {
  std::string stream = "ORDERS";
  std::string worker = "worker";  // The durable consumer that instances share.

  // How long an instance may be silent on an order before another gets it.
  absl::Duration ack_wait = absl::Seconds(30);
  // How long to wait after a failed try.
  absl::Duration retry_delay = absl::Minutes(1);
  int max_tries = 5;
  // How long the same id counts as the same order.
  absl::Duration duplicate_window = absl::Minutes(10);
};

enum class Outcome { kDone, kRetry, kReject };

// What a handler may do with the order at hand.
class Work {
 public:
  explicit Work(windtunnel::Delivery& delivery) : delivery_(delivery) {}

  // "I am still at it": the ack wait starts anew.
  absl::Status KeepAlive() { return delivery_.InProgress(); }
  // 1 for the first try.
  int tries() const { return static_cast<int>(delivery_.delivered()); }

 private:
  windtunnel::Delivery& delivery_;
};

using OrderHandler = absl::AnyInvocable<Outcome(const Order& order, Work& work)>;

// Makes the streams and the consumer, if they are not there yet.
absl::Status SetUp(windtunnel::JetStream& jetstream, const OrderOptions& options);

// Places an order. Calling it again with the same id within the duplicate window
// stores nothing and says so in the acknowledgement.
absl::StatusOr<windtunnel::PubAck> PlaceOrder(windtunnel::JetStream& jetstream,
                                              const Order& order);

// The subject on which an order is parked when every try has failed.
std::string DeadLetterSubject(absl::string_view order_id);

// One instance of the service. Lifetime: before its connection.
class OrderService {
 public:
  OrderService(windtunnel::Connection& connection, OrderOptions options,
               OrderHandler handler);
  ~OrderService() { Stop(); }

  absl::Status Start();
  // Lets the order at hand finish, then ends. Idempotent.
  void Stop();

 private:
  void Handle(windtunnel::Delivery delivery);
  // True if the order is safe in the dead-letter stream.
  bool Park(const windtunnel::Delivery& delivery, absl::string_view reason);

  windtunnel::JetStream& jetstream_;
  const OrderOptions options_;
  OrderHandler handler_;
  windtunnel::PullConsumer consumer_;
  std::unique_ptr<windtunnel::Consumption> consumption_;
};

}  // namespace orders

#endif  // WINDTUNNEL_EXAMPLES_ORDERS_ORDER_SERVICE_H_
