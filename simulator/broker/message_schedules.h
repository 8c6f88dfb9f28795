// MessageSchedules: the message schedules of one stream and when they are due
// (PUB-089 to PUB-103).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_SCHEDULES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_SCHEDULES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

class MessageSchedules {
 public:
  // Runs are at least `gap` after what they were set for (PUB-099).
  explicit MessageSchedules(Nanos gap) : gap_(gap) {}

  // The message at `seq` schedules something at `due`; it replaces another
  // schedule on its subject.
  void Add(Nanos now, absl::string_view subject, std::uint64_t seq, Nanos due);
  // The schedule on `subject`, if there is one, is due again then.
  void Reschedule(Nanos now, absl::string_view subject, Nanos due);
  void Drop(absl::string_view subject);

  struct Due {
    std::uint64_t seq = 0;
    std::string subject = {};
    Nanos due = 0;
  };
  // Those due, by sequence. Each stays and fires no more until it is added
  // again or rescheduled.
  std::vector<Due> BeginRun(Nanos now);
  void EndRun(Nanos now);

  // After a restart: all fire again.
  void Restart(Nanos now);

  // The next run; kNever if there is none.
  Nanos next_run() const { return next_run_; }

 private:
  struct Schedule {
    std::uint64_t seq = 0;
    Nanos due = 0;
  };
  void SetTimer(Nanos now);

  const Nanos gap_;
  // By subject.
  absl::btree_map<std::string, Schedule> schedules_;
  // Those that can fire: due time and sequence, with the subject.
  absl::btree_map<std::pair<Nanos, std::uint64_t>, std::string> waiting_;
  Nanos next_run_ = kNever;
  bool running_ = false;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_SCHEDULES_H_
