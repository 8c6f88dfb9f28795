// Where a new consumer begins to read (DEL-001 to DEL-015).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_START_POSITION_H_
#define WINDTUNNEL_SIMULATOR_BROKER_START_POSITION_H_

#include <cstdint>
#include <vector>

#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/subject_filter.h"
#include "windtunnel/consumer.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

struct StartPosition {
  std::uint64_t next = 1;  // The first sequence to look at.
  // For last_per_subject: these are delivered first, ascending, and then
  // everything from `resume` on (DEL-010).
  std::vector<std::uint64_t> snapshot;
  std::uint64_t resume = 0;
};

StartPosition SelectStart(const Profile& profile, const StreamConfig& stream,
                          const ConsumerConfig& config,
                          const SubjectFilter& filter,
                          const MessageStore& store);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_START_POSITION_H_
