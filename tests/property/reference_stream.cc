#include "tests/property/reference_stream.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace windtunnel::conform {
namespace {

// STO-084, STO-091: runs of the expiry are at least so far apart.
constexpr Nanos kBetweenExpiries = 250 * kMillisecond;
// PUB-034: and those that forget message ids.
constexpr Nanos kBetweenForgettings = 50 * kMillisecond;

}  // namespace

bool SubjectMatches(absl::string_view filter, absl::string_view subject) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(filter, '.');
  const std::vector<absl::string_view> tokens = absl::StrSplit(subject, '.');
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= tokens.size()) return false;
    if (wanted[i] == ">") return true;
    if (wanted[i] != "*" && wanted[i] != tokens[i]) return false;
  }
  return wanted.size() == tokens.size();
}

bool FilterCovers(absl::string_view filter, absl::string_view other) {
  // Only another ">" matches as much as a ">" does, not a "*".
  const bool open = absl::EndsWith(other, ">") && !absl::EndsWith(filter, ">");
  return !open && SubjectMatches(filter, other);
}

std::string HeaderValue(const HeaderLines& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::int64_t HeaderSize(const HeaderLines& headers) {
  if (headers.empty()) return 0;
  std::size_t size = 10 + 2;  // NATS/1.0 and the empty line.
  for (const auto& [name, value] : headers)
    size += name.size() + value.size() + 4;
  return static_cast<std::int64_t>(size);
}

std::string TimeInWords(std::optional<Nanos> time) {
  if (!time.has_value()) return "0001-01-01T00:00:00Z";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(*time),
                          absl::UTCTimeZone());
}

ReferenceStream::ReferenceStream(ReferenceStreamConfig config, const Nanos& now,
                                 Listener listener)
    : config_(std::move(config)), now_(now), listener_(std::move(listener)) {
  if (config_.first_sequence > 0) {  // STR-046.
    first_sequence_ = config_.first_sequence;
    last_sequence_ = first_sequence_ - 1;
    untouched_ = false;
  }
}

bool ReferenceStream::Captures(absl::string_view subject) const {
  for (const std::string& own : config_.subjects) {
    if (SubjectMatches(own, subject)) return true;
  }
  return false;
}

// STO-001 to STO-003.
std::int64_t ReferenceStream::Size(const std::string& subject,
                                   const HeaderLines& headers,
                                   const std::string& data) const {
  const std::int64_t content =
      static_cast<std::int64_t>(subject.size() + data.size()) +
      HeaderSize(headers);
  if (config_.memory) return content + 16;
  return content + (headers.empty() ? 30 : 34);
}

std::int64_t ReferenceStream::Bytes() const {
  std::int64_t sum = 0;
  for (const ReferenceMessage& message : messages_) {
    sum += Size(message.subject, message.headers, message.data);
  }
  return sum;
}

std::int64_t ReferenceStream::CountOn(const std::string& subject) const {
  return std::count_if(
      messages_.begin(), messages_.end(),
      [&](const auto& message) { return message.subject == subject; });
}

const ReferenceMessage* ReferenceStream::Find(Sequence sequence) const {
  for (const ReferenceMessage& message : messages_) {
    if (message.sequence == sequence) return &message;
  }
  return nullptr;
}

const ReferenceMessage* ReferenceStream::Last(absl::string_view filter) const {
  // STO-037, PUB-029: with ">" only the message at last_seq counts.
  if (filter == ">") return Find(last_sequence_);
  for (auto message = messages_.rbegin(); message != messages_.rend();
       ++message) {
    if (SubjectMatches(filter, message->subject)) return &*message;
  }
  return nullptr;
}

const ReferenceMessage* ReferenceStream::Next(
    const std::vector<std::string>& filters, Sequence from) const {
  for (const ReferenceMessage& message : messages_) {
    if (message.sequence < from) continue;
    if (filters.empty()) return &message;
    for (const std::string& filter : filters) {
      if (SubjectMatches(filter, message.subject)) return &message;
    }
  }
  return nullptr;
}

// ---- Changes
// ------------------------------------------------------------------

ReferenceMessage ReferenceStream::Store(ReferenceMessage message) {
  message.sequence = ++last_sequence_;
  message.time = now_;
  last_time_ = now_;
  untouched_ = false;
  if (messages_.empty()) first_sequence_ = last_sequence_;
  messages_.push_back(message);
  listener_.stored(message);
  EnforceSubjectLimit(message.subject);  // STO-069: this one first.
  EnforceLimits();
  listener_.done();
  // STO-084: the first run comes when the first message is due.
  if (config_.max_age > 0 && expiry_due_ == kNever)
    expiry_due_ = now_ + config_.max_age;
  return message;
}

void ReferenceStream::EnforceSubjectLimit(const std::string& subject) {
  if (config_.max_messages_per_subject <= 0) return;
  while (CountOn(subject) > config_.max_messages_per_subject) {  // STO-068.
    Drop(Next({subject}, 0)->sequence);
  }
}

void ReferenceStream::EnforceLimits() {
  if (config_.discard_new) return;  // STO-081.
  while (config_.max_messages > 0 &&
         static_cast<std::int64_t>(messages_.size()) > config_.max_messages) {
    Drop(messages_.front().sequence);  // STO-065.
  }
  while (config_.max_bytes > 0 && Bytes() > config_.max_bytes) {
    Drop(messages_.front().sequence);  // STO-066, STO-067.
  }
}

ReferenceMessage ReferenceStream::TakeOut(Sequence sequence) {
  ReferenceMessage taken;
  for (auto message = messages_.begin(); message != messages_.end();
       ++message) {
    if (message->sequence != sequence) continue;
    taken = *message;
    messages_.erase(message);
    break;
  }
  Settle();
  return taken;
}

// STO-005, STO-006: where the stream begins when something has gone.
void ReferenceStream::Settle() {
  first_sequence_ =
      messages_.empty() ? last_sequence_ + 1 : messages_.front().sequence;
}

void ReferenceStream::Remove(Sequence sequence) {
  if (Find(sequence) == nullptr) return;
  listener_.removed(TakeOut(sequence));
  listener_.done();
}

// Where several go, what that sets free is delivered when all are gone.
void ReferenceStream::Drop(Sequence sequence) {
  listener_.removed(TakeOut(sequence));
}

ReferenceError ReferenceStream::Delete(Sequence sequence) {
  if (config_.deny_delete) return {10057, 500, "message delete not permitted"};
  if (Find(sequence) == nullptr) {
    // STO-011; in files, too, within the stream.
    if (config_.memory ||
        (sequence >= first_sequence_ && sequence <= last_sequence_)) {
      return {10043, 400, absl::StrCat("sequence ", sequence, " not found")};
    }
    return {
        10057, 500,  // STO-012.
        sequence > last_sequence_ ? "stream store EOF" : "no message found"};
  }
  Remove(sequence);
  return {};
}

std::int64_t ReferenceStream::Purge(const std::string& filter,
                                    Sequence sequence, std::int64_t keep) {
  std::vector<Sequence> doomed;
  for (const ReferenceMessage& message : messages_) {
    if (!filter.empty() && !SubjectMatches(filter, message.subject)) continue;
    if (sequence > 0 && message.sequence >= sequence) continue;  // STO-019.
    doomed.push_back(message.sequence);
  }
  if (keep > 0) {  // STO-024, STO-026.
    const std::int64_t count = static_cast<std::int64_t>(doomed.size()) - keep;
    doomed.resize(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  }
  ReferenceMessage last;
  for (const Sequence gone : doomed) last = TakeOut(gone);
  const bool all = filter.empty() || filter == ">";
  if (all && keep == 0 && sequence != 1 &&
      (sequence == 0 || sequence > last_sequence_)) {
    if (sequence > last_sequence_ + 1)
      last_sequence_ = sequence - 1;  // STO-021.
    Settle();  // STO-018: also a stream that was never used.
    untouched_ = false;
  }
  if (doomed.size() == 1 && (!filter.empty() || keep > 0)) {
    const std::string pattern = filter.empty() ? ">" : filter;
    listener_.one_purged(last, config_.memory ? last.subject : pattern);
  } else if (!doomed.empty()) {
    listener_.some_purged();
  }
  listener_.purged(filter);
  listener_.done();
  return static_cast<std::int64_t>(doomed.size());
}

ReferenceError ReferenceStream::Update(const ReferenceStreamConfig& config) {
  const ReferenceStreamConfig old = config_;
  config_ = config;
  if (config_.duplicate_window != old.duplicate_window && ids_due_ != kNever) {
    for (const KnownId& known : ids_) {
      if (known.time == 0 && config_.duplicate_window > old.duplicate_window) {
        listener_.known(
            "a window that gets longer and ids of skipped messages");
      }
    }
    ExpireIds();  // PUB-038.
  }
  EnforceLimits();                          // STO-071.
  if (old.max_messages_per_subject <= 0 ||  // STO-072.
      config_.max_messages_per_subject < old.max_messages_per_subject) {
    std::set<std::string> subjects;
    for (const ReferenceMessage& message : messages_)
      subjects.insert(message.subject);
    for (const std::string& subject : subjects) EnforceSubjectLimit(subject);
  }
  listener_.done();
  if (config_.max_age == 0) {  // STO-073.
    expiry_due_ = kNever;
  } else {
    ExpireMessages();  // Each update is a run, so that the next is 250 ms away.
  }
  return {};
}

// ---- Time
// ---------------------------------------------------------------------

Nanos ReferenceStream::NextDue() const {
  return std::min(ids_due_, expiry_due_);
}

void ReferenceStream::RunDue() {
  if (ids_due_ <= now_) ExpireIds();
  if (expiry_due_ <= now_) ExpireMessages();
}

std::vector<Nanos> ReferenceStream::Deadlines() const {
  std::vector<Nanos> deadlines;
  for (const KnownId& known : ids_) {
    deadlines.push_back(known.time + config_.duplicate_window);
  }
  if (config_.max_age > 0) {
    for (const ReferenceMessage& message : messages_) {
      deadlines.push_back(message.time + config_.max_age);
    }
  }
  return deadlines;
}

// PUB-034.
void ReferenceStream::ExpireIds() {
  while (!ids_.empty() &&
         now_ - ids_.front().time >= config_.duplicate_window) {
    ids_.erase(ids_.begin());
  }
  ids_due_ = kNever;
  if (ids_.empty()) return;
  const Nanos left = config_.duplicate_window - (now_ - ids_.front().time);
  ids_due_ = now_ + std::max(left, kBetweenForgettings);
}

// STO-083, STO-086: from the front, up to the first that is not due.
void ReferenceStream::ExpireMessages() {
  while (!messages_.empty() &&
         now_ - messages_.front().time >= config_.max_age) {
    Drop(messages_.front().sequence);
  }
  listener_.done();
  ArmExpiry();
}

void ReferenceStream::ArmExpiry() {
  expiry_due_ = kNever;
  if (messages_.empty()) return;
  const Nanos left = messages_.front().time + config_.max_age - now_;
  expiry_due_ = now_ + std::max(left, kBetweenExpiries);
}

// ---- Words
// --------------------------------------------------------------------

std::string ReferenceStream::StateInWords(int consumers) const {
  std::set<std::string> subjects;
  for (const ReferenceMessage& message : messages_)
    subjects.insert(message.subject);
  // STO-008.
  std::uint64_t deleted = 0;
  if (last_sequence_ + 1 > first_sequence_) {
    deleted = last_sequence_ - first_sequence_ + 1 - messages_.size();
  }
  if (untouched_) deleted = 0;
  std::optional<Nanos> first_time;
  if (!messages_.empty()) first_time = messages_.front().time;
  return absl::StrCat("messages ", messages_.size(), " bytes ", Bytes(),
                      " first ", first_sequence_, " ", TimeInWords(first_time),
                      " last ", last_sequence_, " ", TimeInWords(last_time_),
                      " deleted ", deleted, " subjects ", subjects.size(),
                      " consumers ", consumers);
}

}  // namespace windtunnel::conform
