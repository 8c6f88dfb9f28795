// Router: core NATS inside the broker. Who listens where, and what goes out.
//
// Rules: COR-001 to COR-021. A state machine: it only fills the outbox, which
// the simulator empties after each call and carries over the network.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ROUTER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ROUTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "windtunnel/delivery.h"
#include "windtunnel/message_block.h"

namespace windtunnel::broker {

using ClientId = std::uint32_t;
using SubscriptionId = std::uint64_t;

// Who connected, and when.
struct Client {
  std::string name;
  Nanos start = 0;
};

// One message on its way to one subscription.
struct Outgoing {
  SubscriptionId subscription = 0;
  ClientId client = 0;
  // Subject (as the receiver sees it), header block and data.
  MessageBlockPtr block;
  // The reply of a core message; empty for deliveries.
  std::string reply;
  // For deliveries of a consumer: "$JS.ACK.<stream>.<consumer>." and the five
  // numbers that complete the reply (DEL-029). Null for all else.
  std::shared_ptr<const std::string> ack_prefix;
  internal::DeliveryNumbers numbers;
  bool last =
      false;  // The subscription's AutoUnsubscribe is used up with this.
};

// A reply subject whose listener is looked up once and remembered.
struct Inbox {
  std::string subject;
  ClientId client = 0;        // Who asked; interest of others counts as well.
  SubscriptionId cached = 0;  // Maintained by the Router.
  std::uint64_t generation = 0;
};

struct Listener;

class Router {
 public:
  explicit Router(bool no_responders_names_subject);
  ~Router();

  ClientId AddClient(std::string name, Nanos now = 0);
  // Null if it is gone.
  const Client* FindClient(ClientId client) const;
  // Removes its subscriptions (COR-024).
  void RemoveClient(ClientId client);

  SubscriptionId Subscribe(ClientId client, absl::string_view subject,
                           absl::string_view queue_group);
  // Unknown ids are ignored.
  void Unsubscribe(SubscriptionId id);
  // `count` messages since the start (WIR-100).
  void UnsubscribeAfter(SubscriptionId id, std::uint64_t count);

  // Changes whenever a subscription comes or goes.
  std::uint64_t generation() const;
  bool HasInterest(absl::string_view subject) const;
  bool HasInterest(Inbox& inbox) const;
  // True if a subscription to just `subject`, which has no wildcards, is a member
  // of `queue_group`; without a group, if one is a plain subscription (PSH-004,
  // PSH-005).
  bool HasListener(absl::string_view subject,
                   absl::string_view queue_group) const;

  // Routes to all listeners of `subject`; how many got it. `block` carries the
  // subject that receivers see; usually the same.
  int Route(const Context& context, absl::string_view subject,
            const MessageBlockPtr& block, absl::string_view reply);
  // Routes one delivery of a consumer to `inbox` (API-204); false if nobody
  // listens there.
  bool RouteDelivery(const Context& context, Inbox& inbox,
                     const MessageBlockPtr& block,
                     const std::shared_ptr<const std::string>& ack_prefix,
                     const internal::DeliveryNumbers& numbers);
  // Routes a status such as `NATS/1.0 404 No Messages`. `header_block` is the
  // complete wire form.
  void RouteStatus(const Context& context, Inbox& inbox,
                   absl::string_view header_block);
  // Answers a publish of `client` that nobody took, if it listens on `reply`
  // itself (COR-013 to COR-017).
  void RouteNoResponders(const Context& context, ClientId client,
                         absl::string_view subject, absl::string_view reply);

  // Emptied by the simulator.
  std::vector<Outgoing>& outbox() { return outbox_; }
  // Subjects of subscriptions that ended with their last message since this was
  // emptied.
  std::vector<std::string>& used_up() { return used_up_; }

 private:
  struct Subscriptions;
  // Puts one copy into the outbox and counts it. The subscription may be gone
  // afterwards.
  Outgoing& Emit(Listener& listener, const MessageBlockPtr& block);

  std::unique_ptr<Subscriptions> subscriptions_;
  const bool no_responders_names_subject_;
  std::vector<Outgoing> outbox_;
  std::vector<std::string> used_up_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ROUTER_H_
