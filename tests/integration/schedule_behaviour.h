// ScheduleBehaviour: what tests of message schedules start from.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_SCHEDULE_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_SCHEDULE_BEHAVIOUR_H_

#include <string>

#include "tests/integration/timed_behaviour.h"

namespace windtunnel {

inline constexpr char kPast[] = "@at 2020-01-01T00:00:00Z";
inline constexpr char kFuture[] = "@at 2040-01-01T00:00:00Z";

class ScheduleBehaviour : public TimedBehaviour {
 protected:
  static StreamConfig Config(const std::string& name,
                             Storage storage = Storage::kMemory) {
    return {.name = name,
            .subjects = {name + ".>"},
            .storage = storage,
            .allow_rollup_hdrs = true,
            .allow_msg_ttl = true,
            .allow_msg_schedules = true};
  }
  // Publishes a schedule with the pattern and further headers.
  JetStreamError Schedule(const std::string& subject,
                          const std::string& pattern, const std::string& target,
                          const Headers& more = {},
                          const std::string& data = "") {
    Headers headers = more;
    headers.Add("Nats-Schedule", pattern);
    if (!target.empty()) headers.Add("Nats-Schedule-Target", target);
    return Put(subject, headers, data);
  }
  JetStreamError Error(int err_code, const std::string& text) const {
    return Since("2.12") ? JetStreamError(400, err_code, text) : Ok();
  }
  JetStreamError Disabled() const {
    return Error(10188, "message schedules is disabled");
  }
  JetStreamError BadTarget() const {
    return Error(10190, "message schedules target is invalid");
  }
  JetStreamError BadSource() const {
    return Error(10203, "message schedules source is invalid");
  }
  JetStreamError BadRollup() const {
    return Error(10192, "message schedules invalid rollup");
  }
  JetStreamError BadScheduler() const {
    return Error(10212, "message schedules invalid scheduler");
  }
  void AddConsumer(const std::string& stream, const std::string& filter) {
    ASSERT_TRUE(jetstream()
                    .CreateConsumer(stream, {.durable_name = "C",
                                             .ack_policy = AckPolicy::kExplicit,
                                             .filter_subject = filter})
                    .ok());
  }
  static std::string Produced(const std::string& scheduler,
                              const std::string& next) {
    return "[Nats-Scheduler: " + scheduler + ", Nats-Schedule-Next: " + next +
           "] ";
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_SCHEDULE_BEHAVIOUR_H_
