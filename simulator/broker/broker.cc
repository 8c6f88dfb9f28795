#include "simulator/broker/broker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/api/pub_ack.h"
#include "shared/api/time_text.h"
#include "simulator/broker/ack_api.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/api_consumers.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/incoming.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kApiPrefix = "$JS.API.";
constexpr absl::string_view kAckPrefix = "$JS.ACK.";
constexpr absl::string_view kFlowControlPrefix = "$JS.FC.";
constexpr absl::string_view kConsumerApiPrefix = "$JS.API.CONSUMER.";
// What a client of the live worlds says of itself.
constexpr absl::string_view kClientLanguage = "C";
constexpr absl::string_view kClientVersion = "3.4.1";
constexpr absl::string_view kAuditSubject = "$JS.EVENT.ADVISORY.API";

// How often copies that are requests may lead to copies that are. Where audits
// of requests are asked for again, a real server never ends, and texts double.
constexpr int kMaxRequestRounds = 8;

}  // namespace

Broker::Broker(const Context& context, const BrokerOptions& options)
    : options_(options),
      profile_(ProfileFor(options.version)),
      router_(profile_.no_responders_names_subject),
      state_(std::make_unique<State>(profile_, options.jetstream, router_)) {
  static_cast<void>(context);
  state_->dialect = {.minor = profile_.minor,
                     .strict = profile_.strict_json,
                     .error_detail = profile_.json_error_detail,
                     .pub_ack_has_blank = profile_.pub_ack_has_blank};
}

Broker::~Broker() = default;

const api::Dialect& Broker::dialect() const { return state_->dialect; }

AccountResources& Broker::resources() { return state_->resources; }

DeliverSubjects& Broker::deliver_subjects() { return state_->deliver_subjects; }

void Broker::OnInterestChanged(const Context& context,
                               absl::string_view subject) {
  if (!state_->running) return;
  state_->deliver_subjects.OnInterestChanged(context, subject);
  PublishPending(context);
}

// --- Publishing --------------------------------------------------------------

void Broker::Publish(const Context& context, ClientId client,
                     absl::string_view subject, absl::string_view reply,
                     absl::string_view header_block, absl::string_view data) {
  if (!state_->running) return;
  state_->asker = client;
  bool taken = PublishToListeners(context, subject, reply, header_block, data);
  // A stream does not store the request that creates it, nor one that is gone.
  const bool stored = state_->index.Find(subject) != nullptr;
  if (absl::StartsWith(subject, "$JS.")) {
    taken |= PublishReserved(context, subject, reply, header_block, data);
  }
  Stream* const stream = stored ? state_->index.Find(subject) : nullptr;
  if (stream != nullptr) {
    taken = true;
    const PublishOutcome outcome =
        stream->Publish(context, {subject, header_block, data, reply});
    PublishCopies(context);
    AnswerPublish(context, *stream, reply, outcome);
  }
  if (!taken && !reply.empty()) {
    router_.RouteNoResponders(context, client, subject, reply);
  }
  PublishPending(context);
}

bool Broker::AnswersPublishes(absl::string_view subject) {
  const Stream* stream = state_->index.Find(subject);
  return stream == nullptr || !stream->config().no_ack;
}

std::optional<PublishOutcome> Broker::PublishToStream(
    const Context& context, ClientId client, absl::string_view subject,
    absl::string_view header_block, absl::string_view data,
    std::string* stream_name) {
  static_cast<void>(client);
  stream_name->clear();
  if (!state_->running) return std::nullopt;
  const bool heard =
      PublishToListeners(context, subject, "", header_block, data);
  std::optional<PublishOutcome> outcome;
  if (Stream* stream = state_->index.Find(subject)) {
    *stream_name = stream->config().name;
    outcome = stream->Publish(context, {subject, header_block, data});
  } else if (heard) {
    outcome.emplace();
    outcome->answer = false;
  }
  PublishPending(context);
  return outcome;
}

bool Broker::PublishToListeners(const Context& context,
                                absl::string_view subject,
                                absl::string_view reply,
                                absl::string_view header_block,
                                absl::string_view data) {
  if (!router_.HasInterest(subject)) return false;
  return router_.Route(context, subject,
                       MessageBlock::New(subject, header_block, data),
                       reply) > 0;
}

bool Broker::PublishReserved(const Context& context, absl::string_view subject,
                             absl::string_view reply,
                             absl::string_view header_block,
                             absl::string_view data) {
  // Nothing matches a subject with an empty token.
  if (absl::EndsWith(subject, ".") || absl::StrContains(subject, "..")) {
    return false;
  }
  if (absl::StartsWith(subject, kAckPrefix)) {
    return HandleAck(*this, context, subject, reply, data);
  }
  if (absl::StartsWith(subject, kFlowControlPrefix)) {
    return HandleFlowControl(*this, context, subject, header_block);
  }
  if (absl::StartsWith(subject, kConsumerApiPrefix)) {
    return ConsumerApi::Handle(*this, context, subject, reply, header_block,
                               data);
  }
  return absl::StartsWith(subject, kApiPrefix) &&
         StreamApi::Handle(*this, context, subject, reply, header_block, data);
}

// PUB-001 to PUB-005.
void Broker::AnswerPublish(const Context& context, const Stream& stream,
                           absl::string_view reply,
                           const PublishOutcome& outcome) {
  if (reply.empty() || !outcome.answer) return;
  if (outcome.error) {
    Send(context, reply, "",
         api::EncodePubAckError(stream.config().name, *outcome.error));
    return;
  }
  if (outcome.blank) {
    Send(context, reply, "", "");
    return;
  }
  if (!outcome.value.empty() || !outcome.batch_id.empty()) {
    Send(context, reply, "",
         api::EncodePubAck(dialect(), {.stream = stream.config().name,
                                       .sequence = outcome.sequence,
                                       .duplicate = outcome.duplicate,
                                       .value = outcome.value,
                                       .batch_id = outcome.batch_id,
                                       .batch_size = outcome.batch_size}));
    return;
  }
  std::string& ack = state_->pub_ack;
  ack = stream.pub_ack_prefix();
  absl::StrAppend(&ack, outcome.sequence,
                  outcome.duplicate ? ",\"duplicate\": true}" : "}");
  Send(context, reply, "", ack);
}

void Broker::Send(const Context& context, absl::string_view reply,
                  absl::string_view header_block, absl::string_view data) {
  if (reply.empty()) return;
  router_.Route(context, reply, MessageBlock::New(reply, header_block, data),
                "");
  if (state_->index.Find(reply) != nullptr) {
    state_->events.push_back({std::string(reply), std::string(header_block),
                              std::string(data), /*heard=*/true});
  }
}

bool Broker::Pull(const Context& context, absl::string_view stream,
                  absl::string_view consumer, Inbox inbox,
                  const PullRequest& request) {
  Stream* const found = FindStream(stream);
  Consumer* const puller = found ? found->FindConsumer(consumer) : nullptr;
  if (puller == nullptr) return false;
  puller->Pull(context, std::move(inbox), request);
  PublishPending(context);
  return true;
}

std::optional<AckOutcome> Broker::Ack(const Context& context,
                                      absl::string_view stream,
                                      absl::string_view consumer,
                                      const AckCommand& command) {
  Stream* const found = FindStream(stream);
  Consumer* const acker = found ? found->FindConsumer(consumer) : nullptr;
  if (acker == nullptr || !acker->TakesAcks()) return std::nullopt;
  const AckOutcome outcome = acker->Ack(context, command);
  PublishPending(context);
  return outcome;
}

// --- Streams -----------------------------------------------------------------

Stream* Broker::FindStream(absl::string_view name) {
  if (!state_->running) return nullptr;
  const auto found = state_->streams.find(name);
  return found == state_->streams.end() ? nullptr : found->second.get();
}

Stream& Broker::AddStream(const Context& context, StreamConfig config) {
  const std::string name = config.name;
  const std::uint64_t order = ++state_->streams_created;
  auto added = std::make_unique<Stream>(context, profile_, *this,
                                        std::move(config), order);
  Stream& stream = *added;
  state_->streams.emplace(name, std::move(added));
  state_->by_order.emplace(order, &stream);
  state_->index.Add(stream, stream.config().subjects);
  for (const auto& [other, follower] : state_->streams) {
    follower->WakeLinks(context);
  }
  NoteSubjects();
  NoteInterest(context, stream.config().subjects);
  state_->resources.Reserve(nullptr, &stream.config());
  AdviseStream(context, stream, "CREATED", "create");
  return stream;
}

void Broker::NoteSubjects() {
  state_->stores_answers = state_->index.Overlaps({"_INBOX.>"}, nullptr);
  state_->deliver_subjects.OnStreamsChanged();
}

void Broker::NoteInterest(const Context& context,
                          const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    state_->deliver_subjects.OnInterestChanged(context, subject);
  }
}

bool Broker::StoresAnswers() const { return state_->stores_answers; }

void Broker::UpdateStream(const Context& context, Stream& stream,
                          StreamConfig config) {
  state_->resources.Reserve(&stream.config(), &config);
  const std::vector<std::string> subjects = stream.config().subjects;
  stream.Update(context, std::move(config));
  state_->index.Remove(stream);
  state_->index.Add(stream, stream.config().subjects);
  NoteSubjects();
  if (stream.config().subjects != subjects) {
    NoteInterest(context, subjects);
    NoteInterest(context, stream.config().subjects);
  }
  AdviseStream(context, stream, "UPDATED", "modify");
}

void Broker::RemoveStream(const Context& context, Stream& stream) {
  while (!stream.consumers().empty()) {
    const std::string name = stream.consumers().begin()->first;
    stream.RemoveConsumer(context, name);
  }
  stream.OnDelete(context);
  AdviseStream(context, stream, "DELETED", "delete");
  state_->index.Remove(stream);
  NoteSubjects();
  NoteInterest(context, stream.config().subjects);
  state_->deadlines.Forget(stream.order());
  state_->by_order.erase(stream.order());
  state_->resources.Reserve(&stream.config(), nullptr);
  const std::string name = stream.config().name;
  state_->streams.erase(name);
}

// --- Time --------------------------------------------------------------------

Nanos Broker::NextDeadline() const {
  return state_->running ? state_->deadlines.Next() : kNever;
}

void Broker::RunDeadlines(const Context& context) {
  while (NextDeadline() <= context.now) {
    // Each rule sees the instant it was due at.
    const Context due{NextDeadline(), context.choices};
    while (const std::optional<std::uint64_t> order =
               state_->deadlines.Take(due.now)) {
      Stream& stream = *state_->by_order.at(*order);
      stream.RunDeadlines(due);
      state_->deadlines.Add(*order, stream.NextDeadline());
    }
    PublishPending(due);
  }
}

void Broker::OnDeadline(Stream& stream, Nanos deadline) {
  state_->deadlines.Add(stream.order(), deadline);
}

void Broker::Stop(const Context& context) {
  if (!state_->running) return;
  for (const auto& [name, stream] : state_->streams) {
    for (const auto& [consumer_name, consumer] : stream->consumers()) {
      consumer->EndRequests(context, "409 Server Shutdown",
                            /*with_pending_headers=*/true);
    }
  }
  state_->events.clear();
  state_->running = false;
  state_->deliver_subjects.Clear();
  absl::erase_if(state_->streams, [&](const auto& entry) {
    Stream& stream = *entry.second;
    if (stream.config().storage != Storage::kMemory) return false;
    state_->index.Remove(stream);
    state_->deadlines.Forget(stream.order());
    state_->by_order.erase(stream.order());
    return true;
  });
}

void Broker::Start(const Context& context) {
  if (state_->running) return;
  state_->running = true;
  state_->api_total = 0;
  state_->api_errors = 0;
  state_->resources.Restart(state_->streams);
  NoteSubjects();
  for (const auto& [name, stream] : state_->streams) {
    stream->Restart(context);
    state_->deadlines.Add(stream->order(), stream->NextDeadline());
  }
}

// --- Events ------------------------------------------------------------------

void Broker::Advise(const Context& context, absl::string_view subject,
                    absl::string_view type, std::string fields_json) {
  if (!IsTaken(subject)) return;
  state_->events.push_back(
      {std::string(subject), "", AdvisoryJson(context, type, fields_json)});
}

void Broker::AdviseStream(const Context& context, const Stream& stream,
                          absl::string_view event, absl::string_view action) {
  const std::string& name = stream.config().name;
  Advise(context, absl::StrCat("$JS.EVENT.ADVISORY.STREAM.", event, ".", name),
         "io.nats.jetstream.advisory.v1.stream_action",
         absl::StrCat("{\"stream\":", JsonString(name), ",\"action\":\"",
                      action, "\"}"));
}

void Broker::Republish(std::string subject, std::string header_block,
                       absl::string_view data) {
  state_->copies.push_back(
      {std::move(subject), std::move(header_block), std::string(data)});
}

OpenBatches& Broker::open_batches() { return state_->open_batches; }

void Broker::PublishCopies(const Context& context) {
  for (State::Pending& copy : std::exchange(state_->copies, {})) {
    PublishToAll(context, copy.subject, copy.header_block, copy.data);
    if (absl::StartsWith(copy.subject, "$JS.")) {
      state_->requests.push_back(std::move(copy));
    }
  }
}

void Broker::PublishPending(const Context& context) {
  const State& state = *state_;
  for (int rounds = 0; !state.copies.empty() || !state.requests.empty() ||
                       !state.events.empty() || !router_.used_up().empty() ||
                       state.deliver_subjects.has_taken();) {
    for (const std::string& subject : std::exchange(router_.used_up(), {})) {
      state_->deliver_subjects.OnInterestChanged(context, subject);
    }
    // Copies that come back end when their headers are too long (PUB-014).
    PublishCopies(context);
    if (state.deliver_subjects.has_taken()) {
      // Consumers that fill each other's streams never end on a real server.
      if (++rounds > kMaxRequestRounds) {
        state_->deliver_subjects.TakeTaken();
      } else {
        StoreDeliveries(context);
      }
    }
    const auto requests = std::exchange(state_->requests, {});
    if (!requests.empty() && ++rounds > kMaxRequestRounds) continue;
    for (const State::Pending& request : requests) {
      PublishReserved(context, request.subject, "", request.header_block,
                      request.data);
    }
    for (const State::Pending& event : std::exchange(state_->events, {})) {
      if (event.heard) {
        PublishToStreams(context, event.subject, event.header_block,
                         event.data);
      } else {
        PublishToAll(context, event.subject, event.header_block, event.data);
      }
    }
  }
}

// Under the subject that it has in its own stream.
void Broker::StoreDeliveries(const Context& context) {
  for (const DeliverSubjects::Taken& taken :
       state_->deliver_subjects.TakeTaken()) {
    Stream* const stream = state_->index.Find(taken.subject);
    if (stream == nullptr) continue;
    stream->Publish(context, {taken.block->subject(),
                              taken.block->header_block(),
                              taken.block->data()});
  }
}

void Broker::PublishToAll(const Context& context, absl::string_view subject,
                          absl::string_view header_block,
                          absl::string_view data) {
  PublishToListeners(context, subject, "", header_block, data);
  PublishToStreams(context, subject, header_block, data);
}

void Broker::PublishToStreams(const Context& context, absl::string_view subject,
                              absl::string_view header_block,
                              absl::string_view data) {
  if (Stream* stream = state_->index.Find(subject)) {
    stream->Publish(context, {subject, header_block, data});
  }
}

bool Broker::IsTaken(absl::string_view subject) {
  return router_.HasInterest(subject) || state_->index.Find(subject) != nullptr;
}

bool Broker::ServesWithoutText(absl::string_view subject) {
  return state_->running && state_->resources.enabled() &&
         !state_->stores_answers && !IsTaken(subject) &&
         !IsTaken(kAuditSubject);
}

void Broker::EndRequest(const Context& context, bool failed) {
  CountRequest(failed);
  PublishPending(context);
}

void Broker::CountRequest(bool failed) {
  ++state_->api_total;
  if (failed) ++state_->api_errors;
}

void Broker::AnswerApi(const Context& context, absl::string_view subject,
                       absl::string_view reply, absl::string_view body,
                       absl::string_view json, bool failed) {
  CountRequest(failed);
  Send(context, reply, "", json);
  if (!IsTaken(kAuditSubject)) return;
  std::string fields = absl::StrCat("{\"server\":\"", kServerName,
                                    "\",\"client\":", DescribeAsker(),
                                    ",\"subject\":", JsonString(subject));
  if (!body.empty()) {
    absl::StrAppend(&fields, ",\"request\":", JsonString(body));
  }
  absl::StrAppend(&fields, ",\"response\":", JsonString(json), "}");
  Advise(context, kAuditSubject, "io.nats.jetstream.advisory.v1.api_audit",
         std::move(fields));
}

// STR-129. The shortest round trip that a server tells of is a nanosecond.
std::string Broker::DescribeAsker() const {
  const Client* const client = router_.FindClient(state_->asker);
  const std::string server =
      absl::StrCat("\"rtt\":1,\"server\":\"", kServerName, "\"");
  if (!profile_.audits_client || client == nullptr) {
    return absl::StrCat("{\"acc\":\"$G\",", server, "}");
  }
  std::string text = absl::StrCat(
      "{\"start\":\"", api::FormatRfc3339(absl::FromUnixNanos(client->start)),
      "\",\"host\":\"127.0.0.1\",\"id\":", state_->asker, ",\"acc\":\"$G\"");
  if (!client->name.empty()) {
    absl::StrAppend(&text, ",\"name\":", JsonString(client->name));
  }
  absl::StrAppend(&text, ",\"lang\":\"", kClientLanguage, "\",\"ver\":\"",
                  kClientVersion, "\",", server,
                  ",\"kind\":\"Client\",\"client_type\":\"nats\"}");
  return text;
}

}  // namespace windtunnel::broker
