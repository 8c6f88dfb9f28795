#include "simulator/broker/flow_control.h"

#include <algorithm>
#include <utility>

namespace windtunnel::broker {

bool FlowControl::OnSent(std::int64_t size) {
  under_way_ += size;
  if (unanswered_.empty()) return under_way_ > window_ / 2;
  if (under_way_ - released_ >= window_) released_ += size;  // PSH-022
  return false;
}

void FlowControl::OnRequested(std::string reply) {
  unanswered_ = std::move(reply);
  released_ = under_way_;
}

bool FlowControl::OnReply(absl::string_view subject) {
  if (unanswered_.empty() || subject != unanswered_) return false;
  window_ = std::min(2 * window_, kLargestWindow);  // PSH-021
  under_way_ = std::max<std::int64_t>(0, under_way_ - released_);
  released_ = 0;
  unanswered_.clear();
  return true;
}

}  // namespace windtunnel::broker
