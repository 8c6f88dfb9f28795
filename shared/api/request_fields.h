// The field tables of requests, and of the small answers.

#ifndef WINDTUNNEL_SHARED_API_REQUEST_FIELDS_H_
#define WINDTUNNEL_SHARED_API_REQUEST_FIELDS_H_

#include "shared/api/consumer_fields.h"
#include "shared/api/requests.h"
#include "shared/api/stream_fields.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::api {

template <>
inline constexpr const char* kGoName<StreamConfigRequest> =
    "StreamConfigRequest";
template <>
inline constexpr const char* kGoName<PageRequest> = "JSApiStreamNamesRequest";
template <>
inline constexpr const char* kGoName<StreamListRequest> =
    "JSApiStreamListRequest";
template <>
inline constexpr const char* kGoName<StreamInfoRequest> =
    "JSApiStreamInfoRequest";
template <>
inline constexpr const char* kGoName<PurgeRequest> = "JSApiStreamPurgeRequest";
template <>
inline constexpr const char* kGoName<MessageGetRequest> = "JSApiMsgGetRequest";
template <>
inline constexpr const char* kGoName<MessageDeleteRequest> =
    "JSApiMsgDeleteRequest";
template <>
inline constexpr const char* kGoName<ConsumerConfig> = "ConsumerConfig";
template <>
inline constexpr const char* kGoName<ConsumerCreateRequest> =
    "CreateConsumerRequest";
template <>
inline constexpr const char* kGoName<PauseRequest> =
    "JSApiConsumerPauseRequest";
template <>
inline constexpr const char* kGoName<UnpinRequest> =
    "JSApiConsumerUnpinRequest";
template <>
inline constexpr const char* kGoName<ResetRequest> =
    "JSApiConsumerResetRequest";

template <typename V, Like<StreamConfigRequest> T>
void VisitFields(V& v, T& request) {
  VisitFields(v, request.config);
  v.Visit({"pedantic", 11}, request.pedantic);
  v.Visit({.name = "template_owner", .until = 13}, request.template_owner);
}

template <typename V, Like<PageRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"offset", 9, Show::kWhenSet, "int"}, request.offset);
  v.Visit({"subject"}, request.subject);
}
template <typename V, Like<StreamListRequest> T>
void VisitFields(V& v, T& request) {
  using Page =
      std::conditional_t<std::is_const_v<T>, const PageRequest, PageRequest>;
  VisitFields(v, static_cast<Page&>(request));
}

template <typename V, Like<StreamInfoRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"offset", 9, Show::kWhenSet, "int"}, request.offset);
  v.Visit({"deleted_details"}, request.deleted_details);
  v.Visit({"subjects_filter"}, request.subjects_filter);
}

template <typename V, Like<PurgeRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"seq"}, request.seq);
  v.Visit({"filter"}, request.filter);
  v.Visit({"keep"}, request.keep);
}

template <typename V, Like<MessageGetRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"seq"}, request.seq);
  v.Visit({"last_by_subj"}, request.last_by_subj);
  v.Visit({"next_by_subj"}, request.next_by_subj);
  v.Visit({"batch", 11, Show::kWhenSet, "int"}, request.batch);
  v.Visit({"max_bytes", 11, Show::kWhenSet, "int"}, request.max_bytes);
  v.Visit({"start_time", 11}, request.start_time);
  v.Visit({"multi_last", 11}, request.multi_last);
  v.Visit({"up_to_seq", 11}, request.up_to_seq);
  v.Visit({"up_to_time", 11}, request.up_to_time);
  v.Visit({"no_hdr", 12}, request.no_hdr);
}

template <typename V, Like<MessageDeleteRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"seq", 9, Show::kAlways}, request.seq);
  v.Visit({"no_erase"}, request.no_erase);
}

template <typename V, Like<ConsumerCreateRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"stream_name"}, request.stream_name);
  v.Visit({"config"}, request.config);
  v.Visit({"action", 10}, request.action);
  v.Visit({"pedantic", 11}, request.pedantic);
}

template <typename V, Like<PauseRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"pause_until"}, request.pause_until);
}

template <typename V, Like<UnpinRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"group"}, request.group);
}

template <typename V, Like<ResetRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"seq"}, request.seq);
}

// API-169
template <typename V, Like<PauseState> T>
void VisitFields(V& v, T& state) {
  v.Visit({"paused", 9, Show::kAlways}, state.paused);
  v.Visit({"pause_until", 9, Show::kAlways}, state.pause_until);
  v.Visit({"pause_remaining"}, state.pause_remaining);
}

// API-051
template <typename V, Like<AccountLimits> T>
void VisitFields(V& v, T& limits) {
  v.Visit({"max_memory", 9, Show::kAlways}, limits.max_memory);
  v.Visit({"max_storage", 9, Show::kAlways}, limits.max_storage);
  v.Visit({"max_streams", 9, Show::kAlways}, limits.max_streams);
  v.Visit({"max_consumers", 9, Show::kAlways}, limits.max_consumers);
  v.Visit({"max_ack_pending", 9, Show::kAlways}, limits.max_ack_pending);
  v.Visit({"memory_max_stream_bytes", 9, Show::kAlways},
          limits.memory_max_stream_bytes);
  v.Visit({"storage_max_stream_bytes", 9, Show::kAlways},
          limits.storage_max_stream_bytes);
  v.Visit({"max_bytes_required", 9, Show::kAlways},
          limits.max_bytes_required);
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_REQUEST_FIELDS_H_
