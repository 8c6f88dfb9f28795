// WireJetStream: messages read directly, one or many (API-120 to API-135).

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/requests.h"
#include "shared/jetstream/wire_jetstream.h"
#include "shared/nats/reply_inbox.h"
#include "windtunnel/errors.h"
#include "windtunnel/subject.h"

namespace windtunnel::internal {

namespace {

// The headers that a direct get adds, STO-043 and STO-052.
constexpr std::array<absl::string_view, 6> kAdded = {
    "Nats-Stream",     "Nats-Subject",     "Nats-Sequence",
    "Nats-Time-Stamp", "Nats-Num-Pending", "Nats-Last-Sequence"};

std::optional<std::uint64_t> ReadNumber(const Headers& headers,
                                        absl::string_view name) {
  const std::vector<absl::string_view> values = headers.Values(name);
  std::uint64_t number = 0;
  if (values.empty() || !absl::SimpleAtoi(values.back(), &number)) {
    return std::nullopt;
  }
  return number;
}

absl::Status ReadStatus(const Headers& headers) {
  const std::string text =
      absl::StrCat(headers.status_code(), " ", headers.status_text());
  switch (headers.status_code()) {
    case 0:
      return absl::OkStatus();
    case 404:
      return absl::NotFoundError(text);
    case 408:
      return absl::InvalidArgumentError(text);
    case 412:
      return absl::FailedPreconditionError(text);
    case 413:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

// A message without a status. What was added stands after what is stored, which
// may have lines of the same names.
StoredMessage ReadMessage(Message answer) {
  StoredMessage message;
  const std::vector<Headers::Entry>& entries = answer.headers.entries();
  std::array<std::size_t, kAdded.size()> last;
  last.fill(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto added =
        std::find(kAdded.begin(), kAdded.end(), entries[i].first);
    if (added != kAdded.end()) last[added - kAdded.begin()] = i;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [name, value] = entries[i];
    if (std::find(last.begin(), last.end(), i) == last.end()) {
      message.headers.Add(name, value);
    } else if (name == "Nats-Subject") {
      message.subject = value;
    } else if (name == "Nats-Sequence") {
      if (!absl::SimpleAtoi(value, &message.sequence)) message.sequence = 0;
    } else if (name == "Nats-Time-Stamp") {
      std::string error;
      if (!absl::ParseTime(absl::RFC3339_full, value, &message.time, &error)) {
        message.time = absl::InfinitePast();
      }
    }
  }
  message.data = std::move(answer.data);
  return message;
}

api::MessageGetRequest ToApi(const GetMessagesRequest& request) {
  api::MessageGetRequest get;
  get.seq = request.seq;
  get.next_by_subj = request.next_by_subject;
  get.start_time = request.start_time;
  get.no_hdr = request.no_headers;
  get.batch = request.batch;
  get.max_bytes = request.max_bytes;
  get.multi_last = request.multi_last;
  get.up_to_seq = request.up_to_seq;
  get.up_to_time = request.up_to_time;
  return get;
}

absl::Status TooOld() {
  return absl::UnimplementedError(
      "the server does not read many messages at once: it is older than 2.11");
}

}  // namespace

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
  if (absl::Status s = ReadStatus(answer->headers); !s.ok()) return s;
  return ReadMessage(*std::move(answer));
}

absl::StatusOr<StoredMessages> WireJetStream::GetMessagesDirect(
    absl::string_view stream, const GetMessagesRequest& request,
    const CallOptions& options) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  const bool multi = !request.multi_last.empty();
  if (request.batch < 0 || request.max_bytes < 0 ||
      (request.batch == 0 && !multi)) {
    return absl::InvalidArgumentError(
        absl::StrCat("batch ", request.batch, ", max_bytes ", request.max_bytes,
                     ": negative, or no bound on the messages to read"));
  }
  absl::StatusOr<std::string> body = api::Encode(ToApi(request));
  if (!body.ok()) return body.status();
  Message ask =
      MakeRequest(absl::StrCat("DIRECT.GET.", stream), *std::move(body));
  ask.reply = connection_.NewInbox();
  absl::StatusOr<std::unique_ptr<ReplyInbox>> inbox =
      ReplyInbox::Open(connection_, ask.reply);
  if (!inbox.ok()) return inbox.status();
  const absl::Time deadline =
      connection_.runtime().Now() + options.timeout.value_or(options_.timeout);
  if (absl::Status s = connection_.Publish(ask); !s.ok()) return s;

  StoredMessages found;
  while (true) {
    absl::StatusOr<Message> answer =
        (*inbox)->Next(deadline, options.cancellation);
    if (!answer.ok()) return answer.status();
    if (absl::Status s = CheckForResponders(*answer); !s.ok()) return s;
    const Headers& headers = answer->headers;
    const std::uint64_t pending =
        ReadNumber(headers, "Nats-Num-Pending").value_or(0);
    if (headers.status_code() == 204) {
      found.remaining = pending;
      found.last_sequence =
          ReadNumber(headers, "Nats-Last-Sequence").value_or(0);
      found.up_to_sequence =
          ReadNumber(headers, "Nats-UpTo-Sequence").value_or(0);
      return found;
    }
    // With multi_last there is something to look for, if it is understood.
    if (headers.status_code() == 408 && multi &&
        headers.status_text() == "Empty Request") {
      return TooOld();
    }
    if (absl::Status s = ReadStatus(headers); !s.ok()) return s;
    if (!headers.empty()) {
      if (headers.Values("Nats-Num-Pending").empty()) return TooOld();
      found.num_pending.push_back(pending);
    }
    found.messages.push_back(ReadMessage(*std::move(answer)));
  }
}

}  // namespace windtunnel::internal
