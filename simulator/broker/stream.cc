#include "simulator/broker/stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/expiry.h"
#include "simulator/broker/message_schedules.h"
#include "simulator/broker/origin_link.h"
#include "simulator/broker/republisher.h"
#include "simulator/broker/stream_batches.h"
#include "simulator/broker/stream_origins.h"
#include "simulator/broker/subject_transform.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

bool CreatedBefore(const Consumer* consumer, std::uint64_t order) {
  return consumer->order() < order;
}

void AdviseConsumer(const Context& context, Stream& stream,
                    absl::string_view event, absl::string_view action,
                    absl::string_view consumer) {
  const std::string& name = stream.config().name;
  stream.Advise(context,
                absl::StrCat("$JS.EVENT.ADVISORY.CONSUMER.", event, ".", name,
                             ".", consumer),
                "io.nats.jetstream.advisory.v1.consumer_action",
                absl::StrCat("{\"stream\":", JsonString(name),
                             ",\"consumer\":", JsonString(consumer),
                             ",\"action\":\"", action, "\"}"));
}

}  // namespace

Stream::Stream(const Context& context, const Profile& profile,
               StreamOwner& owner, StreamConfig config, std::uint64_t order)
    : profile_(profile),
      owner_(owner),
      config_(std::move(config)),
      order_(order),
      created_(context.now),
      pub_ack_prefix_(
          absl::StrCat("{\"stream\":", JsonString(config_.name),
                       profile.pub_ack_has_blank ? ", \"seq\":" : ",\"seq\":")),
      store_(config_.storage, config_.first_seq),
      expiry_(std::make_unique<Expiry>(profile.expiry_gap)) {
  store_.CountIn(owner.resources().held());
  dedup_.SetWindow(absl::ToInt64Nanoseconds(config_.duplicate_window),
                   context.now);
  ReadTransforms();
  if (config_.allow_msg_schedules) {
    schedules_ = std::make_unique<MessageSchedules>(profile.expiry_gap);
  }
  FollowOrigins(context);
}

Stream::~Stream() {
  for (OriginLink* link : followers_) link->ForgetOrigin();
}

void Stream::Update(const Context& context, StreamConfig config) {
  const StreamConfig old = std::exchange(config_, std::move(config));
  if (config_.duplicate_window != old.duplicate_window) {
    dedup_.SetWindow(absl::ToInt64Nanoseconds(config_.duplicate_window),
                     context.now);
  }
  CloseForbiddenBatches();
  ReadTransforms();
  if (config_.allow_msg_ttl && !old.allow_msg_ttl) RecoverTtls();
  if (config_.allow_msg_schedules && schedules_ == nullptr) {
    RecoverSchedules(context);
  }
  TrimAfterUpdate(context, old);
  if (schedules_ != nullptr) RunSchedules(context);
  FollowOrigins(context);
  TellDeadline();
}

StreamState Stream::State(bool deleted_details) const {
  StreamState state;
  state.messages = store_.messages();
  state.bytes = store_.bytes();
  state.first_seq = store_.first_seq();
  state.last_seq = store_.last_seq();
  state.num_subjects = store_.num_subjects();
  state.consumer_count = listed_consumers() + CountedFollowers();
  if (const MessageStore::Entry* first = store_.Find(store_.first_seq())) {
    state.first_ts = absl::FromUnixNanos(first->time);
  } else if (skipped_seq_ != 0 && skipped_seq_ == state.last_seq) {
    state.first_ts = absl::FromUnixNanos(store_.last_time());
  } else if (profile_.emptied_file_shows_epoch && !purged_ &&
             config_.storage == Storage::kFile) {
    state.first_ts = absl::UnixEpoch();
  }
  if (store_.last_time() != 0) {
    state.last_ts = untimed_seq_ == state.last_seq
                        ? absl::UnixEpoch()
                        : absl::FromUnixNanos(store_.last_time());
  }
  if (state.first_seq > 0 && state.last_seq >= state.first_seq) {
    state.num_deleted = state.last_seq - state.first_seq + 1 - state.messages;
    if (deleted_details) state.deleted = store_.Deleted();
    if (profile_.memory_hides_deleted_last &&
        config_.storage == Storage::kMemory && !state.deleted.empty() &&
        state.deleted.back() == state.last_seq) {
      state.deleted.pop_back();
    }
  } else if (deleted_details && state.first_seq == 0 &&
             config_.storage == Storage::kFile &&
             profile_.untouched_file_reports_deleted) {
    state.num_deleted = 1;
    state.deleted = {0};
  }
  return state;
}

Consumer* Stream::FindConsumer(absl::string_view name) {
  const auto found = consumers_.find(name);
  return found == consumers_.end() ? nullptr : found->second.get();
}

Consumer& Stream::AddConsumer(const Context& context, std::string name,
                              ConsumerConfig config) {
  auto consumer = std::make_unique<Consumer>(
      context, profile_, *this, name, std::move(config), ++consumers_created_);
  Consumer& added = *consumer;
  consumers_.emplace(std::move(name), std::move(consumer));
  by_order_.push_back(&added);
  OnSubjectsChanged(added);
  if (IsExempt(profile_, added.config())) CountExempt();
  consumer_deadlines_.Add(added.order(), added.NextDeadline());
  TellDeadline();
  AdviseConsumer(context, *this, "CREATED", "create", added.name());
  return added;
}

void Stream::RemoveConsumer(const Context& context, absl::string_view name) {
  const auto found = consumers_.find(name);
  if (found == consumers_.end()) return;
  const std::unique_ptr<Consumer> removed = std::move(found->second);
  consumers_.erase(found);
  if (exempt_consumers_ > 0) CountExempt();
  removed->EndRequests(context, "409 Consumer Deleted",
                       /*with_pending_headers=*/false);
  Forget(*removed);
  if (config_.retention == Retention::kInterest) {
    if (consumers_.empty() && followers_.empty() &&
        profile_.last_consumer_purges) {
      Purge(context, SubjectFilter(), /*seq=*/0, /*keep=*/0);
    } else {
      RemoveUnwanted(context, removed->ack_floor());
    }
  }
  AdviseConsumer(context, *this, "DELETED", "delete", removed->name());
}

// Rare, and updates may change it where CON-105 is not checked.
void Stream::CountExempt() {
  direct_consumers_ = 0;
  exempt_consumers_ = 0;
  for (const auto& [name, consumer] : consumers_) {
    if (consumer->config().direct) ++direct_consumers_;
    if (IsExempt(profile_, consumer->config())) ++exempt_consumers_;
  }
}

void Stream::Forget(Consumer& consumer) {
  SetHungry(consumer, false);
  watching_.erase(std::remove(watching_.begin(), watching_.end(), &consumer),
                  watching_.end());
  readers_.Remove(consumer);
  consumer.LeaveDeliverSubject();
  consumer_deadlines_.Forget(consumer.order());
  by_order_.erase(std::remove(by_order_.begin(), by_order_.end(), &consumer),
                  by_order_.end());
}

Nanos Stream::NextDeadline() const {
  const Nanos batches = batches_ == nullptr ? kNever : batches_->NextDeadline();
  const Nanos schedules =
      schedules_ == nullptr ? kNever : schedules_->next_run();
  const Nanos origins = origins_ == nullptr ? kNever : origins_->NextDeadline();
  return std::min({dedup_.NextDeadline(), expiry_->timer.next(), schedules,
                   batches, origins, consumer_deadlines_.Next()});
}

void Stream::RunDeadlines(const Context& context) {
  if (dedup_.NextDeadline() <= context.now) dedup_.RunDeadlines(context.now);
  if (expiry_->timer.next() <= context.now) RunExpiry(context);
  if (schedules_ != nullptr && schedules_->next_run() <= context.now) {
    RunSchedules(context);
  }
  RunBatchDeadlines(context);
  while (const std::optional<std::uint64_t> order =
             consumer_deadlines_.Take(context.now)) {
    const auto due = std::lower_bound(by_order_.begin(), by_order_.end(),
                                      *order, CreatedBefore);
    RunConsumer(context, **due);
  }
  if (origins_ != nullptr) origins_->RunDeadlines(context);
  told_ = NextDeadline();
}

void Stream::RunConsumer(const Context& context, Consumer& consumer) {
  if (consumer.NextDeadline() <= context.now &&
      consumer.RunDeadlines(context)) {
    const std::string name = consumer.name();
    RemoveConsumer(context, name);
    return;
  }
  // Due again only later, or this would never end.
  consumer_deadlines_.Add(consumer.order(),
                          std::max(consumer.NextDeadline(), context.now + 1));
}

void Stream::Restart(const Context& context) {
  hungry_.clear();
  watching_.clear();
  batches_ = nullptr;  // PUB-078.
  absl::erase_if(consumers_, [&](const auto& entry) {
    if (!entry.second->config().mem_storage) return false;
    Forget(*entry.second);
    return true;
  });
  RecoverState();
  RebuildDedup(context);
  RestartExpiry(context);
  if (schedules_ != nullptr) schedules_->Restart(context.now);
  for (const auto& [name, consumer] : consumers_) {
    consumer->Restart(context);
    consumer_deadlines_.Add(consumer->order(), consumer->NextDeadline());
  }
  if (origins_ != nullptr) origins_->Restart(context);
  TellDeadline();
}

// STO-120, STO-121.
void Stream::RecoverState() {
  purged_ = true;
  if (!profile_.restart_shows_epoch) return;
  store_.BeginAtOne();
  if (store_.messages() == 0) {
    purged_ = false;
  } else if (store_.Find(store_.last_seq()) == nullptr) {
    untimed_seq_ = store_.last_seq();
  }
}

// PUB-041.
void Stream::RebuildDedup(const Context& context) {
  dedup_.Clear();
  last_message_id_.clear();
  refused_by_account_ = 0;
  if (profile_.restart_needs_last_message &&
      store_.Find(store_.last_seq()) == nullptr) {
    return;
  }
  const Nanos oldest =
      context.now - absl::ToInt64Nanoseconds(config_.duplicate_window);
  for (std::uint64_t seq = store_.Next(store_.FirstAtOrAfter(oldest)); seq != 0;
       seq = store_.Next(seq + 1)) {
    const MessageStore::Entry& entry = *store_.Find(seq);
    const absl::string_view id =
        FindHeader(entry.block->header_block(), "Nats-Msg-Id").value_or("");
    if (seq == store_.last_seq()) last_message_id_ = std::string(id);
    if (!id.empty() && !dedup_.Find(id)) {
      dedup_.Add(id, seq, context.now, entry.time);
    }
  }
}

void Stream::SetHungry(Consumer& consumer, bool hungry) {
  const auto place = std::lower_bound(hungry_.begin(), hungry_.end(),
                                      consumer.order(), CreatedBefore);
  const bool was = place != hungry_.end() && *place == &consumer;
  if (hungry && !was) hungry_.insert(place, &consumer);
  if (!hungry && was) hungry_.erase(place);
}

void Stream::WatchRemovals(Consumer& consumer) {
  watching_.insert(std::lower_bound(watching_.begin(), watching_.end(),
                                    consumer.order(), CreatedBefore),
                   &consumer);
}

void Stream::OnSubjectsChanged(Consumer& consumer) {
  readers_.Set(consumer, consumer.subjects());
}

void Stream::TellRemoved(const Context& context, std::uint64_t seq,
                         absl::string_view subject, RemovalReason reason,
                         const Consumer* except) {
  // What a consumer does may remove other messages, and change the list.
  for (auto next = watching_.begin(); next != watching_.end();) {
    Consumer& consumer = **next;
    const std::uint64_t order = consumer.order();
    if (&consumer != except) consumer.OnRemoved(context, seq, subject, reason);
    next = std::lower_bound(watching_.begin(), watching_.end(), order,
                            CreatedBefore);
    if (next == watching_.end() || *next != &consumer) continue;
    if (consumer.NeedsRemovals()) {
      ++next;
    } else {
      consumer.StopWatching();
      next = watching_.erase(next);
    }
  }
}

void Stream::WakeWatching(const Context& context) {
  for (auto next = watching_.begin(); next != watching_.end();) {
    const std::uint64_t order = (*next)->order();
    (*next)->Wake(context);
    next = std::lower_bound(watching_.begin(), watching_.end(), order + 1,
                            CreatedBefore);
  }
}

void Stream::Announce(const Context& context, std::uint64_t seq) {
  constexpr std::size_t kFew = 8;
  if (hungry_.size() > kFew) {
    const std::string subject(store_.Find(seq)->block->subject());
    for (Consumer* reader : readers_.Find(subject)) {
      const auto place = std::lower_bound(hungry_.begin(), hungry_.end(),
                                          reader->order(), CreatedBefore);
      if (place == hungry_.end() || *place != reader) continue;
      reader->OnStored(context, seq);
      if (config_.retention != Retention::kLimits &&
          store_.Find(seq) == nullptr) {
        return;
      }
    }
    return;
  }
  // A consumer that gets the message may stop waiting, and leaves the list.
  for (auto next = hungry_.begin(); next != hungry_.end();) {
    Consumer& consumer = **next;
    const std::uint64_t order = consumer.order();
    consumer.OnStored(context, seq);
    next = std::lower_bound(hungry_.begin(), hungry_.end(), order + 1,
                            CreatedBefore);
    if (config_.retention != Retention::kLimits &&
        store_.Find(seq) == nullptr) {
      return;
    }
  }
}

void Stream::OnDeadline(Consumer& consumer, Nanos deadline) {
  consumer_deadlines_.Add(consumer.order(), deadline);
  TellDeadline();
}

void Stream::TellDeadline() {
  const Nanos deadline = NextDeadline();
  if (deadline >= told_) return;
  told_ = deadline;
  owner_.OnDeadline(*this, deadline);
}

void Stream::Advise(const Context& context, absl::string_view subject,
                    absl::string_view type, std::string fields_json) {
  owner_.Advise(context, subject, type, std::move(fields_json));
}

}  // namespace windtunnel::broker
