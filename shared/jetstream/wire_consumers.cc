// WireJetStream: consumers.

#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/api/answers.h"
#include "shared/api/requests.h"
#include "shared/jetstream/collect_pages.h"
#include "shared/jetstream/wire_jetstream.h"
#include "windtunnel/subject.h"

namespace windtunnel::internal {

namespace {

absl::StatusOr<std::string> ConsumerSubject(absl::string_view verb,
                                            absl::string_view stream,
                                            absl::string_view consumer) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  if (absl::Status s = CheckName("consumer", consumer); !s.ok()) return s;
  return absl::StrCat("CONSUMER.", verb, ".", stream, ".", consumer);
}

}  // namespace

absl::StatusOr<std::string> ConsumerCreateSubject(
    absl::string_view stream, const ConsumerConfig& config) {
  const std::string& name =
      config.name.empty() ? config.durable_name : config.name;
  if (name.empty()) {
    if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
    return absl::StrCat("CONSUMER.CREATE.", stream);
  }
  absl::StatusOr<std::string> subject = ConsumerSubject("CREATE", stream, name);
  if (!subject.ok()) return subject;
  if (config.filter_subjects.empty() && IsValidSubject(config.filter_subject)) {
    absl::StrAppend(&*subject, ".", config.filter_subject);
  }
  return subject;
}

absl::StatusOr<ConsumerInfo> WireJetStream::SendConsumerConfig(
    absl::string_view stream, const ConsumerConfig& config,
    api::ConsumerAction action, const ConfigOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerCreateSubject(stream, config);
  if (!subject.ok()) return subject.status();
  api::ConsumerCreateRequest request;
  request.stream_name = std::string(stream);
  request.config = config;
  request.action = action;
  request.pedantic = options.pedantic;
  absl::StatusOr<std::string> body = api::Encode(request);
  if (!body.ok()) return body.status();
  return Call(*subject, *std::move(body), options.timeout, options.cancellation,
              api::DecodeConsumerInfo);
}

absl::StatusOr<ConsumerInfo> WireJetStream::CreateConsumer(
    absl::string_view stream, const ConsumerConfig& config,
    const ConfigOptions& options) {
  return SendConsumerConfig(stream, config, api::ConsumerAction::kCreate,
                            options);
}

absl::StatusOr<ConsumerInfo> WireJetStream::UpdateConsumer(
    absl::string_view stream, const ConsumerConfig& config,
    const ConfigOptions& options) {
  return SendConsumerConfig(stream, config, api::ConsumerAction::kUpdate,
                            options);
}

absl::StatusOr<ConsumerInfo> WireJetStream::CreateOrUpdateConsumer(
    absl::string_view stream, const ConsumerConfig& config,
    const ConfigOptions& options) {
  return SendConsumerConfig(stream, config,
                            api::ConsumerAction::kCreateOrUpdate, options);
}

absl::Status WireJetStream::DeleteConsumer(absl::string_view stream,
                                           absl::string_view consumer,
                                           const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("DELETE", stream, consumer);
  if (!subject.ok()) return subject.status();
  return Call(*subject, "", options.timeout, options.cancellation,
              api::DecodeSuccess);
}

absl::StatusOr<ConsumerInfo> WireJetStream::GetConsumerInfo(
    absl::string_view stream, absl::string_view consumer,
    const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("INFO", stream, consumer);
  if (!subject.ok()) return subject.status();
  return Call(*subject, "", options.timeout, options.cancellation,
              api::DecodeConsumerInfo);
}

absl::StatusOr<std::vector<std::string>> WireJetStream::ConsumerNames(
    absl::string_view stream, const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  return CollectPages<std::string>([&](std::size_t offset) {
    api::PageRequest request;
    request.offset = static_cast<std::int64_t>(offset);
    return Call(absl::StrCat("CONSUMER.NAMES.", stream), api::Encode(request),
                options.timeout, options.cancellation, api::DecodeConsumerNames);
  });
}

absl::StatusOr<std::vector<ConsumerInfo>> WireJetStream::ListConsumers(
    absl::string_view stream, const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  return CollectPages<ConsumerInfo>([&](std::size_t offset) {
    api::PageRequest request;
    request.offset = static_cast<std::int64_t>(offset);
    return Call(absl::StrCat("CONSUMER.LIST.", stream), api::Encode(request),
                options.timeout, options.cancellation, api::DecodeConsumerList);
  });
}

absl::StatusOr<PauseState> WireJetStream::PauseConsumer(
    absl::string_view stream, absl::string_view consumer, absl::Time until,
    const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("PAUSE", stream, consumer);
  if (!subject.ok()) return subject.status();
  absl::StatusOr<std::string> body =
      api::Encode(api::PauseRequest{.pause_until = until});
  if (!body.ok()) return body.status();
  return Call(*subject, *std::move(body), options.timeout, options.cancellation,
              api::DecodePause);
}

absl::StatusOr<PauseState> WireJetStream::ResumeConsumer(
    absl::string_view stream, absl::string_view consumer,
    const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("PAUSE", stream, consumer);
  if (!subject.ok()) return subject.status();
  // No time means: go on (API-169).
  return Call(*subject, "", options.timeout, options.cancellation,
              api::DecodePause);
}

absl::Status WireJetStream::UnpinConsumer(absl::string_view stream,
                                          absl::string_view consumer,
                                          absl::string_view group,
                                          const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("UNPIN", stream, consumer);
  if (!subject.ok()) return subject.status();
  return Call(*subject,
              api::Encode(api::UnpinRequest{.group = std::string(group)}),
              options.timeout, options.cancellation, api::DecodeSuccess);
}

absl::StatusOr<ConsumerInfo> WireJetStream::ResetConsumer(
    absl::string_view stream, absl::string_view consumer, std::uint64_t seq,
    const CallOptions& options) {
  absl::StatusOr<std::string> subject =
      ConsumerSubject("RESET", stream, consumer);
  if (!subject.ok()) return subject.status();
  return Call(*subject, api::Encode(api::ResetRequest{.seq = seq}),
              options.timeout, options.cancellation, api::DecodeConsumerInfo);
}

}  // namespace windtunnel::internal
