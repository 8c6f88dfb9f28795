// Cancellation: one side asks, the other notices at its next wait. Calls that
// find what they would wait for already there need not notice.
//
//   CancellationSource stop(runtime);
//   auto worker = runtime.Spawn("worker", [token = stop.token()] { ... });
//   stop.Cancel();      // waits that were given the token return kCancelled
//
// Threads: any task. Lifetime: tokens may outlive their source; the Runtime must
// outlive both.

#ifndef WINDTUNNEL_CANCELLATION_H_
#define WINDTUNNEL_CANCELLATION_H_

#include <memory>

#include "windtunnel/runtime.h"

namespace windtunnel {

namespace internal {
class CancellationState;
}  // namespace internal

// Says whether somebody asked to stop. A default-constructed token never is
// cancelled and costs nothing. Cheap to copy.
class CancellationToken {
 public:
  CancellationToken() = default;

  bool cancelled() const;
  // False for a default-constructed token.
  bool can_be_cancelled() const { return state_ != nullptr; }

 private:
  friend class CancellationSource;
  friend class Condition;
  explicit CancellationToken(std::shared_ptr<internal::CancellationState> state)
      : state_(std::move(state)) {}
  std::shared_ptr<internal::CancellationState> state_;
};

class CancellationSource {
 public:
  explicit CancellationSource(Runtime& runtime);

  CancellationToken token() const { return CancellationToken(state_); }

  // Marks all tokens cancelled and wakes every wait that was given one. Calling
  // it again does nothing. A source that is destroyed does not cancel.
  void Cancel();

 private:
  std::shared_ptr<internal::CancellationState> state_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_CANCELLATION_H_
