#include "shared/nats/event_queue.h"

#include "absl/strings/str_cat.h"

namespace windtunnel::internal {

EventQueue::EventQueue(Runtime& runtime, absl::string_view connection_name)
    : connection_name_(connection_name),
      mutex_(runtime),
      changed_(runtime),
      task_(runtime) {}

void EventQueue::SetHandler(ConnectionEventHandler handler) {
  bool start = false;
  {
    MutexLock lock(mutex_);
    handler_ = handler ? std::make_shared<ConnectionEventHandler>(
                             std::move(handler))
                       : nullptr;
    if (handler_ != nullptr && !started_ && !ended_) start = started_ = true;
  }
  if (start) {
    task_.Start(absl::StrCat("events of ", connection_name_),
                [self = shared_from_this()] { self->Run(); });
  }
}

void EventQueue::Post(ConnectionEvent event, absl::string_view text) {
  MutexLock lock(mutex_);
  if (handler_ == nullptr || ended_) return;
  events_.emplace_back(event, text);
  changed_.NotifyAll();
}

void EventQueue::End() {
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.NotifyAll();
}

void EventQueue::Join() {
  if (!task_.Inside()) task_.WaitUntil(absl::InfiniteFuture(), {}).IgnoreError();
}

void EventQueue::Run() {
  while (true) {
    std::shared_ptr<ConnectionEventHandler> handler;
    std::pair<ConnectionEvent, std::string> event;
    {
      MutexLock lock(mutex_);
      while (events_.empty()) {
        if (ended_ || !changed_.Wait(mutex_).ok()) return;
      }
      event = std::move(events_.front());
      events_.pop_front();
      handler = handler_;
    }
    if (handler != nullptr) (*handler)(event.first, event.second);
  }
}

}  // namespace windtunnel::internal
