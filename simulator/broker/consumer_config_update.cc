#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_config_rules.h"

namespace windtunnel::broker {

using catalogue::Make;

Refusal CheckConsumerUpdate(const Profile& profile, const ConsumerConfig& from,
                            const ConsumerConfig& to,
                            FindInterest has_interest) {
  const auto refusal = [](absl::string_view what) {
    return Make(catalogue::kConsumerCreateFailed,
                absl::StrCat(what, " can not be updated"));
  };
  if (from == to) return std::nullopt;
  if (from.deliver_policy != to.deliver_policy) {
    return refusal("deliver policy");
  }
  if (from.mem_storage != to.mem_storage && profile.consumer_storage_is_fixed) {
    return refusal("storage type");
  }
  if (profile.consumer_kind_is_fixed) {
    if (from.direct != to.direct) return refusal("direct");
    if (from.sourcing != to.sourcing) return refusal("sourcing");
  }
  if (from.opt_start_seq != to.opt_start_seq) return refusal("start sequence");
  if (from.opt_start_time != to.opt_start_time ||
      (profile.new_start_time_is_another && to.opt_start_time.has_value())) {
    return refusal("start time");
  }
  if (from.ack_policy != to.ack_policy) return refusal("ack policy");
  if (from.replay_policy != to.replay_policy) return refusal("replay policy");
  if (from.idle_heartbeat != to.idle_heartbeat) return refusal("heart beats");
  if (from.flow_control != to.flow_control) return refusal("flow control");
  const bool new_mode = IsPull(from) != IsPull(to);
  if (new_mode && !profile.max_waiting_before_mode) {
    return Make(catalogue::kConsumerCreateFailed,
                IsPull(from) ? "can not update pull consumer to push based"
                             : "can not update push consumer to pull based");
  }
  if (from.deliver_subject != to.deliver_subject && !new_mode &&
      has_interest(from.deliver_subject)) {
    return Make(catalogue::kConsumerNameExist);
  }
  if (from.max_waiting != to.max_waiting) return refusal("max waiting");
  return std::nullopt;
}

}  // namespace windtunnel::broker
