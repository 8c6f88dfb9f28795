// The field tables of consumers (CON-024 ff., INF-001) and pull requests.

#ifndef WINDTUNNEL_SHARED_API_CONSUMER_FIELDS_H_
#define WINDTUNNEL_SHARED_API_CONSUMER_FIELDS_H_

#include "shared/api/field.h"
#include "windtunnel/consumer.h"
#include "windtunnel/pull.h"

namespace windtunnel::api {

template <typename V, Like<ConsumerConfig> T>
void VisitFields(V& v, T& config) {
  v.Visit({"durable_name"}, config.durable_name);
  v.Visit({"name"}, config.name);
  v.Visit({"description"}, config.description);
  v.Visit({"deliver_policy", 9, Show::kAlways}, config.deliver_policy);
  v.Visit({"opt_start_seq"}, config.opt_start_seq);
  v.Visit({"opt_start_time"}, config.opt_start_time);
  v.Visit({"ack_policy", 9, Show::kAlways}, config.ack_policy);
  v.Visit({"ack_wait"}, config.ack_wait);
  v.Visit({"max_deliver", 9, Show::kAlways, "int"}, config.max_deliver);
  v.Visit({"backoff"}, config.backoff);
  v.Visit({"filter_subject"}, config.filter_subject);
  v.Visit({"filter_subjects", 10}, config.filter_subjects);
  v.Visit({"replay_policy", 9, Show::kAlways}, config.replay_policy);
  v.Visit({"rate_limit_bps"}, config.rate_limit_bps);
  v.Visit({"sample_freq"}, config.sample_freq);
  v.Visit({"max_waiting", 9, Show::kWhenSet, "int"}, config.max_waiting);
  v.Visit({"max_ack_pending", 9, Show::kWhenSet, "int"},
          config.max_ack_pending);
  v.Visit({"flow_control"}, config.flow_control);
  v.Visit({"headers_only"}, config.headers_only);
  v.Visit({"max_batch", 9, Show::kWhenSet, "int"}, config.max_batch);
  v.Visit({"max_expires"}, config.max_expires);
  v.Visit({"max_bytes", 9, Show::kWhenSet, "int"}, config.max_bytes);
  v.Visit({"deliver_subject"}, config.deliver_subject);
  v.Visit({"deliver_group"}, config.deliver_group);
  v.Visit({"idle_heartbeat"}, config.idle_heartbeat);
  v.Visit({"inactive_threshold"}, config.inactive_threshold);
  v.Visit({"num_replicas", 9, Show::kAlways, "int"}, config.num_replicas);
  v.Visit({"mem_storage"}, config.mem_storage);
  v.Visit({"direct"}, config.direct);
  v.Visit({"sourcing", 14}, config.sourcing);
  v.Visit({"metadata", 10}, config.metadata);
  v.Visit({"pause_until", 11}, config.pause_until);
  v.Visit({"priority_groups", 11}, config.priority_groups);
  v.Visit({"priority_policy", 11}, config.priority_policy);
  v.Visit({"priority_timeout", 11}, config.priority_timeout);
}

template <typename V, Like<SequencePair> T>
void VisitFields(V& v, T& pair) {
  v.Visit({"consumer_seq", 9, Show::kAlways}, pair.consumer_seq);
  v.Visit({"stream_seq", 9, Show::kAlways}, pair.stream_seq);
  v.Visit({"last_active"}, pair.last_active);
}

// INF-010
template <typename V, Like<PriorityGroupState> T>
void VisitFields(V& v, T& state) {
  v.Visit({"group", 9, Show::kAlways}, state.group);
  v.Visit({"pinned_client_id"}, state.pinned_client_id);
  v.Visit({"pinned_ts", 9, Show::kAlways}, state.pinned_ts);
}

template <typename V, Like<ConsumerInfo> T>
void VisitFields(V& v, T& info) {
  v.Visit({"stream_name", 9, Show::kAlways}, info.stream_name);
  v.Visit({"name", 9, Show::kAlways}, info.name);
  v.Visit({"created", 9, Show::kAlways}, info.created);
  v.Visit({"config", 9, Show::kAlways}, info.config);
  v.Visit({"delivered", 9, Show::kAlways}, info.delivered);
  v.Visit({"ack_floor", 9, Show::kAlways}, info.ack_floor);
  v.Visit({"num_ack_pending", 9, Show::kAlways}, info.num_ack_pending);
  v.Visit({"num_redelivered", 9, Show::kAlways}, info.num_redelivered);
  v.Visit({"num_waiting", 9, Show::kAlways}, info.num_waiting);
  v.Visit({"num_pending", 9, Show::kAlways}, info.num_pending);
  v.Visit({"push_bound"}, info.push_bound);
  v.Visit({"paused", 11}, info.paused);
  v.Visit({"pause_remaining", 11}, info.pause_remaining);
  v.Visit({"ts", 10}, info.ts);
  v.Visit({"priority_groups", 11}, info.priority_groups);
}

// PUL-006
template <typename V, Like<PullRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"expires"}, request.expires);
  v.Visit({"batch", 9, Show::kWhenSet, "int"}, request.batch);
  v.Visit({"max_bytes", 9, Show::kWhenSet, "int"}, request.max_bytes);
  v.Visit({"no_wait"}, request.no_wait);
  v.Visit({"idle_heartbeat"}, request.idle_heartbeat);
  v.Visit({"group", 11}, request.group);
  v.Visit({"min_pending", 11}, request.min_pending);
  v.Visit({"min_ack_pending", 11}, request.min_ack_pending);
  v.Visit({"id", 11}, request.id);
  v.Visit({"priority", 12, Show::kWhenSet, "int"}, request.priority);
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_CONSUMER_FIELDS_H_
