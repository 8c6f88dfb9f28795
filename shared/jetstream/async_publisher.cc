#include "shared/jetstream/async_publisher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/pub_ack.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

AsyncPublisher::AsyncPublisher(ConnectionBase& connection, int max_pending)
    : runtime_(connection.runtime()),
      connection_(connection),
      link_(connection.link()),
      inbox_(connection.NewInbox()),
      max_pending_(static_cast<std::size_t>(std::max(max_pending, 1))),
      mutex_(runtime_),
      fewer_(runtime_),
      sooner_(runtime_),
      watch_task_(runtime_) {}

absl::StatusOr<Future<PubAck>> AsyncPublisher::Publish(
    Message message, const PublishOptions& options) {
  Promise<PubAck> promise(runtime_);
  Future<PubAck> future = promise.future();
  std::uint64_t token = 0;
  bool start_watching = false;
  {
    MutexLock lock(mutex_);
    if (absl::Status status = WaitForRoom(runtime_.Now() + options.timeout,
                                          options.cancellation);
        !status.ok()) {
      return status;
    }
    if (ended_) {
      return MakeErrorStatus(ErrorKind::kConnectionClosed,
                             "the connection is closed");
    }
    const absl::Time deadline = runtime_.Now() + options.timeout;
    token = next_token_++;
    message.reply = absl::StrCat(inbox_, ".", token);
    const int retries = std::max(options.retry_attempts, 0);
    entries_.emplace(
        token, Entry{.message = retries > 0 ? message : Message(),
                     .promise = std::move(promise),
                     .deadline = deadline,
                     .retries_left = retries,
                     .retry_wait = options.retry_wait});
    AddTime(deadline, token);
    start_watching = !std::exchange(watching_, true);
  }
  if (start_watching) {
    watch_task_.Start(absl::StrCat("publishes of ", connection_.name()),
                      [self = shared_from_this()] { self->Watch(); });
  }

  if (absl::Status status = connection_.Publish(message); !status.ok()) {
    MutexLock lock(mutex_);
    auto entry = entries_.find(token);
    if (entry != entries_.end()) Complete(entry, status);
    return status;
  }
  return future;
}

absl::Status AsyncPublisher::WaitForRoom(absl::Time deadline,
                                         const CancellationToken& token) {
  while (entries_.size() >= max_pending_) {
    absl::Status status = fewer_.WaitUntil(mutex_, deadline, token);
    if (status.ok() || entries_.size() < max_pending_) continue;
    if (!absl::IsDeadlineExceeded(status)) return status;
    return absl::ResourceExhaustedError(absl::StrCat(
        entries_.size(), " publishes are not acknowledged yet"));
  }
  return absl::OkStatus();
}

int AsyncPublisher::pending() const {
  MutexLock lock(mutex_);
  return static_cast<int>(entries_.size());
}

absl::Status AsyncPublisher::WaitUntilNone(absl::Time deadline) {
  MutexLock lock(mutex_);
  while (!entries_.empty()) {
    absl::Status status = fewer_.WaitUntil(mutex_, deadline);
    if (!status.ok() && !entries_.empty()) return status;
  }
  return absl::OkStatus();
}

void AsyncPublisher::Stop() {
  OnEnd(absl::OkStatus());
  if (ConnectionLink::Use connection(link_); connection) {
    connection->UnsubscribeSink(id_);
  }
  watch_task_.WaitUntil(absl::InfiniteFuture(), {}).IgnoreError();
}

void AsyncPublisher::OnMessage(Message message) {
  const absl::string_view subject = message.subject;
  std::uint64_t token = 0;
  if (subject.size() <= inbox_.size() ||
      !absl::SimpleAtoi(subject.substr(inbox_.size() + 1), &token)) {
    return;
  }
  const bool refused =
      message.headers.status_code() == 503 && message.data.empty();
  absl::StatusOr<PubAck> result =
      refused ? MakeErrorStatus(ErrorKind::kNoResponders,
                                "no stream takes the subject")
              : api::DecodePubAck(message.data);

  MutexLock lock(mutex_);
  auto entry = entries_.find(token);
  if (entry == entries_.end()) return;
  if (refused && entry->second.retries_left > 0) {
    --entry->second.retries_left;
    entry->second.retry_at = runtime_.Now() + entry->second.retry_wait;
    AddTime(entry->second.retry_at, token);
  } else {
    Complete(entry, std::move(result));
  }
}

void AsyncPublisher::OnEnd(absl::Status) {
  MutexLock lock(mutex_);
  ended_ = true;
  FailAll(MakeErrorStatus(ErrorKind::kConnectionClosed,
                          "closed before the acknowledgement came"));
  sooner_.NotifyAll();
}

void AsyncPublisher::OnDisconnected() {
  MutexLock lock(mutex_);
  FailAll(MakeErrorStatus(ErrorKind::kConnectionLost,
                          "the connection was cut before the acknowledgement"));
}

void AsyncPublisher::Watch() {
  while (true) {
    std::vector<std::pair<std::uint64_t, Message>> due;
    {
      MutexLock lock(mutex_);
      while ((due = TakeDue(runtime_.Now())).empty()) {
        if (ended_) return;
        watching_until_ = times_.empty() ? absl::InfiniteFuture()
                                         : times_.begin()->first;
        absl::Status status = sooner_.WaitUntil(mutex_, watching_until_);
        watching_until_ = absl::InfinitePast();
        if (!status.ok() && !absl::IsDeadlineExceeded(status)) return;
      }
    }
    ConnectionLink::Use connection(link_);
    if (!connection) return;
    for (const auto& [token, message] : due) {
      absl::Status status = connection->Publish(message);
      if (status.ok()) continue;
      MutexLock lock(mutex_);
      auto entry = entries_.find(token);
      if (entry != entries_.end()) Complete(entry, status);
    }
  }
}

std::vector<std::pair<std::uint64_t, Message>> AsyncPublisher::TakeDue(
    absl::Time now) {
  std::vector<std::pair<std::uint64_t, Message>> due;
  while (!times_.empty() && times_.begin()->first <= now) {
    const std::uint64_t token = times_.begin()->second;
    auto entry = entries_.find(token);
    if (entry->second.deadline <= now) {
      Complete(entry, MakeErrorStatus(ErrorKind::kTimeout,
                                      "no acknowledgement in time"));
      continue;
    }
    times_.erase(times_.begin());
    entry->second.retry_at = absl::InfiniteFuture();
    due.emplace_back(token, entry->second.message);
  }
  return due;
}

void AsyncPublisher::AddTime(absl::Time when, std::uint64_t token) {
  times_.emplace(when, token);
  if (when < watching_until_) sooner_.NotifyAll();
}

void AsyncPublisher::Complete(Entries::iterator entry,
                              absl::StatusOr<PubAck> result) {
  // Set before the entry is gone: who sees none pending finds all futures ready.
  entry->second.promise.Set(std::move(result));
  times_.erase({entry->second.deadline, entry->first});
  times_.erase({entry->second.retry_at, entry->first});
  entries_.erase(entry);
  fewer_.NotifyAll();
}

void AsyncPublisher::FailAll(const absl::Status& status) {
  for (auto& [token, entry] : entries_) entry.promise.Set(status);
  entries_.clear();
  times_.clear();
  fewer_.NotifyAll();
}

}  // namespace windtunnel::internal
