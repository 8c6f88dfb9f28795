// BackOff: how long to wait before trying again.

#ifndef WINDTUNNEL_SHARED_CONSUME_BACK_OFF_H_
#define WINDTUNNEL_SHARED_CONSUME_BACK_OFF_H_

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace windtunnel::internal {

class BackOff {
 public:
  // Twice as long each time, from 10 ms to 1 s.
  absl::Duration Next() {
    return std::exchange(next_, std::min(2 * next_, absl::Seconds(1)));
  }
  void Reset() { next_ = kLeast; }

 private:
  static constexpr absl::Duration kLeast = absl::Milliseconds(10);
  absl::Duration next_ = kLeast;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_BACK_OFF_H_
