// Stream: publishing, limits, retention and reads of one stream.
//
// A state machine over its MessageStore and DedupWindow; owns its consumers.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/consumer.h"
#include "simulator/broker/consumer_index.h"
#include "simulator/broker/context.h"
#include "simulator/broker/deadline_queue.h"
#include "simulator/broker/dedup_window.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/router.h"
#include "simulator/broker/subject_filter.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::catalogue {
struct Entry;
}  // namespace windtunnel::catalogue

namespace windtunnel::broker {

struct BatchEffects;
struct BatchStep;
class Counter;
class DeliverSubjects;
class OriginLink;
class StreamOrigins;
class AccountResources;
struct Draft;
struct Expiry;
struct FastBatch;
struct FastOperation;
struct Incoming;
class MessageSchedules;
struct MessageTtl;
struct OpenBatches;
struct PublishHeaders;
class Republisher;
struct StreamBatches;
class SubjectTransformer;

// The answer to a publish: an acknowledgement or a refusal.
struct PublishOutcome {
  std::uint64_t sequence = 0;
  bool duplicate = false;
  std::optional<JetStreamError> error;
  bool answer = true;      // False: the server stays silent (PUB-007, PUB-045).
  bool blank = false;      // The answer is an empty message (PUB-058).
  std::string value = {};  // A counter's total (PUB-005).
  std::string batch_id = {};  // Of the message that ended a batch (PUB-005).
  std::uint64_t batch_size = 0;
};

// What a Stream reports to the Broker that owns it.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  // Something of the stream is due at `deadline`, earlier than told before.
  virtual void OnDeadline(class Stream& stream, Nanos deadline) = 0;
  virtual void Advise(const Context& context, absl::string_view subject,
                      absl::string_view type, std::string fields_json) = 0;
  // Sends a message of the server's own; nothing if `subject` is empty.
  virtual void Send(const Context& context, absl::string_view subject,
                    absl::string_view header_block, absl::string_view data) = 0;
  // Publishes a copy to listeners and streams, once the call in hand is done
  // and before it is answered (SRC-062).
  virtual void Republish(std::string subject, std::string header_block,
                         absl::string_view data) = 0;
  // Null if there is none, or the server is stopped.
  virtual class Stream* FindStream(absl::string_view name) = 0;
  virtual OpenBatches& open_batches() = 0;
  virtual Router& router() = 0;
  virtual DeliverSubjects& deliver_subjects() = 0;
  virtual std::int64_t max_payload() const = 0;
  virtual AccountResources& resources() = 0;
};

class Stream : public ConsumerOwner {
 public:
  // `config` is normalised and checked (stream_config.h). `owner` outlives it.
  // `order` is unique and ascending in the order of creation.
  Stream(const Context& context, const Profile& profile, StreamOwner& owner,
         StreamConfig config, std::uint64_t order);
  ~Stream() override;

  const StreamConfig& config() const { return config_; }
  // What of it came as `[]` or `{}`, as far as this server tells that from what
  // did not come (STR-074).
  const std::vector<std::string>& empty_members() const {
    return empty_members_;
  }
  void set_empty_members(std::vector<std::string> members) {
    empty_members_ = std::move(members);
  }
  Nanos created() const { return created_; }
  std::uint64_t order() const { return order_; }
  // An acknowledgement of a publish up to its sequence (PUB-001).
  const std::string& pub_ack_prefix() const { return pub_ack_prefix_; }

  // A publish on one of its subjects (PUB-001 ff.): all checks in the server's
  // order, storing, limits, and hungry consumers.
  PublishOutcome Publish(const Context& context, const Incoming& incoming);

  // Applies an accepted update (STO-071 to STO-074, STO-109, STO-110).
  void Update(const Context& context, StreamConfig config);
  // Without `subjects`; `deleted` only with `deleted_details`.
  StreamState State(bool deleted_details) const;
  // STO-010 to STO-016.
  std::optional<JetStreamError> DeleteMessage(const Context& context,
                                              std::uint64_t seq);
  // How many went (STO-017 to STO-033); of `seq` and `keep` one may be set.
  std::uint64_t Purge(const Context& context, const SubjectFilter& filter,
                      std::uint64_t seq, std::uint64_t keep);

  // Consumers by name, sorted (CON-132).
  const absl::btree_map<std::string, std::unique_ptr<Consumer>>& consumers()
      const {
    return consumers_;
  }
  Consumer* FindConsumer(absl::string_view name);
  // Direct ones are in no list and no count (CON-067).
  std::uint64_t listed_consumers() const {
    return consumers_.size() - direct_consumers_;
  }
  // Those that max_consumers and work queues count (CON-068).
  std::uint64_t counted_consumers() const {
    return consumers_.size() - exempt_consumers_;
  }
  // Both emit the consumer's advisory (API-333).
  Consumer& AddConsumer(const Context& context, std::string name,
                        ConsumerConfig config);
  // Removes what no consumer wants (STO-104), from `seq` on.
  void RemoveUnwanted(const Context& context, std::uint64_t seq);
  // The same among what `consumer` is through with.
  void RemoveSettled(const Context& context, const Consumer& consumer);
  // Ends its requests and, under interest retention, removes what only it
  // wanted (STO-107).
  void RemoveConsumer(const Context& context, absl::string_view name);

  // What it copies from (stream_links.cc).
  std::optional<StreamSourceInfo> MirrorInfo(Nanos now) const;
  std::vector<StreamSourceInfo> SourceInfos(Nanos now) const;
  void OnLinkDeadline();
  // There is room again, or a new stream.
  void WakeLinks(const Context& context);
  // Uses up the sequences up to `last`, if it is not there yet (SRC-028).
  void SkipTo(const Context& context, std::uint64_t last);

  // Who copies from it, in the order in which they came.
  const std::vector<OriginLink*>& followers() const { return followers_; }
  void AddFollower(OriginLink& link);
  void RemoveFollower(OriginLink& link);
  // One of them needs `seq` no longer.
  void OnCopied(const Context& context, std::uint64_t seq);
  // It is about to go, and the server stays.
  void OnDelete(const Context& context);

  Nanos NextDeadline() const;
  void RunDeadlines(const Context& context);

  // A clean restart with file storage (STO-119 to STO-123, PUB-041).
  void Restart(const Context& context);

  // ConsumerOwner:
  void OnSettled(const Context& context, Consumer& consumer,
                 std::uint64_t seq) override;
  void SetHungry(Consumer& consumer, bool hungry) override;
  void WatchRemovals(Consumer& consumer) override;
  void OnSubjectsChanged(Consumer& consumer) override;
  void OnDeadline(Consumer& consumer, Nanos deadline) override;
  void Advise(const Context& context, absl::string_view subject,
              absl::string_view type, std::string fields_json) override;
  const StreamConfig& stream_config() const override { return config_; }
  const MessageStore& store() const override { return store_; }
  Router& router() override { return owner_.router(); }
  DeliverSubjects& deliver_subjects() override {
    return owner_.deliver_subjects();
  }
  std::int64_t max_payload() const override { return owner_.max_payload(); }

 private:
  // publish_checks.cc
  // An outcome if the message is not to be stored: refused, or a duplicate.
  std::optional<PublishOutcome> Check(const Context& context,
                                      const Draft& draft) const;
  std::optional<JetStreamError> CheckSize(std::size_t header_size,
                                          std::size_t data_size) const;
  bool ExceedsMessageSize(std::size_t header_size, std::size_t data_size) const;
  // These see what a batch does before the message, if it is of one.
  std::optional<JetStreamError> CheckLastSequence(
      const PublishHeaders& headers, const BatchEffects* effects) const;
  std::optional<JetStreamError> CheckSubjectSequence(
      const Draft& draft, const BatchEffects* effects) const;
  bool MayRollUp() const;
  std::optional<JetStreamError> CheckRollup(const Draft& draft,
                                            const BatchEffects* effects) const;
  std::optional<JetStreamError> CheckLastMessageId(
      const PublishHeaders& headers) const;
  std::optional<PublishOutcome> FindDuplicate(const Draft& draft) const;
  std::optional<JetStreamError> CheckTtl(const Draft& draft) const;
  // Reads it, and raises it to that of delete markers (STO-098).
  std::optional<JetStreamError> ReadTtl(Draft& draft) const;
  std::optional<JetStreamError> CheckRoom(const Draft& draft) const;

  // batch_checks.cc
  // The same for a message of a batch, and adds what it does to `effects`. A
  // duplicate is an error, too.
  std::optional<PublishOutcome> CheckBatched(const Context& context,
                                             Draft& draft,
                                             BatchEffects& effects) const;
  std::optional<JetStreamError> CheckBatchRoom(
      const Draft& draft, const BatchEffects& effects) const;

  // stream_counters.cc
  std::optional<JetStreamError> CheckIncrement(const Draft& draft) const;
  // Rewrites the draft to what is stored of it. `counter` is what the subject
  // counted so far; if it is not set, the newest message says it.
  std::optional<JetStreamError> Count(std::optional<Counter>& counter,
                                      Draft& draft) const;

  // stream_batches.cc
  StreamBatches& batches();
  bool HasRequiredLevel(const PublishHeaders& headers) const;
  std::optional<JetStreamError> CheckBatchArrival(
      const Incoming& incoming, bool allowed,
      const catalogue::Entry& disabled) const;
  PublishOutcome PublishAtomic(const Context& context, const Incoming& incoming,
                               const PublishHeaders& headers);
  PublishOutcome CommitBatch(const Context& context, absl::string_view id,
                             const BatchStep& step);
  void AdviseAbandoned(const Context& context, absl::string_view batch,
                       absl::string_view reason);
  PublishOutcome PublishFast(const Context& context, const Incoming& incoming,
                             Draft& draft);
  PublishOutcome PingFast(FastBatch& batch, const FastOperation& operation,
                          absl::string_view reply);
  PublishOutcome AppendFast(const Context& context, FastBatch& batch,
                            const FastOperation& operation,
                            absl::string_view reply, Draft& draft);
  PublishOutcome RefuseFast(FastBatch& batch, const FastOperation& operation,
                            absl::string_view reply, PublishOutcome refused);
  PublishOutcome EndFast(FastBatch& batch);
  void SayFast(absl::string_view reply, absl::string_view text);
  void CloseForbiddenBatches();
  void RunBatchDeadlines(const Context& context);

  // stream_publish.cc
  // What came in, as rules look at it.
  void Begin(const Context& context, const Incoming& incoming,
             Draft& draft) const;
  // All checks, then storing.
  PublishOutcome Admit(const Context& context, Draft& draft);
  // Brings the headers into the form that is stored (PUB-009, PUB-010). Checks
  // of ordinary publishes look at that, those of batches at what was sent.
  void Form(Draft& draft) const;
  // Stores what passed the checks, if somebody wants it.
  PublishOutcome Take(const Context& context, Draft& draft);
  std::optional<JetStreamError> CheckAccount(const Draft& draft);
  // Appends what was admitted, and everything that follows from it. 0: the
  // account had no room for it after all.
  std::uint64_t Store(const Context& context, const Draft& draft);
  PublishOutcome Skip(const Context& context, const Draft& draft);
  void Remember(const Context& context, absl::string_view message_id,
                std::uint64_t seq, Nanos stored);
  bool RollsUp(const Draft& draft) const;
  void RollUp(const Context& context, const Draft& draft, std::uint64_t keep);
  void Announce(const Context& context, std::uint64_t seq);

  // stream_transforms.cc
  void ReadTransforms();
  // Gives `draft` the subject that it is stored under (SRC-070).
  void Transform(const Context& context, Draft& draft) const;
  // Sends on what was stored at `seq`, after `last_seq` of its subject.
  void Republish(const Context& context, std::uint64_t seq,
                 std::uint64_t last_seq);

  void CountExempt();

  // stream_limits.cc
  bool HasInterest(absl::string_view subject) const;
  void TrimSubject(const Context& context, absl::string_view subject,
                   bool one_only);
  void TrimToLimits(const Context& context);
  void TrimAfterUpdate(const Context& context, const StreamConfig& old);
  void RemoveIfUnwanted(const Context& context, std::uint64_t seq);
  // Removes one message and tells all consumers but `except`. False if absent.
  bool Remove(const Context& context, std::uint64_t seq, RemovalReason reason,
              const Consumer* except);
  // Messages that were pending may be gone: consumers go on.
  void WakeWatching(const Context& context);
  void TellRemoved(const Context& context, std::uint64_t seq,
                   absl::string_view subject, RemovalReason reason,
                   const Consumer* except);
  // Does one of them, but `except`, want `seq` on `subject`?
  bool IsWanted(std::uint64_t seq, absl::string_view subject,
                const Consumer* except) const;

  // stream_expiry.cc
  // The message at `seq`, of `time`, was stored and may expire.
  void TrackExpiry(const Context& context, std::uint64_t seq, Nanos time,
                   const MessageTtl& ttl);
  // Makes good what was stored while TTLs were off.
  void RecoverTtls();
  void RunExpiry(const Context& context);
  void RestartExpiry(const Context& context);
  // How long until the next is too old; 0 if none ages. Sets `waits` if one has
  // to be tried again.
  Nanos ExpireByAge(const Context& context, bool& waits);
  void ExpireByTtl(const Context& context, bool& waits);
  // Removes it or has a marker do so; false if the marker was refused.
  bool Expire(const Context& context, std::uint64_t seq);
  void SetExpiryTimer(const Context& context, Nanos until_age);
  bool NeverExpires(const MessageBlock& block) const;
  // How long markers live, in seconds; 0: there are none.
  std::int64_t MarkerTtl() const;

  // stream_schedules.cc
  std::optional<JetStreamError> CheckSchedule(const Context& context,
                                              const Draft& draft) const;
  std::optional<JetStreamError> CheckScheduleParts(const Draft& draft) const;
  std::optional<JetStreamError> CheckScheduler(const Draft& draft) const;
  // A schedule replaces the one before on its subject (PUB-096). False if it
  // says so itself, or is none.
  bool AddScheduleRollup(const Context& context, Draft& draft) const;
  void TrackSchedule(const Context& context, std::uint64_t seq, Nanos stored,
                     absl::string_view subject, const PublishHeaders& headers);
  // Removes the schedule that `headers` ends (PUB-098, PUB-101).
  void EndSchedule(const Context& context, const PublishHeaders& headers);
  void RecoverSchedules(const Context& context);
  void RunSchedules(const Context& context);
  // stream_links.cc
  void FollowOrigins(const Context& context);
  void TellFollowers(const Context& context, std::uint64_t seq);
  bool IsWantedByFollower(std::uint64_t seq, absl::string_view subject) const;
  std::size_t CountedFollowers() const;

  void Forget(Consumer& consumer);
  void TellDeadline();
  void RunConsumer(const Context& context, Consumer& consumer);
  void RecoverState();
  void RebuildDedup(const Context& context);

  const Profile& profile_;
  StreamOwner& owner_;
  StreamConfig config_;
  const std::uint64_t order_;
  const Nanos created_;
  const std::string pub_ack_prefix_;
  MessageStore store_;
  DedupWindow dedup_;
  std::unique_ptr<const SubjectTransformer> transform_;  // Null: none.
  std::unique_ptr<const Republisher> republisher_;
  std::string last_message_id_;  // PUB-031.
  std::vector<std::string> empty_members_;
  // Sequences that 2.10 takes for used though nothing was stored (STR-124).
  std::uint64_t refused_by_account_ = 0;
  // True if the store is empty because it was purged or never used (STO-005).
  bool purged_ = true;
  std::uint64_t skipped_seq_ = 0;  // STO-102: while nothing is stored.
  std::uint64_t untimed_seq_ = 0;  // Whose time a restart forgot (STO-120).
  absl::btree_map<std::string, std::unique_ptr<Consumer>> consumers_;
  std::vector<Consumer*> by_order_;
  // Those with somebody waiting, by order of creation.
  std::vector<Consumer*> hungry_;
  // Those that are told of removals; some need not be any more.
  std::vector<Consumer*> watching_;
  ConsumerIndex readers_;
  std::uint64_t consumers_created_ = 0;
  std::uint64_t direct_consumers_ = 0;
  std::uint64_t exempt_consumers_ = 0;
  std::vector<OriginLink*> followers_;
  std::unique_ptr<StreamOrigins> origins_;  // Null until there was one.

  const std::unique_ptr<Expiry> expiry_;
  std::unique_ptr<MessageSchedules> schedules_;  // Null without the option.
  DeadlineQueue consumer_deadlines_;             // By Consumer::order().
  std::unique_ptr<StreamBatches> batches_;       // Null until there was one.
  Nanos told_ = kNever;  // The deadline that the owner knows.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_
