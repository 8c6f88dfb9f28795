#include "tests/property/lockstep.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace windtunnel {
namespace {

constexpr absl::string_view KindName(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kPublish: return "publish";
    case Step::Kind::kFetch: return "fetch";
    case Step::Kind::kAck: return "ack";
    case Step::Kind::kNak: return "nak";
    case Step::Kind::kNakDelayed: return "nak with delay";
    case Step::Kind::kTerm: return "term";
    case Step::Kind::kInProgress: return "in progress";
    case Step::Kind::kForget: return "forget";
    case Step::Kind::kAdvance: return "advance";
  }
  return "?";
}

std::string Payload(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kNak: return "-NAK";
    case Step::Kind::kNakDelayed:
      return absl::StrCat("-NAK {\"delay\":", absl::ToInt64Nanoseconds(kNakDelay), "}");
    case Step::Kind::kTerm: return "+TERM";
    case Step::Kind::kInProgress: return "+WPI";
    default: return "+ACK";
  }
}

std::string Text(const absl::Status& status) {
  return status.ok() ? "OK" : status.ToString();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  out << KindName(step.kind);
  switch (step.kind) {
    case Step::Kind::kPublish:
      return step.id == 0 ? out : out << " id-" << step.id;
    case Step::Kind::kFetch:
      return out << " " << step.count;
    case Step::Kind::kAdvance:
      return out << " " << step.count << " ticks";
    default:
      return out << " #" << step.pick;
  }
}

LockstepRun::LockstepRun(World& world, std::string name)
    : world_(world), name_(std::move(name)) {
  connection_ = world_.Connect(name_).value();
  JetStream& jetstream = connection_->jetstream();
  jetstream
      .CreateStream({.name = name_,
                     .subjects = {absl::StrCat(name_, ".x")},
                     .storage = Storage::kMemory,
                     .duplicate_window = kDuplicateWindow})
      .value();
  jetstream
      .CreateConsumer(name_, {.durable_name = "c",
                              .ack_policy = AckPolicy::kExplicit,
                              .ack_wait = kAckWait,
                              .max_deliver = kMaxDeliver})
      .value();
  consumer_ = std::make_unique<PullConsumer>(jetstream, name_, "c");
}

LockstepRun::~LockstepRun() {
  open_.clear();
  consumer_.reset();
  connection_->jetstream().DeleteStream(name_).IgnoreError();
}

std::string LockstepRun::Do(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kPublish:
      return Publish(step.id);
    case Step::Kind::kFetch:
      return Fetch(step.count);
    case Step::Kind::kAdvance:
      world_.Advance(step.count * kTick);
      return "";
    default:
      return Settle(step);
  }
}

std::string LockstepRun::Publish(int id) {
  PublishOptions options;
  if (id != 0) options.message_id = absl::StrCat("id-", id);
  auto ack = connection_->jetstream().Publish(
      {.subject = absl::StrCat(name_, ".x"), .data = absl::StrCat(++published_)},
      options);
  if (!ack.ok()) return Text(ack.status());
  return absl::StrCat(ack->sequence, ack->duplicate ? " duplicate" : "");
}

std::string LockstepRun::Fetch(int count) {
  FetchResult fetched = consumer_->Fetch(
      {.max_messages = count, .max_wait = absl::ZeroDuration()});
  std::string seen = Text(fetched.end_status);
  for (Delivery& delivery : fetched.deliveries) {
    absl::StrAppend(&seen, ", ", delivery.stream_sequence(), "/",
                    delivery.consumer_sequence(), " try ", delivery.delivered(),
                    " pending ", delivery.num_pending(), " \"",
                    std::string(delivery.data()), "\"");
    open_.push_back(std::move(delivery));
  }
  return seen;
}

std::string LockstepRun::Settle(const Step& step) {
  if (open_.empty()) return "nothing open";
  const auto picked = open_.begin() + step.pick % static_cast<int>(open_.size());
  const std::uint64_t sequence = picked->stream_sequence();
  if (step.kind == Step::Kind::kForget) {
    open_.erase(picked);
    return absl::StrCat(sequence);
  }
  // As a request, so that the server has processed it before the next step.
  const absl::Status status =
      connection_
          ->Request({.subject = picked->ack_subject(), .data = Payload(step.kind)})
          .status();
  if (step.kind != Step::Kind::kInProgress) open_.erase(picked);
  // Live servers up to 2.15.1 hold back every redelivery of a consumer while
  // delayed naks arrive within 10 ms of each other.
  if (step.kind == Step::Kind::kNakDelayed) world_.Advance(kTick);
  return absl::StrCat(sequence, " ", Text(status));
}

std::string LockstepRun::Final() {
  auto stream = connection_->jetstream().GetStreamInfo(name_);
  auto consumer = consumer_->Info();
  if (!stream.ok()) return Text(stream.status());
  if (!consumer.ok()) return Text(consumer.status());
  return absl::StrCat(
      "messages ", stream->state.messages, ", last ", stream->state.last_seq,
      ", delivered ", consumer->delivered.consumer_seq, "/",
      consumer->delivered.stream_seq, ", floor ", consumer->ack_floor.consumer_seq,
      "/", consumer->ack_floor.stream_seq, ", ack pending ",
      consumer->num_ack_pending, ", redelivered ", consumer->num_redelivered,
      ", pending ", consumer->num_pending);
}

}  // namespace windtunnel
