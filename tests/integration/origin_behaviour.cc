#include "tests/integration/origin_behaviour.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace windtunnel {

void OriginBehaviour::SetUp() {
  Behaviour::SetUp();
  if (HasFatalFailure()) return;
  Create({.name = "O", .subjects = {"o.>"}, .storage = Storage::kMemory});
  Advance(absl::Milliseconds(1));  // Streams are told apart by their birth.
  Create({.name = "P", .subjects = {"p.>"}, .storage = Storage::kMemory});
}

void OriginBehaviour::Fill(const std::vector<std::string>& subjects) {
  int number = 0;
  for (const std::string& subject : subjects) {
    Publish(subject, absl::StrCat(++number));
  }
}

void OriginBehaviour::PublishWith(const std::string& subject,
                                  const Headers& headers,
                                  const std::string& data) {
  const nlohmann::json ack =
      RawPublish({.subject = subject, .headers = headers, .data = data});
  ASSERT_TRUE(ack.contains("seq")) << ack;
}

StreamConfig OriginBehaviour::MirrorConfig(const std::string& name,
                                           StreamSource origin,
                                           StreamConfig more) {
  more.name = name;
  more.storage = Storage::kMemory;
  more.mirror = std::move(origin);
  return more;
}

StreamConfig OriginBehaviour::SourcesConfig(const std::string& name,
                                            std::vector<StreamSource> origins,
                                            StreamConfig more) {
  more.name = name;
  more.storage = Storage::kMemory;
  more.sources = std::move(origins);
  return more;
}

bool OriginBehaviour::Reaches(const std::string& stream, std::uint64_t last,
                              absl::Duration timeout) {
  Eventually([&] { return State(stream).last_seq >= last; }, timeout);
  EXPECT_EQ(State(stream).last_seq, last) << stream;
  return State(stream).last_seq == last;
}

bool OriginBehaviour::IsFollowing(const std::string& stream) {
  return Eventually([&] {
    const StreamInfo info = Info(stream);
    const auto heard = [](const StreamSourceInfo& origin) {
      return origin.active != absl::InfiniteDuration();
    };
    return info.mirror ? heard(*info.mirror)
                       : !info.sources.empty() &&
                             std::all_of(info.sources.begin(),
                                         info.sources.end(), heard);
  });
}

std::vector<std::string> OriginBehaviour::Stored(const std::string& stream) {
  const StreamState state = State(stream);
  std::vector<std::string> stored;
  for (std::uint64_t seq = state.first_seq;
       state.messages > 0 && seq <= state.last_seq; ++seq) {
    const auto message = jetstream().GetMessage(stream, {.seq = seq});
    if (!message.ok()) continue;
    stored.push_back(
        absl::StrCat(seq, " ", message->subject, " ", message->data));
  }
  return stored;
}

StoredMessage OriginBehaviour::MessageAt(const std::string& stream,
                                         std::uint64_t sequence) {
  return jetstream()
      .GetMessage(stream, {.seq = sequence})
      .value_or(StoredMessage{});
}

std::vector<std::string> OriginBehaviour::HeadersAt(const std::string& stream,
                                                    std::uint64_t sequence) {
  std::vector<std::string> lines;
  const Headers headers = MessageAt(stream, sequence).headers;
  for (const auto& [name, value] : headers.entries()) {
    lines.push_back(absl::StrCat(name, ": ", value));
  }
  return lines;
}

StreamInfo OriginBehaviour::Info(const std::string& stream) {
  return jetstream().GetStreamInfo(stream).value();
}

std::string OriginBehaviour::SourceAt(const std::string& stream,
                                      std::uint64_t sequence) {
  const Headers headers = MessageAt(stream, sequence).headers;
  std::vector<std::string> words =
      absl::StrSplit(headers.Get("Nats-Stream-Source").value_or(""), ' ');
  words.resize(std::min<std::size_t>(words.size(), 2));
  return absl::StrJoin(words, " ");
}

}  // namespace windtunnel
