#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/stream_config.h"
#include "simulator/broker/stream_config_rules.h"

namespace windtunnel::broker {

namespace {

// STR-094, STR-095.
Refusal CheckMirrorUpdate(const Profile& profile, const StreamConfig& from,
                          const StreamConfig& to) {
  const bool promoted = profile.mirror_is_promotable && !to.mirror;
  if (promoted || to.mirror == from.mirror) return std::nullopt;
  return catalogue::Make(catalogue::kMirrorConfigImmutable);
}

// STR-089 to STR-092.
Refusal CheckFeatureUpdate(const StreamConfig& from, const StreamConfig& to) {
  if (from.allow_msg_ttl && !to.allow_msg_ttl) {
    return InvalidStreamConfig("message TTL status can not be disabled");
  }
  if (from.allow_msg_counter != to.allow_msg_counter) {
    return InvalidStreamConfig(
        "stream configuration update can not change message counter setting");
  }
  if (from.allow_msg_schedules && !to.allow_msg_schedules) {
    return InvalidStreamConfig("message schedules can not be disabled");
  }
  if (from.persist_mode != to.persist_mode) {
    return InvalidStreamConfig(
        "stream configuration update can not change persist mode");
  }
  return std::nullopt;
}

}  // namespace

std::optional<JetStreamError> CheckStreamUpdate(const Profile& profile,
                                                const StreamConfig& from,
                                                bool owned_by_template,
                                                StreamConfig& to) {
  const auto can_not = [](absl::string_view what) {
    return InvalidStreamConfig(
        absl::StrCat("stream configuration update can not ", what));
  };
  if (profile.refuses_replicas_update && to.num_replicas > 1) {
    return catalogue::Make(catalogue::kReplicasNotSupported);
  }
  if (!profile.max_consumers_updatable &&
      to.max_consumers != from.max_consumers) {
    return can_not("change MaxConsumers");
  }
  if (to.storage != from.storage) return can_not("change storage type");
  if (to.retention != from.retention) {
    if (profile.refuses_limits_update) {
      return can_not("change retention policy");
    }
    if (to.retention == Retention::kWorkQueue ||
        from.retention == Retention::kWorkQueue) {
      return can_not("change retention policy to/from workqueue");
    }
  }
  if (owned_by_template) return can_not("be owned by a template");
  if (from.sealed && !to.sealed) return can_not("unseal a sealed stream");
  if (from.deny_delete && !to.deny_delete) {
    return can_not("cancel deny message deletes");
  }
  if (from.deny_purge && !to.deny_purge) return can_not("cancel deny purge");
  if (Refusal refusal = CheckMirrorUpdate(profile, from, to)) return refusal;
  if (!profile.republish_updatable && to.republish != from.republish) {
    return can_not("change RePublish");
  }
  if (Refusal refusal = CheckFeatureUpdate(from, to)) return refusal;
  if (to.sealed) {
    to.max_age = absl::ZeroDuration();
    to.discard = Discard::kNew;
    to.deny_delete = true;
    to.deny_purge = true;
    to.allow_rollup_hdrs = false;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
