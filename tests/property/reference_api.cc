// What the reference model answers to requests of the JetStream API.

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "tests/property/reference_model.h"

namespace windtunnel::conform {
namespace {

std::string Words(const ReferenceError& error) {
  return absl::StrCat("error ", error.err_code, " ", error.code, " ",
                      error.description);
}

std::string Encoded(const HeaderLines& headers) {
  if (headers.empty()) return "";
  std::string block = "NATS/1.0\r\n";
  for (const auto& [name, value] : headers) {
    absl::StrAppend(&block, name, ": ", value, "\r\n");
  }
  return absl::StrCat(block, "\r\n");
}

// STO-040.
bool AsksForOne(const nlohmann::json& request) {
  const bool sequence = request.value("seq", Sequence{0}) > 0;
  const bool last = request.contains("last_by_subj");
  const bool next = request.contains("next_by_subj");
  return last ? !sequence && !next : sequence || next;
}

const ReferenceError kNoStream = {10059, 404, "stream not found"};
const ReferenceError kNoConsumer = {10014, 404, "consumer not found"};
const ReferenceError kNoMessage = {10037, 404, "no message found"};
const ReferenceError kBadRequest = {10003, 400, "bad request"};

}  // namespace

// `tokens`: $JS API STREAM INFO @A; $JS API STREAM MSG GET @A.
std::string ReferenceModel::Api(const std::vector<std::string>& tokens,
                                const std::string& body) {
  const Json request = body.empty() ? Json::object() : Json::parse(body);
  if (tokens[2] == "CONSUMER") return ConsumerApi(tokens, request);
  if (tokens[3] == "MSG") {
    return StreamApi(absl::StrCat("MSG.", tokens[4]), tokens[5], request);
  }
  return StreamApi(tokens[3], tokens[4], request);
}

std::string ReferenceModel::StreamApi(const std::string& verb,
                                      const std::string& name,
                                      const Json& request) {
  if (verb == "CREATE") return CreateStream(name, request);
  const auto found = streams_.find(name);
  if (verb == "UPDATE") {  // STR-077: the configuration is checked first.
    const ReferenceError wrong = StreamConfigError(StreamConfigOf(request));
    if (wrong.err_code != 0) return Words(wrong);
  }
  if (verb == "MSG.GET" && !AsksForOne(request)) return Words(kBadRequest);
  if (verb == "PURGE" && request.value("seq", 0) > 0 &&
      request.value("keep", 0) > 0) {
    return Words(kBadRequest);  // STO-029.
  }
  if (verb == "MSG.DELETE" && request.empty())
    return Words(kBadRequest);                           // STO-013.
  if (found == streams_.end()) return Words(kNoStream);  // STR-103.
  Hosted& hosted = found->second;
  if (verb == "UPDATE") return UpdateStream(hosted, request);
  if (verb == "INFO") return StreamInfo(hosted);
  if (verb == "PURGE") return Purge(hosted, request);
  if (verb == "MSG.GET") return Get(hosted, request);
  if (verb == "MSG.DELETE") {
    const ReferenceError error = hosted.stream->Delete(request["seq"]);
    return error.err_code != 0 ? Words(error) : "success";  // STO-010.
  }
  return DeleteStream(name);
}

std::string ReferenceModel::CreateStream(const std::string& name,
                                         const Json& request) {
  const ReferenceStreamConfig config = StreamConfigOf(request);
  const ReferenceError wrong = StreamConfigError(config);
  if (wrong.err_code != 0) return Words(wrong);
  if (const auto found = streams_.find(name); found != streams_.end()) {
    if (ToJson(found->second.stream->config()) == ToJson(config)) {  // STR-073.
      return StreamInfo(found->second);
    }
    return Words({10058, 400,  // STR-074.
                  "stream name already in use with a different configuration"});
  }
  for (const auto& [other_name, other] : streams_) {
    for (const std::string& subject : config.subjects) {
      for (const std::string& taken : other.stream->config().subjects) {
        if (FilterCovers(taken, subject) || FilterCovers(subject, taken)) {
          return Words(
              {10065, 400, "subjects overlap with an existing stream"});
        }
      }
    }
  }
  Hosted& hosted = streams_[name];
  hosted.stream =
      std::make_unique<ReferenceStream>(config, now_, StreamListener(name));
  return StreamInfo(hosted);
}

std::string ReferenceModel::UpdateStream(Hosted& hosted, const Json& request) {
  const ReferenceStreamConfig config = StreamConfigOf(request);
  const ReferenceStreamConfig old = hosted.stream->config();
  const ReferenceError wrong = StreamUpdateError(old, config);
  if (wrong.err_code != 0) return Words(wrong);
  hosted.stream->Update(config);
  if (old.retention == "limits" && config.retention == "interest") {
    DropAcknowledged(hosted);
  }
  return StreamInfo(hosted);
}

std::string ReferenceModel::DeleteStream(const std::string& name) {
  for (auto& [consumer_name, consumer] : streams_[name].consumers)
    consumer->End();
  streams_.erase(name);
  return "success";
}

std::string ReferenceModel::Purge(Hosted& hosted, const Json& request) {
  const Sequence sequence = request.value("seq", Sequence{0});
  const std::int64_t keep = request.value("keep", std::int64_t{0});
  if (hosted.stream->config().deny_purge) {  // STO-030.
    return Words({10110, 500, "stream purge not permitted"});
  }
  const std::int64_t purged =
      hosted.stream->Purge(request.value("filter", ""), sequence, keep);
  return absl::StrCat("purged ", purged);
}

// STO-034 to STO-039.
std::string ReferenceModel::Get(const Hosted& hosted, const Json& request) {
  const ReferenceStream& stream = *hosted.stream;
  const ReferenceMessage* message = nullptr;
  if (request.contains("last_by_subj")) {
    message = stream.Last(request["last_by_subj"].get<std::string>());
  } else if (request.contains("next_by_subj")) {
    message = stream.Next({request["next_by_subj"].get<std::string>()},
                          request.value("seq", Sequence{0}));
  } else {
    message = stream.Find(request["seq"]);
  }
  if (message == nullptr) return Words(kNoMessage);  // STO-035.
  return absl::StrCat(message->subject, " ", message->sequence, " ",
                      absl::Base64Escape(Encoded(message->headers)), " ",
                      absl::Base64Escape(message->data), " ",
                      TimeInWords(message->time));
}

// STO-043, STO-045, STO-050. Only with one way to ask.
void ReferenceModel::DirectGet(const Hosted& hosted,
                               const std::vector<std::string>& tokens,
                               const std::string& reply,
                               const std::string& body) {
  const ReferenceStream& stream = *hosted.stream;
  const ReferenceMessage* message = nullptr;
  if (tokens.size() > 5) {
    message = stream.Last(absl::StrJoin(tokens.begin() + 5, tokens.end(), "."));
  } else {
    const Json request = body.empty() ? Json::object() : Json::parse(body);
    if (request.empty()) return Say(reply, "[408 Empty Request]");  // STO-046.
    if (request.contains("last_by_subj")) {
      message = stream.Last(request["last_by_subj"].get<std::string>());
    } else if (request.contains("next_by_subj")) {
      message = stream.Next({request["next_by_subj"].get<std::string>()},
                            request.value("seq", Sequence{0}));
    } else {
      message = stream.Find(request["seq"]);
    }
  }
  if (message == nullptr) return Say(reply, "[404 Message Not Found]");
  std::string words = absl::StrCat(reply, " {");
  for (const auto& [name, value] : message->headers) {
    absl::StrAppend(&words, name, ": ", value, "; ");
  }
  absl::StrAppend(&words, "Nats-Stream: ", stream.config().name,
                  "; Nats-Subject: ", message->subject,
                  "; Nats-Sequence: ", message->sequence,
                  "; Nats-Time-Stamp: ", TimeInWords(message->time), "; } ",
                  message->data, " -> ");
  Say(reply, words);
}

// ---- Consumers
// ----------------------------------------------------------------

// `tokens`: $JS API CONSUMER INFO @A c0; $JS API CONSUMER CREATE @A c0
// [filter].
std::string ReferenceModel::ConsumerApi(const std::vector<std::string>& tokens,
                                        const Json& request) {
  const std::string& verb = tokens[3];
  const bool legacy = verb == "DURABLE";
  const auto found = streams_.find(tokens[legacy ? 5 : 4]);
  if (found == streams_.end()) return Words(kNoStream);  // CON-007, CON-129.
  Hosted& hosted = found->second;
  if (legacy || verb == "CREATE") return CreateConsumer(hosted, request);
  const auto consumer = hosted.consumers.find(tokens[5]);
  if (consumer == hosted.consumers.end())
    return Words(kNoConsumer);  // CON-128.
  if (verb == "DELETE") return DeleteConsumer(hosted, tokens[5]);
  return absl::StrCat(ToJson(consumer->second->config()).dump(), " ",
                      consumer->second->InfoInWords());
}

namespace {

// CON-086 to CON-091. `others`: the other consumers of the stream.
ReferenceError WorkQueueError(
    const ReferenceConsumerConfig& config,
    const std::vector<ReferenceConsumerConfig>& others, bool is_new) {
  if (is_new && config.ack_policy == "all") {
    return {10098, 400, "workqueue stream requires explicit ack"};
  }
  if (is_new && config.deliver_policy != "all") {
    return {10101, 400, "consumer must be deliver all on workqueue stream"};
  }
  if (is_new && config.filters.empty() && !others.empty()) {
    return {10099, 400,
            "multiple non-filtered consumers not allowed on workqueue stream"};
  }
  for (const ReferenceConsumerConfig& other : others) {
    bool overlaps = other.filters.empty() && !config.filters.empty();
    for (const std::string& theirs : other.filters) {
      for (const std::string& ours : config.filters) {
        if (FilterCovers(theirs, ours) || FilterCovers(ours, theirs))
          overlaps = true;
      }
    }
    if (overlaps) {
      return {10100, 400, "filtered consumer not unique on workqueue stream"};
    }
  }
  return {};
}

}  // namespace

std::string ReferenceModel::CreateConsumer(Hosted& hosted,
                                           const Json& request) {
  const ReferenceConsumerConfig config =
      ConsumerConfigOf(request.value("config", Json::object()));
  const std::string action = request.value("action", "");
  const auto found = hosted.consumers.find(config.name);
  const bool queue = hosted.stream->config().retention == "workqueue";
  ReferenceError wrong = ConsumerConfigError(config, queue);
  if (wrong.err_code != 0) return Words(wrong);
  ReferenceError queue_error;
  if (queue) {
    std::vector<ReferenceConsumerConfig> others;
    for (const auto& [name, other] : hosted.consumers) {
      if (name != config.name) others.push_back(other->config());
    }
    queue_error =
        WorkQueueError(config, others, found == hosted.consumers.end());
  }
  if (found != hosted.consumers.end()) {
    ReferenceConsumer& consumer = *found->second;
    if (ToJson(consumer.config()) != ToJson(config)) {
      if (action == "create")
        return Words({10148, 400, "consumer already exists"});
      if (queue_error.err_code != 0) return Words(queue_error);
      wrong = ConsumerUpdateError(consumer.config(), config);
      if (wrong.err_code != 0) return Words(wrong);
      const bool filters_differ = consumer.config().filters != config.filters;
      consumer.Update(config);
      if (filters_differ) DropUnwanted(hosted);  // CON-113.
    }
    const std::string info = consumer.InfoInWords();
    consumer.Wake();
    return absl::StrCat(ToJson(config).dump(), " ", info);
  }
  if (action == "update") return Words({10149, 400, "consumer does not exist"});
  const std::int64_t limit = hosted.stream->config().max_consumers;
  if (limit > 0 &&
      static_cast<std::int64_t>(hosted.consumers.size()) >= limit) {
    return Words({10026, 400, "maximum consumers limit reached"});  // CON-084.
  }
  if (queue_error.err_code != 0) return Words(queue_error);
  const std::string stream = hosted.stream->config().name;
  ReferenceConsumer::Listener listener = {
      .send = [this](const std::string& inbox,
                     const std::string& words) { Say(inbox, words); },
      .advise = [this](const std::string& words) { Say("advisory", words); },
      .released =
          [this, stream](Sequence sequence) {
            Released(streams_[stream], sequence);
          },
      .known = [this](const std::string& why) { known_ = why; }};
  auto consumer = std::make_unique<ReferenceConsumer>(
      config, *hosted.stream, now_, std::move(listener));
  const std::string info = consumer->InfoInWords();
  hosted.consumers[config.name] = std::move(consumer);
  return absl::StrCat(ToJson(config).dump(), " ", info);
}

std::string ReferenceModel::DeleteConsumer(Hosted& hosted,
                                           const std::string& name) {
  hosted.consumers[name]->End();
  hosted.consumers.erase(name);
  if (hosted.consumers.empty() &&
      hosted.stream->config().retention == "interest") {
    hosted.stream->Purge("", 0, 0);  // STO-107.
  }
  DropUnwanted(hosted);
  return "success";
}

}  // namespace windtunnel::conform
