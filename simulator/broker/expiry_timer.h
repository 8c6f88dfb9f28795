// ExpiryTimer: when a stream looks for messages whose time is over (STO-084,
// STO-091).
//
// Sets itself as the server's timer does: never sooner than Profile::expiry_gap
// from now, and once set by Set() never later again until it ran.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_TIMER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_TIMER_H_

#include "simulator/broker/context.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

class ExpiryTimer {
 public:
  struct Situation {
    Nanos max_age = 0;        // 0: messages do not age.
    Nanos next_ttl = kNever;  // When the next TTL is over.
    // Until the oldest message is too old; 0 if that is not known.
    Nanos until_age = 0;
    bool has_messages = false;
  };

  explicit ExpiryTimer(Nanos gap) : gap_(gap) {}

  // kNever while nothing can be due.
  Nanos next() const { return next_; }
  // A message came that ages and has no TTL.
  void StartIfIdle(Nanos now, Nanos max_age) {
    if (next_ == kNever && !running_) next_ = After(now, max_age);
  }
  void Set(Nanos now, const Situation& situation);
  void Stop() { next_ = set_ = kNever; }

  // Between the two it is not set.
  void BeginRun() { running_ = true; }
  void EndRun() {
    running_ = false;
    Stop();
  }

 private:
  const Nanos gap_;
  Nanos next_ = kNever;
  Nanos set_ = kNever;  // What Set() last said.
  bool running_ = false;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_TIMER_H_
