#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config_rules.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

constexpr absl::Duration kLeastHeartbeat = absl::Milliseconds(100);

}  // namespace

// CON-037, CON-039, CON-052, CON-055 to CON-057
Refusal CheckPush(const StreamConfig& stream, const ConsumerConfig& config) {
  if (HasWildcard(config.deliver_subject)) {
    return Make(catalogue::kConsumerDeliverSubjectWildcards);
  }
  if (!IsValidSubject(config.deliver_subject)) {
    return Make(catalogue::kConsumerInvalidDeliverSubject);
  }
  for (const std::string& subject : stream.subjects) {
    if (SubjectMatches(subject, config.deliver_subject)) {
      return Make(catalogue::kConsumerDeliverCycle);
    }
  }
  if (config.max_waiting != 0) return Make(catalogue::kConsumerPushMaxWaiting);
  if (config.max_ack_pending > 0 && !NeedsAcks(config)) {
    return Make(catalogue::kConsumerMaxPendingAckPolicyRequired);
  }
  if (config.idle_heartbeat > absl::ZeroDuration() &&
      config.idle_heartbeat < kLeastHeartbeat) {
    return Make(catalogue::kConsumerSmallHeartbeat);
  }
  return std::nullopt;
}

// CON-038 to CON-041, CON-050 to CON-053, CON-085
Refusal CheckPull(const Profile& profile, const JetStreamLimits& limits,
                  const StreamConfig& stream, const ConsumerConfig& config) {
  if (!NeedsAcks(config) && stream.retention == Retention::kWorkQueue) {
    return profile.work_queue_text_is_new
               ? Make(catalogue::kConsumerPullRequiresAck)
               : catalogue::WithDescription(
                     catalogue::kConsumerPullRequiresAck,
                     "consumer in pull mode requires ack policy");
  }
  if (config.rate_limit_bps > 0) {
    return Make(catalogue::kConsumerPullWithRateLimit);
  }
  if (config.max_waiting < 0) {
    return Make(catalogue::kConsumerMaxWaitingNegative);
  }
  if (config.idle_heartbeat > absl::ZeroDuration()) {
    return Make(catalogue::kConsumerHeartbeatRequiresPush);
  }
  if (config.flow_control) {
    return Make(catalogue::kConsumerFlowControlRequiresPush);
  }
  if (config.max_batch < 0) {
    return Make(catalogue::kConsumerMaxRequestBatchNegative);
  }
  if (config.max_expires != absl::ZeroDuration() &&
      config.max_expires < absl::Milliseconds(1)) {
    return Make(catalogue::kConsumerMaxRequestExpiresTooSmall);
  }
  if (limits.max_request_batch > 0 &&
      config.max_batch > limits.max_request_batch) {
    return Make(catalogue::kConsumerMaxRequestBatchExceeded,
                absl::StrCat(limits.max_request_batch));
  }
  return std::nullopt;
}

// CON-167 to CON-172
Refusal CheckFlowControlAcks(const ConsumerConfig& config) {
  if (config.ack_policy != AckPolicy::kFlowControl) return std::nullopt;
  if (IsPull(config)) return Make(catalogue::kAckFlowControlRequiresPush);
  if (!config.flow_control) {
    return Make(catalogue::kAckFlowControlRequiresFlowControl);
  }
  if (config.idle_heartbeat != kFlowControlHeartbeat) {
    return Make(catalogue::kStreamInvalidConfig,
                "flow control ack policy heartbeat needs to be 1s");
  }
  if (config.max_ack_pending <= 0) {
    return Make(catalogue::kAckFlowControlRequiresMaxAckPending);
  }
  if (config.ack_wait != absl::ZeroDuration() || !config.backoff.empty()) {
    return Make(catalogue::kAckFlowControlWithAckWait);
  }
  if (config.max_deliver > 0) {
    return Make(catalogue::kAckFlowControlWithMaxDeliver);
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
