// WireJetStream: streams and their messages.

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/api/answers.h"
#include "shared/api/requests.h"
#include "shared/jetstream/collect_pages.h"
#include "shared/jetstream/wire_jetstream.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

absl::StatusOr<StreamInfo> WireJetStream::SendStreamConfig(
    absl::string_view verb, const StreamConfig& config,
    const ConfigOptions& options) {
  if (absl::Status s = CheckName("stream", config.name); !s.ok()) return s;
  absl::StatusOr<std::string> body = api::Encode(
      api::StreamConfigRequest{.config = config, .pedantic = options.pedantic});
  if (!body.ok()) return body.status();
  return Call(absl::StrCat("STREAM.", verb, ".", config.name), *std::move(body),
              options.timeout, options.cancellation, api::DecodeStreamInfo);
}

absl::StatusOr<StreamInfo> WireJetStream::CreateStream(
    const StreamConfig& config, const ConfigOptions& options) {
  return SendStreamConfig("CREATE", config, options);
}

absl::StatusOr<StreamInfo> WireJetStream::UpdateStream(
    const StreamConfig& config, const ConfigOptions& options) {
  return SendStreamConfig("UPDATE", config, options);
}

absl::StatusOr<StreamInfo> WireJetStream::CreateOrUpdateStream(
    const StreamConfig& config, const ConfigOptions& options) {
  absl::StatusOr<StreamInfo> updated = UpdateStream(config, options);
  if (updated.ok()) return updated;
  const auto error = GetJetStreamError(updated.status());
  if (!error.has_value() || error->err_code != kStreamNotFound) return updated;
  return CreateStream(config, options);
}

absl::Status WireJetStream::DeleteStream(absl::string_view stream,
                                         const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  return Call(absl::StrCat("STREAM.DELETE.", stream), "", options.timeout,
              options.cancellation, api::DecodeSuccess);
}

absl::StatusOr<StreamInfo> WireJetStream::GetStreamInfo(
    absl::string_view stream, const StreamInfoOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  // A negative offset takes old servers down (API-032).
  if (options.offset > std::numeric_limits<std::int64_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("offset ", options.offset, " is out of range"));
  }
  api::StreamInfoRequest request;
  request.deleted_details = options.deleted_details;
  request.subjects_filter = options.subjects_filter;
  request.offset = static_cast<std::int64_t>(options.offset);
  const bool plain = !options.deleted_details &&
                     options.subjects_filter.empty() && options.offset == 0;
  return Call(absl::StrCat("STREAM.INFO.", stream),
              plain ? std::string() : api::Encode(request), options.timeout,
              options.cancellation, api::DecodeStreamInfo);
}

absl::StatusOr<std::vector<std::string>> WireJetStream::StreamNames(
    const ListStreamsOptions& options) {
  return CollectPages<std::string>([&](std::size_t offset) {
    api::PageRequest request;
    request.subject = options.subject;
    request.offset = static_cast<std::int64_t>(offset);
    return Call("STREAM.NAMES", api::Encode(request), options.timeout,
                options.cancellation, api::DecodeStreamNames);
  });
}

absl::StatusOr<std::vector<StreamInfo>> WireJetStream::ListStreams(
    const ListStreamsOptions& options) {
  return CollectPages<StreamInfo>([&](std::size_t offset) {
    api::PageRequest request;
    request.subject = options.subject;
    request.offset = static_cast<std::int64_t>(offset);
    return Call("STREAM.LIST", api::Encode(request), options.timeout,
                options.cancellation, api::DecodeStreamList);
  });
}

absl::StatusOr<std::uint64_t> WireJetStream::PurgeStream(
    absl::string_view stream, const PurgeOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  api::PurgeRequest request;
  request.filter = options.filter;
  request.seq = options.seq;
  request.keep = options.keep;
  return Call(absl::StrCat("STREAM.PURGE.", stream), api::Encode(request),
              options.timeout, options.cancellation, api::DecodePurge);
}

absl::StatusOr<StoredMessage> WireJetStream::GetMessage(
    absl::string_view stream, const GetMessageRequest& request,
    const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  absl::StatusOr<std::string> body =
      api::Encode(api::ToMessageGetRequest(request));
  if (!body.ok()) return body.status();
  return Call(absl::StrCat("STREAM.MSG.GET.", stream), *std::move(body),
              options.timeout, options.cancellation, api::DecodeMessageGet);
}

absl::Status WireJetStream::DeleteMessage(absl::string_view stream,
                                          std::uint64_t sequence,
                                          const DeleteMessageOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  api::MessageDeleteRequest request;
  request.seq = sequence;
  request.no_erase = !options.erase;
  return Call(absl::StrCat("STREAM.MSG.DELETE.", stream), api::Encode(request),
              options.timeout, options.cancellation, api::DecodeSuccess);
}

}  // namespace windtunnel::internal
