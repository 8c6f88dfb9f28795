// Lockstep: one generated program, run step by step in two worlds, with every
// answer compared.

#ifndef WINDTUNNEL_TESTS_PROPERTY_LOCKSTEP_H_
#define WINDTUNNEL_TESTS_PROPERTY_LOCKSTEP_H_

#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/consume.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {

// One step of a program.
struct Step {
  enum class Kind {
    kPublish,     // With message id `id`; 0: none.
    kFetch,       // Up to `count` messages that are there now.
    kAck,         // The `pick`th of the deliveries that are open.
    kNak,
    kNakDelayed,  // By kNakDelay.
    kTerm,
    kInProgress,
    kForget,      // Drop an open delivery: its deadline is missed.
    kAdvance      // By `count` ticks.
  };
  Kind kind = Kind::kPublish;
  int id = 0;
  int count = 1;
  int pick = 0;

  friend bool operator==(const Step&, const Step&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Step& step);
};

// Steps happen on whole ticks, and everything falls due half a tick off them, so
// that the jitter of a live server cannot decide what a step sees.
inline constexpr absl::Duration kTick = absl::Milliseconds(200);
inline constexpr absl::Duration kAckWait = absl::Milliseconds(500);
inline constexpr absl::Duration kDuplicateWindow = absl::Milliseconds(700);
inline constexpr absl::Duration kNakDelay = absl::Milliseconds(300);
inline constexpr int kMaxDeliver = 3;

// A program's run in one world. What Do() returns must be equal in all worlds.
class LockstepRun {
 public:
  // `name` is a stream of its own; several runs may share a server.
  LockstepRun(World& world, std::string name);
  ~LockstepRun();

  // Does `step` and says in words what was observed.
  std::string Do(const Step& step);
  // What the server says of stream and consumer at the end.
  std::string Final();

 private:
  std::string Publish(int id);
  std::string Fetch(int count);
  std::string Settle(const Step& step);

  World& world_;
  const std::string name_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<PullConsumer> consumer_;
  std::vector<Delivery> open_;
  int published_ = 0;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_LOCKSTEP_H_
