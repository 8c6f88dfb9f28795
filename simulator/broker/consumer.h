// Consumer: delivery, acknowledgement and redelivery for one reader of a stream.
//
// A state machine over the stream's MessageStore. It reads the store and never
// changes it: what an acknowledgement removes under interest or work-queue
// retention is for Stream to remove (see Settled).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/router.h"
#include "simulator/broker/subject_filter.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/pull.h"

namespace windtunnel::broker {

// An acknowledgement as its subject and payload say (ACK-001 to ACK-018).
struct AckCommand {
  AckVerb verb = AckVerb::kAck;
  std::uint64_t delivered = 0;        // The tokens of the ack subject.
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
  // kNak: unset for a plain one; otherwise the delay, which may be <= 0 (ACK-004).
  std::optional<Nanos> delay;
  absl::string_view reason;           // kTerm.
  bool no_effect = false;             // An unknown payload (ACK-008).
  bool wakes_later = false;  // Wake() is to follow: after a request (ACK-012).
};

// What an acknowledgement did.
struct AckOutcome {
  bool confirm = true;  // Send the empty confirmation if asked to (ACK-013).
};

// Why a message left the stream.
enum class RemovalReason { kAcknowledged, kDeleted, kEvicted, kExpired };

// What a purge was about.
struct PurgeScope {
  const SubjectFilter& filter;
  bool has_options = false;  // A filter, a sequence or a number to keep.
  // Not null: these, as if each was removed by itself.
  const std::vector<std::uint64_t>* one_by_one = nullptr;
  std::string told_as = "";  // Files tell of such a one under this subject.
  bool removed_some = false;
};

// What the stream is told by its consumers. Implemented by Stream.
class ConsumerOwner {
 public:
  virtual ~ConsumerOwner() = default;
  // The consumer is through with `seq`: acknowledged, terminated, or delivered
  // under ack policy none. Under interest or work-queue retention the stream may
  // now remove it, calling back OnRemoved(kAcknowledged) of other consumers.
  virtual void OnSettled(const Context& context, class Consumer& consumer,
                         std::uint64_t seq) = 0;
  // The consumer now has (or has no more) somebody waiting for messages. Only
  // consumers with somebody waiting are told of new messages.
  virtual void SetHungry(class Consumer& consumer, bool hungry) = 0;
  // The consumer is to be told of removals, until it NeedsRemovals() no longer
  // and StopWatching() was called.
  virtual void WatchRemovals(class Consumer& consumer) = 0;
  // Its subjects() are others now.
  virtual void OnSubjectsChanged(class Consumer& consumer) = 0;
  // The consumer's NextDeadline() moved to `deadline`, earlier than before.
  virtual void OnDeadline(class Consumer& consumer, Nanos deadline) = 0;
  // Sends an advisory or metric (INF-012 ff.). `fields_json` is an object without
  // type, id and timestamp: `{"stream":"S","consumer":"C"}`.
  virtual void Advise(const Context& context, absl::string_view subject,
                      absl::string_view type, std::string fields_json) = 0;
  virtual const StreamConfig& stream_config() const = 0;
  virtual const MessageStore& store() const = 0;
  virtual Router& router() = 0;
  virtual class DeliverSubjects& deliver_subjects() = 0;
  virtual std::int64_t max_payload() const = 0;
};

class Consumer {
 public:
  // `config` has passed the rules of consumer_config.h and has its defaults
  // filled in; `name` is the effective name. `order` is unique and ascending in
  // the order of creation. `owner` outlives it.
  Consumer(const Context& context, const Profile& profile, ConsumerOwner& owner,
           std::string name, ConsumerConfig config, std::uint64_t order);
  ~Consumer();

  const std::string& name() const { return name_; }
  const ConsumerConfig& config() const { return config_; }
  const SubjectFilter& filter() const { return filter_; }
  std::uint64_t order() const { return order_; }
  std::uint64_t ack_floor() const;  // In the stream.

  bool IsPush() const { return !config_.deliver_subject.empty(); }

  // Subscriptions to the deliver subject came or went (PSH-001 to PSH-005).
  void OnInterestChanged(const Context& context);
  // No longer told so.
  void LeaveDeliverSubject();
  // False: nobody listens on its flow-control subject.
  bool TakesFlowControl() const { return config_.flow_control && IsPush(); }
  void OnFlowControlReply(const Context& context, absl::string_view subject,
                          absl::string_view header_block);

  // Applies an accepted update (CON-110 to CON-119). Wake() is to follow.
  void Update(const Context& context, ConsumerConfig config);
  // Delivers what its creation, Update(), Reset() or Ack() made room for. A
  // server answers them before it gets to that.
  void Wake(const Context& context);

  // A pull request (PUL-001 ff.): the body as it came on the wire, or the typed
  // form. Answers go to `inbox` through the router.
  void PullRaw(const Context& context, Inbox inbox, absl::string_view body,
               absl::string_view required_api_level);
  void Pull(const Context& context, Inbox inbox, const PullRequest& request);

  // False: nobody listens on its ack subject (ACK-015).
  bool TakesAcks() const;
  AckOutcome Ack(const Context& context, const AckCommand& command);

  // The store has a new message `seq`. Called only while hungry.
  void OnStored(const Context& context, std::uint64_t seq);
  // False: the server does not tell this consumer of such messages (CON-112).
  bool Hears(absl::string_view subject) const;
  // Patterns of all that it reads or hears of.
  std::vector<std::string> subjects() const;
  // `seq` with `subject` was removed. Called after it is gone from the store,
  // and only while removals are watched (ConsumerOwner::WatchRemovals()). Wake()
  // is to follow when all is gone that goes at once.
  void OnRemoved(const Context& context, std::uint64_t seq,
                 absl::string_view subject, RemovalReason reason);
  // False: it does nothing about removals but count, which it can do later.
  bool NeedsRemovals() const;
  void StopWatching();
  // To be called before messages are purged, for OnPurged().
  std::uint64_t BeforePurge();
  // A purge has removed messages, of which OnRemoved() told nothing (DEL-022 to
  // DEL-025, STO-033). `ahead`: what BeforePurge() returned.
  void OnPurged(const Context& context, const PurgeScope& scope,
                std::uint64_t ahead);

  // For interest retention: does this consumer still want `seq` on `subject`?
  // True if it matches and is neither settled nor before its start (STO-104,
  // STO-106).
  bool Wants(std::uint64_t seq, absl::string_view subject) const;

  ConsumerInfo Info(const Context& context);

  // When RunDeadlines() wants to be called next; kNever if not.
  Nanos NextDeadline() const;
  // Everything due at or before context.now: ack waits, expiries of requests,
  // heartbeats. True if the consumer is to be deleted for inactivity (CON-138).
  bool RunDeadlines(const Context& context);

  // Tells every waiting request (PUL-048, PUL-049) and forgets it.
  void EndRequests(const Context& context, absl::string_view status,
                   bool with_pending_headers);

  // Nothing is delivered until then; nullopt resumes (CON-147 to CON-156).
  void Pause(const Context& context, std::optional<absl::Time> until);
  bool IsPaused(Nanos now) const;
  // INF-023
  void AdvisePause(const Context& context);

  // Whoever is pinned is no longer. `group` is one of the consumer's (GRP-032).
  void Unpin(const Context& context, absl::string_view group);

  // Forgets what was delivered and starts again at `seq`, or after the ack floor
  // if that is 0 (CON-157 to CON-165). `reset_seq` is set to where. Wake() is to
  // follow.
  std::optional<JetStreamError> Reset(std::uint64_t seq,
                                      std::uint64_t* reset_seq);

  // A clean restart of the server with file storage (CON-176 to CON-181).
  void Restart(const Context& context);

 private:
  struct State;
  struct Mark;
  struct Candidate;
  struct Parcel;
  struct Held;
  enum class Found { kYes, kNone, kBlocked };

  // Positions (consumer.cc).
  void Start(const Context& context);
  void StartReplay();
  bool IsBlocked() const;
  bool HasWildcardFilter() const;
  bool IsBlind() const;  // Finds nothing that its filter matches (CON-112).
  // False only for AckPolicy::kFlowControl: nothing comes back by time.
  bool HasAckWait() const { return config_.ack_wait != absl::ZeroDuration(); }
  void StartTimers();
  void StampInactiveThreshold(const Context& context, bool durable,
                              ConsumerConfig& config);
  void TellOwner();

  // What is still to come (consumer_pending.cc).
  std::uint64_t NumPending();
  void RecountPending();
  void CountStored();
  void CountDelivered();
  void UncountDelivered();
  void CheckCount();

  // Removals (consumer_purge.cc).
  AckCommand Termination(const struct PendingAck& entry) const;
  std::uint64_t CountedRemovalsFrom() const;
  void MoveToPurged(const Context& context, const PurgeScope& scope);

  // Deliveries (consumer_delivery.cc).
  void Deliver(const Context& context);
  Found FindNext(const Context& context, Candidate& next);
  bool FindRedelivery(const Context& context, Candidate& next, Found* found);
  std::uint64_t TakeFromSnapshot();
  void PutBack(const Candidate& next);
  void TrackDelivery(const Context& context, const Candidate& next,
                     std::uint64_t consumer_seq);
  bool Send(const Context& context, const Candidate& next);
  Nanos DelayOf(const Context& context, const Parcel& parcel);
  void Dispatch(const Context& context, const Candidate& next,
                const Parcel& parcel, Held* held);
  void ReleaseHeld(const Context& context);
  void DidNotDeliver(std::uint64_t seq);
  void Exhaust(const Context& context, struct PendingAck& entry);
  void AdviseExhausted(const Context& context, std::uint64_t seq,
                       std::uint64_t deliveries);
  // Who gets it: a request, or the listeners of the deliver subject. What
  // concerns only one of these kinds is behind the functions here.
  bool HasReceiver() const;
  bool ChooseReceiver(const Context& context, Parcel& parcel);
  void Hold(const Context& context, const Candidate& next, Parcel parcel,
            Nanos delay);
  bool HandOver(const Context& context, const Parcel& parcel, Held* held);
  void EndDelivering(const Context& context, Found found);

  // Requests (consumer_pull.cc).
  void RefusePull(const Context& context, Inbox& inbox);
  bool ChooseRequest(const Context& context, Parcel& parcel);
  void HandToRequest(const Context& context, const Parcel& parcel);
  void HoldForRequest(const Context& context, Held& held);
  bool Spend(const Context& context, struct WaitingRequest& request);
  void RequeueFront();
  bool TellsUnusedBytes(const struct WaitingRequest& request) const;
  bool Refuse(const Context& context, Inbox& inbox, const PullRequest& request,
              bool check_groups);
  void Enqueue(const Context& context, Inbox inbox, const PullRequest& request,
               bool is_json);
  void EndRequest(const Context& context, struct WaitingRequest& request,
                  absl::string_view status, bool with_pending_headers);
  void EndFront(const Context& context, absl::string_view status);
  void CheckRequests(const Context& context, bool end_of_stream);
  void CheckInactive(const Context& context, bool* expired);

  // Priority groups (consumer_groups.cc).
  enum class Turn { kTake, kPass, kWrongPin };
  absl::string_view RefuseGroup(const Context& context,
                                const PullRequest& request);
  Turn TurnOf(const WaitingRequest& request, bool assigns,
              std::int64_t pending) const;
  void AssignPin(const Context& context, WaitingRequest& request);
  void ProlongPin(const Context& context);
  void ExpirePin(const Context& context);
  MessageBlockPtr WithPinId(const MessageBlock& block) const;
  void AdviseGroup(const Context& context, absl::string_view event,
                   absl::string_view group, absl::string_view field,
                   absl::string_view value);
  std::vector<PriorityGroupState> GroupStates() const;

  // Deliver subjects (consumer_push.cc).
  void StartPush(const Context& context);
  bool RefreshInterest(const Context& context);
  bool HandToSubject(const Context& context, const Parcel& parcel);
  void SendToSubject(const Context& context, absl::string_view header_block,
                     absl::string_view reply);
  bool StoreWhereTaken(const MessageBlockPtr& block);
  void RequestFlowControl(const Context& context);
  void Beat(const Context& context);
  void StartRate();
  void TimeInactivity(const Context& context);
  void MoveTo(const Context& context, std::string deliver_subject);

  // Acknowledgements (consumer_acks.cc).
  bool AckMessage(const Context& context, const AckCommand& command,
                  bool sampled);
  void AckExplicit(const Context& context, const AckCommand& command,
                   bool sampled);
  bool AckUpTo(const Context& context, const AckCommand& command);
  void Nak(const Context& context, const AckCommand& command);
  void Progress(const Context& context, std::uint64_t seq);
  void Terminate(const Context& context, const AckCommand& command);
  void AdviseTerminated(const Context& context, const AckCommand& command);
  void CheckPending(const Context& context);
  bool QueueExpired(const Context& context,
                    const std::vector<std::uint64_t>& expired);
  bool DropBelowFloor();
  // Takes it off everything; its redeliveries are forgotten, or kept.
  void RemovePending(struct PendingAck& entry, bool keep_redeliveries = false);
  std::int64_t AddRedelivery(std::uint64_t seq, struct PendingAck* entry);
  void UndoRedelivery(std::uint64_t seq, struct PendingAck* entry);
  void AdviseMessage(const Context& context, absl::string_view event,
                     absl::string_view type, const AckCommand& command,
                     absl::string_view more);
  void AdviseSample(const Context& context, const AckCommand& command,
                    Nanos ack_time);
  void ForgetDeliveries();
  const Profile& profile_;
  ConsumerOwner& owner_;
  const std::string name_;
  ConsumerConfig config_;
  SubjectFilter filter_;
  const std::uint64_t order_;
  std::unique_ptr<State> state_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_H_
