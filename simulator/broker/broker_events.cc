// What the server itself publishes: events, copies, what consumers deliver to
// streams, and answers to requests of the API.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/api/time_text.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/incoming.h"

namespace windtunnel::broker {

namespace {

// What a client of the live worlds says of itself.
constexpr absl::string_view kClientLanguage = "C";
constexpr absl::string_view kClientVersion = "3.4.1";
constexpr absl::string_view kAuditSubject = "$JS.EVENT.ADVISORY.API";

// How often copies that are requests may lead to copies that are. Where audits
// of requests are asked for again, a real server never ends, and texts double.
constexpr int kMaxRequestRounds = 8;

}  // namespace

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
                       absl::string_view json, bool failed,
                       absl::string_view header_block) {
  CountRequest(failed);
  Send(context, reply, header_block, json);
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
