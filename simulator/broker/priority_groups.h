// What priority groups add to a consumer and its requests (GRP-001 to GRP-039).
// The rules are in consumer_groups.cc.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PRIORITY_GROUPS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PRIORITY_GROUPS_H_

#include <cstdint>
#include <string>

#include "simulator/broker/context.h"

namespace windtunnel::broker {

// Of a pull request that names a group.
struct GroupTerms {
  std::string group;
  std::string id;  // Of the pin that it was made with, or got.
  std::int64_t min_pending = 0;
  std::int64_t min_ack_pending = 0;
};

// Who alone gets messages. One for all groups (GRP-008).
struct Pin {
  std::string id;
  Nanos since = 0;
  Nanos until = 0;
  std::string group;  // The timeout names it: whose request was the first.
};

// The place of a request that is no JSON among the priorities (GRP-038).
inline constexpr std::int8_t kLowestPriority = 10;

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PRIORITY_GROUPS_H_
