// What a Consumer knows, for the files that make it up: consumer.cc (life and
// state), consumer_delivery.cc, consumer_pull.cc, consumer_groups.cc,
// consumer_push.cc, consumer_acks.cc.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_STATE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_STATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "simulator/broker/ack_timers.h"
#include "simulator/broker/consumer.h"
#include "simulator/broker/pending_acks.h"
#include "simulator/broker/priority_groups.h"
#include "simulator/broker/pull_queue.h"
#include "simulator/broker/push_delivery.h"
#include "simulator/broker/redelivery_queue.h"
#include "simulator/broker/start_position.h"

namespace windtunnel::broker {

// Up to which delivery, in the consumer's count and in the stream.
struct Consumer::Mark {
  std::uint64_t consumer_seq = 0;
  std::uint64_t stream_seq = 0;
};

struct Consumer::State {
  Nanos created = 0;
  std::int64_t sample_percent = 0;
  // "$JS.ACK.<stream>.<consumer>.", shared with every delivery.
  std::shared_ptr<const std::string> ack_prefix;

  // The next sequence to look at and the next delivery's number.
  std::uint64_t next_stream_seq = 1;
  std::uint64_t next_consumer_seq = 1;
  StartPosition start;        // Its snapshot from `snapshot_at` on is still ahead.
  std::size_t snapshot_at = 0;

  // What the rules work with, and what a server that reports its stored state
  // shows (INF-005): that one ignores exhausted messages and skipped positions.
  Mark floor;
  Mark stored_floor;
  Mark stored_delivered;
  Nanos delivered_active = 0;  // 0: never.
  Nanos floor_active = 0;

  PendingAcks pending;
  std::uint64_t pending_redelivered = 0;  // How many of `pending` are counted.
  RedeliveryQueue redeliveries;
  AckTimers timers;
  // Redeliveries of messages that are not pending: delivered max_deliver times and
  // still in the stream (ACK-043), for the most part.
  absl::btree_map<std::uint64_t, std::int32_t> given_up;
  PullQueue requests;
  std::unique_ptr<Pin> pin;  // Null: nobody is pinned.
  // The stream tells of messages that match this, which an update of the filter
  // may leave behind; `deaf`: of none (CON-112).
  SubjectFilter signals;
  bool deaf = false;
  bool reads_wildcards = true;  // False: takes those of its filter literally.
  bool had_redelivery = false;  // Since it is running.
  bool has_no_wait = false;  // One of `requests` may be of that kind.

  // How many messages are still to come, as servers keep count of it (DEL-037 to
  // DEL-039): up to `counted_to`; what was stored since is added when needed. What
  // was stored after `recounted_to` came after the last full count.
  std::int64_t count = 0;
  std::uint64_t counted_to = 0;
  std::uint64_t recounted_to = 0;
  // True if the count follows removals; if not, it was right when there had
  // been `counted_removals`.
  bool watching = false;
  std::uint64_t counted_removals = 0;

  Nanos check_at = kNever;      // The ack waits; see StartTimers().
  Nanos requests_at = kNever;   // Expiries and heartbeats, or earlier.
  Nanos inactive_at = kNever;
  Nanos held_until = kNever;    // See `held`.
  Nanos pause_at = kNever;      // The end of the pause.
  Nanos threshold = 0;          // Of inactivity, jitter included; 0: none.
  Nanos last_activity = 0;
  Nanos requests_dropped_at = 0;  // PUL-022
  // The router's generation() when all of `requests` had a listener.
  std::uint64_t requests_heard_at = 0;
  // DEL-047: messages are spaced as they came in, until it has to wait for one
  // after this.
  std::uint64_t replay_until = 0;
  bool replaying = false;
  Nanos last_sent_stored = 0;   // The stream's time of the last message sent.

  std::unique_ptr<PushDelivery> push;  // Null: a pull consumer.
  // What was taken and waits for its time; nothing else is sent before it. A
  // message without a time blocks the consumer for good (PSH-026).
  std::unique_ptr<Held> held;

  Nanos told_deadline = kNever;
  bool told_hungry = false;
  bool delivering = false;
  bool wake = false;  // Wake() has something to do.
  std::vector<AckCommand> terminated;  // And for this, first.

  bool has_snapshot() const { return snapshot_at < start.snapshot.size(); }
  // Up to which message, and delivery, this consumer has come.
  Mark position() const { return {next_consumer_seq - 1, next_stream_seq - 1}; }
  void Store();
  void MoveFloor(Mark& mark, const Mark& delivered, std::uint64_t consumer_seq,
                 std::uint64_t stream_seq);
};

// The next message to deliver.
struct Consumer::Candidate {
  std::uint64_t seq = 0;
  std::uint32_t delivered = 1;  // With this delivery.
  PendingAck* redelivery = nullptr;  // Null if it is not pending.
  MessageStore::Entry message;

  // As servers tell it: by the number of the delivery.
  bool is_new() const { return delivered == 1; }
};

// A delivery as its receiver gets it.
struct Consumer::Parcel {
  std::int64_t Size() const;  // PUL-041

  MessageBlockPtr block;
  std::shared_ptr<const std::string> ack_prefix;
  internal::DeliveryNumbers numbers;
};

// A delivery that waits, and for whom.
struct Consumer::Held {
  Candidate next;
  Parcel parcel;
  Inbox inbox;         // Of a pull request; it is charged already.
  std::string status;  // Follows the message if not empty.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_STATE_H_
