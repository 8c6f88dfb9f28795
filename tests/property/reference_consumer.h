// The reference model's pull consumers: what the specification says of starting
// positions, requests, deliveries, acknowledgements, deadlines and counts, in
// the plainest form. Whatever can be counted is counted anew each time.
//
// Identifiers such as ACK-031 are rows of the specification.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CONSUMER_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CONSUMER_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/property/reference_stream.h"

namespace windtunnel::conform {

struct ReferenceConsumerConfig {
  std::string name;
  std::string deliver_policy = "all";
  std::string ack_policy = "none";
  std::string description;
  Sequence start_sequence = 0;
  std::optional<Nanos> start_time;
  std::vector<std::string> filters;
  bool filter_list = false;  // Given as `filter_subjects`.
  Nanos ack_wait = 0;
  std::vector<Nanos> backoff;
  std::int64_t max_deliver = -1;
  std::int64_t max_ack_pending = 0;
  std::int64_t max_waiting = 512;
  std::int64_t max_batch = 0;
  std::int64_t max_bytes = 0;
  Nanos max_expires = 0;
  bool headers_only = false;
};

class ReferenceConsumer {
 public:
  // Where what it does is seen.
  struct Listener {
    // A message or a status, in words, to the inbox of a request.
    std::function<void(const std::string& inbox, const std::string& words)>
        send;
    std::function<void(const std::string& words)> advise;
    // This consumer no longer needs a message.
    std::function<void(Sequence)> released;
    // From here on the simulator is known to be wrong.
    std::function<void(const std::string& why)> known;
  };
  // The numbers of an ack subject (DEL-029).
  struct Tokens {
    std::uint64_t tries = 0;
    Sequence stream = 0;
    Sequence consumer = 0;
  };

  ReferenceConsumer(ReferenceConsumerConfig config,
                    const ReferenceStream& stream, const Nanos& now,
                    Listener listener);

  void Pull(const std::string& inbox, const std::string& body);
  // What was sent to an ack subject.
  void Settle(const Tokens& tokens, const std::string& payload,
              const std::string& reply);
  void Update(const ReferenceConsumerConfig& config);
  // Delivers if there is room again: after it was answered.
  void Wake();
  void End();  // CON-131.

  // What happened to the stream.
  void Stored(const ReferenceMessage& message);
  void Ready(const ReferenceMessage& message);
  void Removed(const ReferenceMessage& message);
  void Recount();
  void OnePurged(const ReferenceMessage& message, const std::string& heard);
  void Purged(const std::string& filter);
  void Done();

  bool Wants(const std::string& subject) const;
  // Whether it is told of a new message.
  bool Hears(const std::string& subject) const {
    return !deaf_ && Wants(subject);
  }
  // Whether an interest or work-queue stream has to keep the message for it.
  bool Needs(const ReferenceMessage& message) const;
  std::string InfoInWords();  // Looks after the waiting requests (PUL-027).

  Nanos NextDue() const;
  void RunDue();
  // When deliveries fall due again and requests end, for aiming at it.
  std::vector<Nanos> Deadlines() const;

  const ReferenceConsumerConfig& config() const { return config_; }

 private:
  struct Pending {
    Sequence stream = 0;
    Sequence consumer = 0;  // Of the first delivery (DEL-035).
    Nanos time = 0;         // From which its deadline counts.
    bool delayed = false;   // By a NAK.
  };
  struct Floor {
    Sequence consumer = 0;
    Sequence stream = 0;
  };
  struct Waiting {
    std::string inbox;
    std::int64_t batch = 1;  // Left.
    std::int64_t bytes = 0;  // Left, 0: no limit.
    std::int64_t delivered = 0;
    bool no_wait = false;
    Nanos expires = kNever;
    Nanos heartbeat = 0;
    Nanos next_heartbeat = kNever;
  };
  struct Next {
    const ReferenceMessage* message = nullptr;
    std::uint64_t tries = 1;
    bool blocked = false;  // By max_ack_pending.
  };
  // What the server keeps of a consumer, and shows in infos (INF-005).
  struct Kept {
    Floor delivered;
    Floor floor;
    std::vector<Pending> pending;
  };

  // reference_consumer.cc
  Sequence StartingPosition();
  void CountPending();
  std::int64_t NumPending() const;
  bool Matches(const ReferenceMessage& message) const;
  Nanos Step(Sequence stream) const;
  Tokens TokensOf(const Pending& pending) const;

  // reference_delivery.cc
  std::string RequestRefusal(const Waiting& request) const;
  void Deliver();
  Next NextMessage();
  void PutBack(const Next& next);
  void NotAgain(Sequence stream);  // That it was to be sent does not count.
  bool PickRequest(std::int64_t size, Waiting& picked);
  void Send(const Next& next, std::string ack, const Waiting& request);
  void LookAfterRequests(bool at_end);
  void Track(Sequence stream, Sequence consumer);

  // reference_acks.cc
  bool Acknowledge(const Tokens& tokens);
  void AcknowledgeAll(const Tokens& tokens);
  void NotAcknowledge(const Tokens& tokens, const std::string& payload);
  void Terminate(const Tokens& tokens, const std::string& reason);
  void Extend(const Tokens& tokens);
  void Forget(Sequence stream);
  void MoveFloor(Sequence consumer, Sequence stream);
  void KeepDelivered(Sequence consumer, Sequence stream, std::uint64_t tries);
  void KeepAck(Sequence consumer, Sequence stream);
  void KeepAll();
  void Exhaust(Sequence stream, std::uint64_t tries);
  void CheckDeadlines();
  bool ExhaustAtDeadline(Sequence stream, bool& wake);
  bool Full() const;
  Pending* FindPending(Sequence stream);

  ReferenceConsumerConfig config_;
  const ReferenceStream& stream_;
  const Nanos& now_;
  Listener listener_;

  Sequence position_ = 1;       // The next to look at.
  Sequence next_delivery_ = 1;  // The next consumer sequence.
  Floor floor_;
  std::int64_t num_pending_ = 0;
  Sequence counted_to_ = 0;  // The last message that was counted.
  bool counted_too_many_ = false;
  bool deaf_ =
      false;  // An update took away the last filter: it is told nothing.
  std::vector<Pending> pending_;
  std::map<Sequence, std::uint64_t> redelivered_;  // How often again.
  std::vector<Sequence> queue_;     // To deliver again, in order.
  std::vector<Sequence> snapshot_;  // last_per_subject (DEL-010).
  Sequence resume_ = 0;             // What comes after it.
  Kept kept_;
  std::optional<Nanos> last_delivery_;
  std::optional<Nanos> last_ack_;

  bool wake_ = false;         // There is room again.
  std::vector<Tokens> gone_;  // Pending ones that were removed.

  std::vector<Waiting> waiting_;
  Nanos deadlines_due_ = kNever;
  Nanos waiting_due_ = kNever;
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CONSUMER_H_
