// FlowControl: how much a push consumer sends before its client has to say that
// it got it (PSH-017 to PSH-024).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_FLOW_CONTROL_H_
#define WINDTUNNEL_SIMULATOR_BROKER_FLOW_CONTROL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class FlowControl {
 public:
  // More than a window is under way (PSH-020).
  bool stalled() const { return under_way_ > window_; }
  // Where the reply to the request goes that has none yet; empty if there is no
  // such request.
  const std::string& unanswered() const { return unanswered_; }

  // A message of `size` bytes was sent. True if a request has to follow
  // (PSH-019).
  bool OnSent(std::int64_t size);
  void OnRequested(std::string reply);
  // False: it is not the reply that is waited for (PSH-023).
  bool OnReply(absl::string_view subject);

 private:
  static constexpr std::int64_t kFirstWindow = 2 << 20;
  static constexpr std::int64_t kLargestWindow = 32 << 20;

  std::int64_t window_ = kFirstWindow;
  std::int64_t under_way_ = 0;
  std::int64_t released_ = 0;  // By the reply that is waited for.
  std::string unanswered_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_FLOW_CONTROL_H_
