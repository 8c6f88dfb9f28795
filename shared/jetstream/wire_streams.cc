// WireJetStream: streams and their messages.

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/answers.h"
#include "shared/api/requests.h"
#include "shared/jetstream/collect_pages.h"
#include "shared/jetstream/wire_jetstream.h"
#include "windtunnel/errors.h"
#include "windtunnel/subject.h"

namespace windtunnel::internal {

namespace {

// The message that a direct get answers with (API-120).
absl::StatusOr<StoredMessage> ReadDirectAnswer(Message answer) {
  Headers& headers = answer.headers;
  switch (headers.status_code()) {
    case 0:
      break;
    case 404:
      return absl::NotFoundError(
          absl::StrCat("404 ", headers.status_text()));
    case 408:
      return absl::InvalidArgumentError(
          absl::StrCat("408 ", headers.status_text()));
    default:
      return absl::UnavailableError(absl::StrCat(
          headers.status_code(), " ", headers.status_text()));
  }
  StoredMessage message;
  if (const auto subject = headers.Get("Nats-Subject")) {
    message.subject = std::string(*subject);
  }
  if (const auto sequence = headers.Get("Nats-Sequence")) {
    if (!absl::SimpleAtoi(*sequence, &message.sequence)) message.sequence = 0;
  }
  if (const auto stamp = headers.Get("Nats-Time-Stamp")) {
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, *stamp, &message.time, &error)) {
      message.time = absl::InfinitePast();
    }
  }
  for (const absl::string_view name :
       {"Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp"}) {
    headers.Remove(name);
  }
  message.headers = std::move(headers);
  message.data = std::move(answer.data);
  return message;
}

}  // namespace

absl::StatusOr<StreamInfo> WireJetStream::SendStreamConfig(
    absl::string_view verb, const StreamConfig& config,
    const ConfigOptions& options) {
  if (absl::Status s = CheckName("stream", config.name); !s.ok()) return s;
  absl::StatusOr<std::string> body = api::Encode(
      api::StreamConfigRequest{.config = config, .pedantic = options.pedantic});
  if (!body.ok()) return body.status();
  return Call(absl::StrCat("STREAM.", verb, ".", config.name),
              *std::move(body), options.timeout, options.cancellation,
              api::DecodeStreamInfo);
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

absl::StatusOr<StoredMessage> WireJetStream::GetMessageDirect(
    absl::string_view stream, const GetMessageRequest& request,
    const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  std::string function = absl::StrCat("DIRECT.GET.", stream);
  std::string body;
  // The short form carries nothing but the subject (API-121, API-122).
  const bool short_form = IsValidSubject(request.last_by_subject) &&
                          request.seq == 0 && request.next_by_subject.empty() &&
                          !request.start_time.has_value() &&
                          !request.no_headers;
  if (short_form) {
    absl::StrAppend(&function, ".", request.last_by_subject);
  } else {
    absl::StatusOr<std::string> encoded =
        api::Encode(api::ToMessageGetRequest(request));
    if (!encoded.ok()) return encoded.status();
    body = *std::move(encoded);
  }
  absl::StatusOr<Message> answer =
      Ask(function, std::move(body), options.timeout, options.cancellation);
  if (!answer.ok()) return answer.status();
  return ReadDirectAnswer(*std::move(answer));
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
