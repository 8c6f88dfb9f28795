#include "shared/nats/request_mux.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

namespace {

absl::Status Closed() {
  return MakeErrorStatus(ErrorKind::kConnectionClosed,
                         "the connection is closed");
}

}  // namespace

RequestMux::Pending::Pending(RequestMux& mux)
    : mux_(mux), answered_(mux.runtime_) {
  MutexLock lock(mux_.mutex_);
  token_ = mux_.next_token_++;
  if (mux_.ended_) {
    answer_ = Closed();
  } else {
    mux_.pending_.emplace(token_, this);
  }
}

RequestMux::Pending::~Pending() {
  MutexLock lock(mux_.mutex_);
  mux_.pending_.erase(token_);
}

std::string RequestMux::Pending::reply() const {
  return absl::StrCat(mux_.inbox_, ".", token_);
}

absl::StatusOr<Message> RequestMux::Pending::Wait(
    absl::Time deadline, const CancellationToken& token) {
  MutexLock lock(mux_.mutex_);
  while (!answer_.has_value()) {
    absl::Status status = answered_.WaitUntil(mux_.mutex_, deadline, token);
    if (status.ok() || answer_.has_value()) continue;
    if (!absl::IsDeadlineExceeded(status)) return status;
    return MakeErrorStatus(ErrorKind::kTimeout, "no answer in time");
  }
  if (answer_->ok() && (*answer_)->headers.status_code() == 503 &&
      (*answer_)->data.empty()) {
    return MakeErrorStatus(ErrorKind::kNoResponders,
                           "nobody listens on the subject");
  }
  return *std::move(answer_);
}

RequestMux::RequestMux(Runtime& runtime, std::string inbox)
    : runtime_(runtime), inbox_(std::move(inbox)), mutex_(runtime) {}

void RequestMux::OnMessage(Message message) {
  const absl::string_view subject = message.subject;
  std::uint64_t token = 0;
  if (subject.size() <= inbox_.size() ||
      !absl::SimpleAtoi(subject.substr(inbox_.size() + 1), &token)) {
    return;
  }
  MutexLock lock(mutex_);
  auto found = pending_.find(token);
  if (found == pending_.end()) return;
  // The first answer wins. The lock is held until the waiter was notified: it
  // lives on a stack.
  Pending& pending = *found->second;
  pending_.erase(found);
  pending.answer_ = std::move(message);
  pending.answered_.NotifyAll();
}

void RequestMux::OnEnd(absl::Status) {
  {
    MutexLock lock(mutex_);
    ended_ = true;
  }
  FailAll(Closed());
}

void RequestMux::OnDisconnected() {
  FailAll(MakeErrorStatus(ErrorKind::kConnectionLost,
                          "the connection was cut before the answer came"));
}

void RequestMux::FailAll(const absl::Status& status) {
  MutexLock lock(mutex_);
  for (auto& [token, pending] : pending_) {
    pending->answer_ = status;
    pending->answered_.NotifyAll();
  }
  pending_.clear();
}

}  // namespace windtunnel::internal
