// PullWindow: how much has been asked for and not handed out yet.

#ifndef WINDTUNNEL_SHARED_CONSUME_PULL_WINDOW_H_
#define WINDTUNNEL_SHARED_CONSUME_PULL_WINDOW_H_

#include <cstdint>
#include <optional>

#include "windtunnel/pull.h"

namespace windtunnel::internal {

// Plain bookkeeping over several overlapping requests to one inbox. It cannot
// know which of them a delivery belongs to, nor that one ended silently because
// its bytes were used up exactly (PUL-043): what it still counts then goes when
// everything else has come, or when heartbeats stay away.
//
// Threads: one at a time.
class PullWindow {
 public:
  // A `max_bytes` of 0 is no bound.
  PullWindow(std::int64_t max_messages, std::int64_t max_bytes,
             int threshold_percent);

  struct Ask {
    std::int64_t batch = 0;
    std::int64_t max_bytes = 0;
  };
  // What to ask for to fill the window again, once it has run down to the
  // threshold. Counts it as asked for.
  std::optional<Ask> Refill();

  // A message of `size` bytes was handed out.
  void Deliver(std::int64_t size);
  // A request has ended with `status`.
  void End(const PullStatus& status);
  // All requests are lost.
  void Reset();

  bool empty() const { return messages_ == 0; }
  bool counts_bytes() const { return max_bytes_ > 0; }

 private:
  const std::int64_t max_messages_;
  const std::int64_t max_bytes_;
  const int threshold_percent_;
  std::int64_t messages_ = 0;
  std::int64_t bytes_ = 0;
  // Full batches with bytes left whose `Batch Completed` may still come
  // (PUL-044): their bytes are off the count already.
  int completed_ = 0;
  // The next message was too large for a request, and since then, without a
  // delivery, another was made. If that is too small as well, then nothing is
  // open that could take the message: what is still counted is gone (PUL-042).
  bool refused_ = false;
  bool asked_since_refusal_ = false;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_PULL_WINDOW_H_
