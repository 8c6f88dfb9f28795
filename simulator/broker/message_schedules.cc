#include "simulator/broker/message_schedules.h"

#include <algorithm>

namespace windtunnel::broker {

void MessageSchedules::Add(Nanos now, absl::string_view subject,
                           std::uint64_t seq, Nanos due) {
  Drop(subject);
  schedules_[std::string(subject)] = {seq, due};
  waiting_.emplace(std::make_pair(due, seq), subject);
  SetTimer(now);
}

void MessageSchedules::Reschedule(Nanos now, absl::string_view subject,
                                  Nanos due) {
  const auto found = schedules_.find(subject);
  if (found == schedules_.end()) return;
  Schedule& schedule = found->second;
  waiting_.erase({schedule.due, schedule.seq});
  schedule.due = due;
  waiting_.emplace(std::make_pair(due, schedule.seq), subject);
  SetTimer(now);
}

void MessageSchedules::Drop(absl::string_view subject) {
  const auto found = schedules_.find(subject);
  if (found == schedules_.end()) return;
  waiting_.erase({found->second.due, found->second.seq});
  schedules_.erase(found);
}

std::vector<MessageSchedules::Due> MessageSchedules::BeginRun(Nanos now) {
  running_ = true;
  next_run_ = kNever;
  std::vector<Due> due;
  while (!waiting_.empty() && waiting_.begin()->first.first <= now) {
    auto& [key, subject] = *waiting_.begin();
    due.push_back({key.second, std::move(subject), key.first});
    waiting_.erase(waiting_.begin());
  }
  std::sort(due.begin(), due.end(),
            [](const Due& a, const Due& b) { return a.seq < b.seq; });
  return due;
}

void MessageSchedules::EndRun(Nanos now) {
  running_ = false;
  SetTimer(now);
}

void MessageSchedules::Restart(Nanos now) {
  for (const auto& [subject, schedule] : schedules_) {
    waiting_.emplace(std::make_pair(schedule.due, schedule.seq), subject);
  }
  next_run_ = kNever;
  SetTimer(now);
}

void MessageSchedules::SetTimer(Nanos now) {
  if (running_ || waiting_.empty()) return;
  next_run_ =
      std::min(next_run_, std::max(waiting_.begin()->first.first, now + gap_));
}

}  // namespace windtunnel::broker
