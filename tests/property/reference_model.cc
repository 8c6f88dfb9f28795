#include "tests/property/reference_model.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace windtunnel::conform {

std::string Named(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"@", kModelName}});
}

std::string AckSubject(const std::vector<std::string>& acks,
                       const Action& action) {
  if (acks.empty()) return "";
  const std::size_t pick = static_cast<std::size_t>(action.pick) % acks.size();
  const std::string& subject = acks[acks.size() - 1 - pick];
  if (action.token == 0) return subject;
  std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  std::string& token =
      tokens[tokens.size() - static_cast<std::size_t>(action.token)];
  std::int64_t number = 0;
  if (absl::SimpleAtoi(token, &number)) {
    token = absl::StrCat(std::max<std::int64_t>(number + action.change, 1));
  }
  return absl::StrJoin(tokens, ".");
}

Observation ReferenceModel::Do(const Action& action) {
  said_.clear();
  switch (action.kind) {
    case Action::Kind::kAdvance:
      Advance(now_ + absl::ToInt64Nanoseconds(action.duration));
      break;
    case Action::Kind::kSettle:
      if (const std::string subject = AckSubject(acks_, action);
          !subject.empty()) {
        Settle(subject, Named(action.reply), Named(action.body));
      }
      break;
    case Action::Kind::kRequest:
    case Action::Kind::kSend: {
      HeaderLines headers;
      for (const auto& [name, value] : action.headers) {
        headers.emplace_back(name, Named(value));
      }
      const bool asks = action.kind == Action::Kind::kRequest;
      Message(Named(action.subject), asks ? kAnswers : Named(action.reply),
              headers, Named(action.body));
      break;
    }
    default:
      break;  // Its programs have no others.
  }
  Observation seen;
  for (auto& [inbox, words] : said_) {
    for (std::string& one : words) {
      const std::size_t ack = one.rfind(" -> $JS.ACK.");
      if (ack != std::string::npos) acks_.push_back(one.substr(ack + 4));
      seen.push_back({inbox, std::move(one)});
    }
  }
  return seen;
}

void ReferenceModel::Say(const std::string& inbox, const std::string& words) {
  if (!inbox.empty()) said_[inbox].push_back(words);
}

Nanos ReferenceModel::NextDue() const {
  Nanos due = kNever;
  for (const auto& [name, hosted] : streams_) {
    due = std::min(due, hosted.stream->NextDue());
    for (const auto& [consumer_name, consumer] : hosted.consumers) {
      due = std::min(due, consumer->NextDue());
    }
  }
  return due;
}

void ReferenceModel::Advance(Nanos until) {
  for (Nanos due = NextDue(); due <= until; due = NextDue()) {
    now_ = std::max(now_, due);
    for (auto& [name, hosted] : streams_) {
      if (hosted.stream->NextDue() <= now_) hosted.stream->RunDue();
      for (auto& [consumer_name, consumer] : hosted.consumers) {
        if (consumer->NextDue() <= now_) consumer->RunDue();
      }
    }
  }
  now_ = until;
}

void ReferenceModel::Message(const std::string& subject,
                             const std::string& reply,
                             const HeaderLines& headers,
                             const std::string& body) {
  const std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  if (absl::StartsWith(subject, "$JS.API.CONSUMER.MSG.NEXT.")) {  // PUL-001.
    const auto hosted = streams_.find(tokens[5]);
    if (hosted != streams_.end() &&
        hosted->second.consumers.count(tokens[6]) > 0) {
      if (!reply.empty())
        hosted->second.consumers[tokens[6]]->Pull(reply, body);
      return;
    }
  } else if (absl::StartsWith(subject, "$JS.API.DIRECT.GET.")) {
    const auto hosted = streams_.find(tokens[4]);
    if (hosted != streams_.end() &&
        hosted->second.stream->config().allow_direct) {
      return DirectGet(hosted->second, tokens, reply, body);
    }
  } else if (absl::StartsWith(subject, "$JS.API.")) {
    return Say(reply, Api(tokens, body));
  } else {
    for (auto& [name, hosted] : streams_) {
      if (!hosted.stream->Captures(subject)) continue;
      const std::string ack = hosted.stream->Publish(subject, headers, body);
      if (!hosted.stream->config().no_ack)
        Say(reply, ack);  // PUB-001, PUB-007.
      return;
    }
  }
  // PUB-008, PUL-002, STO-044.
  Say(reply, absl::StrCat("[503 ; Nats-Subject: ", subject, "]"));
}

void ReferenceModel::Settle(const std::string& subject,
                            const std::string& reply, const std::string& body) {
  const std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  const auto hosted = streams_.find(tokens[2]);
  if (hosted != streams_.end()) {
    const auto consumer = hosted->second.consumers.find(tokens[3]);
    if (consumer != hosted->second.consumers.end() &&
        consumer->second->config().ack_policy != "none") {  // ACK-015.
      ReferenceConsumer::Tokens numbers;
      (void)absl::SimpleAtoi(tokens[4], &numbers.tries);
      (void)absl::SimpleAtoi(tokens[5], &numbers.stream);
      (void)absl::SimpleAtoi(tokens[6], &numbers.consumer);
      return consumer->second->Settle(numbers, body, reply);
    }
  }
  Say(reply, absl::StrCat("[503 ; Nats-Subject: ", subject, "]"));  // ACK-014.
}

ReferenceStream::Listener ReferenceModel::StreamListener(
    const std::string& name) {
  const auto each = [this, name](auto&& call) {
    for (auto& [consumer_name, consumer] : streams_[name].consumers)
      call(*consumer);
  };
  return {
      .stored =
          [each](const ReferenceMessage& message) {
            each(
                [&](ReferenceConsumer& consumer) { consumer.Stored(message); });
          },
      .ready =
          [each](const ReferenceMessage& message) {
            each([&](ReferenceConsumer& consumer) { consumer.Ready(message); });
          },
      .removed =
          [each](const ReferenceMessage& message) {
            each([&](ReferenceConsumer& consumer) {
              consumer.Removed(message);
            });
          },
      .some_purged =
          [each] {
            each([](ReferenceConsumer& consumer) { consumer.Recount(); });
          },
      .one_purged =
          [each](const ReferenceMessage& message, const std::string& heard) {
            each([&](ReferenceConsumer& consumer) {
              consumer.OnePurged(message, heard);
            });
          },
      .purged =
          [each](const std::string& filter) {
            each([&](ReferenceConsumer& consumer) { consumer.Purged(filter); });
          },
      .done =
          [each] {
            each([](ReferenceConsumer& consumer) { consumer.Done(); });
          },
      .known = [this](const std::string& why) { known_ = why; },
      .wanted =
          [each](const std::string& subject) {
            bool wanted = false;
            each([&](ReferenceConsumer& consumer) {
              if (consumer.Hears(subject)) wanted = true;
            });
            return wanted;
          }};
}

// STO-104, STO-111.
void ReferenceModel::Released(Hosted& hosted, Sequence sequence) {
  if (hosted.stream->config().retention == "limits") return;
  const ReferenceMessage* message = hosted.stream->Find(sequence);
  if (message == nullptr) return;
  for (const auto& [name, consumer] : hosted.consumers) {
    if (consumer->Needs(*message)) return;
  }
  hosted.stream->Remove(sequence);
}

// STO-109, STO-110.
void ReferenceModel::DropAcknowledged(Hosted& hosted) {
  if (hosted.consumers.empty() && !hosted.stream->messages().empty()) {
    hosted.stream->Purge("", 0, 0);
  }
  const std::vector<ReferenceMessage> all = hosted.stream->messages();
  for (const ReferenceMessage& message : all) {
    for (const auto& [name, consumer] : hosted.consumers) {
      if (!consumer->Wants(message.subject)) continue;
      Released(hosted, message.sequence);
      break;
    }
  }
}

// STO-107, CON-113: what no consumer needs any more.
void ReferenceModel::DropUnwanted(Hosted& hosted) {
  if (hosted.stream->config().retention != "interest") return;
  const std::vector<ReferenceMessage> all = hosted.stream->messages();
  for (const ReferenceMessage& message : all)
    Released(hosted, message.sequence);
}

std::string ReferenceModel::StreamInfo(const Hosted& hosted) const {
  return absl::StrCat(
      ToJson(hosted.stream->config()).dump(), " ",
      hosted.stream->StateInWords(static_cast<int>(hosted.consumers.size())));
}

Observation ReferenceModel::Final() {
  Observation seen;
  for (auto& [name, hosted] : streams_) {
    seen.push_back({absl::StrCat("stream ", name), StreamInfo(hosted)});
    for (auto& [consumer_name, consumer] : hosted.consumers) {
      seen.push_back({absl::StrCat("consumer ", consumer_name),
                      absl::StrCat(ToJson(consumer->config()).dump(), " ",
                                   consumer->InfoInWords())});
    }
    for (const ReferenceMessage& message : hosted.stream->messages()) {
      seen.push_back({absl::StrCat("message ", name, " ", message.sequence),
                      Get(hosted, {{"seq", message.sequence}})});
    }
  }
  return seen;
}

}  // namespace windtunnel::conform
