// The field tables of streams (STR-013, STR-014).

#ifndef WINDTUNNEL_SHARED_API_STREAM_FIELDS_H_
#define WINDTUNNEL_SHARED_API_STREAM_FIELDS_H_

#include <optional>
#include <type_traits>

#include "absl/time/time.h"
#include "shared/api/field.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::api {

template <>
inline constexpr const char* kGoName<Placement> = "Placement";
template <>
inline constexpr const char* kGoName<SubjectTransform> =
    "SubjectTransformConfig";
template <>
inline constexpr const char* kGoName<Republish> = "RePublish";
template <>
inline constexpr const char* kGoName<ExternalStream> = "ExternalStream";
template <>
inline constexpr const char* kGoName<StreamSource> = "StreamSource";
template <>
inline constexpr const char* kGoName<StreamSourceConsumer> =
    "StreamConsumerSource";
template <>
inline constexpr const char* kGoName<StreamConsumerLimits> =
    "StreamConsumerLimits";

template <typename V, Like<JetStreamError> T>
void VisitFields(V& v, T& error) {
  v.Visit({"code", 9, Show::kAlways, "int"}, error.code);
  v.Visit({"err_code", 9, Show::kWhenSet, "uint16"}, error.err_code);
  v.Visit({"description"}, error.description);
}

template <typename V, Like<Placement> T>
void VisitFields(V& v, T& placement) {
  v.Visit({"cluster"}, placement.cluster);
  v.Visit({"tags"}, placement.tags);
  v.Visit({"preferred", 11}, placement.preferred);
}

template <typename V, Like<SubjectTransform> T>
void VisitFields(V& v, T& transform) {
  v.Visit({"src", 9, Show::kAlways}, transform.src);
  v.Visit({"dest", 9, Show::kAlways}, transform.dest);
}

template <typename V, Like<Republish> T>
void VisitFields(V& v, T& republish) {
  v.Visit({"src"}, republish.src);
  v.Visit({"dest", 9, Show::kAlways}, republish.dest);
  v.Visit({"headers_only"}, republish.headers_only);
}

template <typename V, Like<ExternalStream> T>
void VisitFields(V& v, T& external) {
  v.Visit({"api", 9, Show::kAlways}, external.api);
  v.Visit({"deliver", 9, Show::kAlways}, external.deliver);
}

template <typename V, Like<StreamSourceConsumer> T>
void VisitFields(V& v, T& consumer) {
  v.Visit({"name"}, consumer.name);
  v.Visit({"deliver_subject"}, consumer.deliver_subject);
}

// `domain` is no field of the server's: requests carry it as `external`.
template <typename V, Like<StreamSource> T>
void VisitFields(V& v, T& source) {
  v.Visit({"name", 9, Show::kAlways}, source.name);
  v.Visit({"opt_start_seq"}, source.opt_start_seq);
  v.Visit({"opt_start_time"}, source.opt_start_time);
  v.Visit({"filter_subject"}, source.filter_subject);
  v.Visit({"subject_transforms", 10}, source.subject_transforms);
  v.Visit({"external"}, source.external);
  v.Visit({"consumer", 14}, source.consumer);
}

template <typename V, Like<StreamConsumerLimits> T>
void VisitFields(V& v, T& limits) {
  v.Visit({"inactive_threshold"}, limits.inactive_threshold);
  v.Visit({"max_ack_pending", 9, Show::kWhenSet, "int"},
          limits.max_ack_pending);
}

template <typename V, Like<StreamConfig> T>
void VisitFields(V& v, T& config) {
  v.Visit({"name", 9, Show::kAlways}, config.name);
  v.Visit({"description"}, config.description);
  v.Visit({"subjects"}, config.subjects);
  v.Visit({"retention", 9, Show::kAlways}, config.retention);
  v.Visit({"max_consumers", 9, Show::kAlways, "int"}, config.max_consumers);
  v.Visit({"max_msgs", 9, Show::kAlways}, config.max_msgs);
  v.Visit({"max_bytes", 9, Show::kAlways}, config.max_bytes);
  v.Visit({"max_age", 9, Show::kAlways}, config.max_age);
  v.Visit({"max_msgs_per_subject", 9, Show::kAlways},
          config.max_msgs_per_subject);
  v.Visit({"max_msg_size", 9, Show::kWhenSet, "int32"}, config.max_msg_size);
  v.Visit({"discard", 9, Show::kAlways}, config.discard);
  v.Visit({"storage", 9, Show::kAlways}, config.storage);
  v.Visit({"num_replicas", 9, Show::kAlways, "int"}, config.num_replicas);
  v.Visit({"no_ack"}, config.no_ack);
  v.Visit({"duplicate_window"}, config.duplicate_window);
  v.Visit({"placement"}, config.placement);
  v.Visit({"mirror"}, config.mirror);
  v.Visit({"sources"}, config.sources);
  v.Visit({"compression", 10, Show::kAlways}, config.compression);
  v.Visit({"first_seq", 10}, config.first_seq);
  v.Visit({"subject_transform", 10}, config.subject_transform);
  v.Visit({"republish"}, config.republish);
  v.Visit({"allow_direct", 9, Show::kAlways}, config.allow_direct);
  v.Visit({"mirror_direct", 9, Show::kAlways}, config.mirror_direct);
  v.Visit({"discard_new_per_subject"}, config.discard_new_per_subject);
  v.Visit({"sealed", 9, Show::kAlways}, config.sealed);
  v.Visit({"deny_delete", 9, Show::kAlways}, config.deny_delete);
  v.Visit({"deny_purge", 9, Show::kAlways}, config.deny_purge);
  v.Visit({"allow_rollup_hdrs", 9, Show::kAlways}, config.allow_rollup_hdrs);
  v.Visit({"consumer_limits", 10, Show::kAlways}, config.consumer_limits);
  v.Visit({"allow_msg_ttl", 11, Show::kAlways}, config.allow_msg_ttl);
  v.Visit({"subject_delete_marker_ttl", 11}, config.subject_delete_marker_ttl);
  v.Visit({"allow_msg_counter", 12}, config.allow_msg_counter);
  v.Visit({"allow_atomic", 12}, config.allow_atomic);
  v.Visit({"allow_msg_schedules", 12}, config.allow_msg_schedules);
  v.Visit({"persist_mode", 12}, config.persist_mode);
  v.Visit({"allow_batched", 14}, config.allow_batched);
  v.Visit({"metadata", 10}, config.metadata);
}

// STR-115
template <typename V, Like<StreamState> T>
void VisitFields(V& v, T& state) {
  v.Visit({"messages", 9, Show::kAlways}, state.messages);
  v.Visit({"bytes", 9, Show::kAlways}, state.bytes);
  v.Visit({"first_seq", 9, Show::kAlways}, state.first_seq);
  v.Visit({"first_ts", 9, Show::kAlways}, state.first_ts);
  v.Visit({"last_seq", 9, Show::kAlways}, state.last_seq);
  v.Visit({"last_ts", 9, Show::kAlways}, state.last_ts);
  v.Visit({"num_subjects"}, state.num_subjects);
  v.Visit({"subjects"}, state.subjects);
  v.Visit({"num_deleted"}, state.num_deleted);
  v.Visit({"deleted"}, state.deleted);
  v.Visit({"consumer_count", 9, Show::kAlways}, state.consumer_count);
}

// SRC-039, SRC-059
template <typename V, Like<StreamSourceInfo> T>
void VisitFields(V& v, T& info) {
  v.Visit({"name", 9, Show::kAlways}, info.name);
  v.Visit({"external"}, info.external);
  v.Visit({"lag", 9, Show::kAlways}, info.lag);
  v.Visit({"active", 9, Show::kAlways}, info.active);
  v.Visit({"seq", 15}, info.seq);
  v.Visit({"filter_subject", 10}, info.filter_subject);
  v.Visit({"subject_transforms", 10}, info.subject_transforms);
  std::optional<JetStreamError> error;
  if (info.error_code != 0) {
    error = {info.error_code, info.error_err_code, info.error_description};
  }
  v.Visit({"error"}, error);
  if constexpr (!std::is_const_v<T>) {
    // The server writes -1 where it never had contact.
    if (info.active < absl::ZeroDuration()) {
      info.active = absl::InfiniteDuration();
    }
    if (error.has_value()) {
      info.error_code = error->code;
      info.error_err_code = error->err_code;
      info.error_description = error->description;
    }
  }
}

// Without the domain, the cluster and the paging, which depend on the call.
template <typename V, Like<StreamInfo> T>
void VisitFields(V& v, T& info) {
  v.Visit({"config", 9, Show::kAlways}, info.config);
  v.Visit({"created", 9, Show::kAlways}, info.created);
  v.Visit({"state", 9, Show::kAlways}, info.state);
  v.Visit({"mirror"}, info.mirror);
  v.Visit({"sources"}, info.sources);
  v.Visit({"ts", 10}, info.ts);
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_STREAM_FIELDS_H_
