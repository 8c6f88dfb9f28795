#include "simulator/broker/api_consumers.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shared/api/answers.h"
#include "shared/api/dialect.h"
#include "shared/api/requests.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_management.h"
#include "simulator/broker/copied_headers.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

using api::Call;
using catalogue::Make;

constexpr std::uint64_t kNamesLimit = 1024;
constexpr std::uint64_t kListLimit = 256;

absl::string_view TakeToken(absl::string_view& text) {
  const std::size_t dot = text.find('.');
  const absl::string_view token = text.substr(0, dot);
  text = dot == absl::string_view::npos ? absl::string_view()
                                        : text.substr(dot + 1);
  return token;
}

// One request, and the way to answer it.
struct Request {
  Broker& broker;
  const Context& context;
  absl::string_view subject;
  absl::string_view reply;
  absl::string_view header_block;
  absl::string_view body;
  // Broker::AnswerApi(), which is ConsumerApi's to call.
  void (*answer)(const Request& request, absl::string_view json, bool failed,
                 absl::string_view header_block);

  const Profile& profile() const { return broker.profile(); }
  const api::Dialect& dialect() const { return broker.dialect(); }
  void Answer(absl::string_view json,
              absl::string_view header_block = "") const {
    answer(*this, json, /*failed=*/false, header_block);
  }
  void Refuse(Call call, const JetStreamError& error) const {
    answer(*this, api::EncodeError(call, error), /*failed=*/true, "");
  }
  ConsumerManagement consumers() const { return {broker, context}; }
  void AnswerInfo(Call call, const Outcome<ConsumerInfo>& outcome,
                  absl::string_view header_block = "") const {
    if (const auto* error = std::get_if<JetStreamError>(&outcome)) {
      return Refuse(call, *error);
    }
    Answer(api::EncodeConsumerInfo(call, dialect(),
                                   std::get<ConsumerInfo>(outcome)),
           header_block);
  }
  // CON-022
  bool LevelTooHigh() const {
    if (!profile().required_api_level) return false;
    const auto level = FindHeader(header_block, "Nats-Required-Api-Level");
    int number = 0;
    return level.has_value() &&
           (!absl::SimpleAtoi(*level, &number) || number > profile().api_level);
  }
  // STR-117. False if the request was refused.
  bool CheckEnabled(Call call) const {
    const bool enabled = broker.resources().enabled();
    if (!enabled) Refuse(call, Make(catalogue::kNotEnabledForAccount));
    return enabled;
  }
  // Null if the request was refused.
  Stream* FindStream(Call call, absl::string_view name) const {
    Stream* stream = broker.FindStream(name);
    if (stream == nullptr) Refuse(call, consumers().NoStream());
    return stream;
  }
  Consumer* FindConsumer(Call call, absl::string_view stream_name,
                         absl::string_view name) const {
    Stream* stream = FindStream(call, stream_name);
    if (stream == nullptr) return nullptr;
    Consumer* consumer = stream->FindConsumer(name);
    if (consumer == nullptr) Refuse(call, Make(catalogue::kConsumerNotFound));
    return consumer;
  }
};

void Create(const Request& request,
            const ConsumerManagement::CreateSubject& subject) {
  constexpr Call kCall = Call::kConsumerCreate;
  api::ConsumerCreateRequest create;
  if (request.body.empty() && !request.profile().empty_create_is_empty_object) {
    return request.Refuse(kCall, catalogue::MakeInvalidJson(""));
  }
  if (Refusal bad = api::Decode(request.body, request.dialect(), create)) {
    return request.Refuse(kCall, *bad);
  }
  if (request.LevelTooHigh()) {
    return request.Refuse(kCall, Make(catalogue::kRequiredApiLevel));
  }
  const bool for_followers = create.config.direct || create.config.sourcing;
  const auto created = request.consumers().Create(subject, std::move(create));
  const Stream* const stream = request.broker.FindStream(subject.stream);
  std::string header_block;
  if (for_followers && stream != nullptr &&
      request.profile().source_header_has_identity) {  // API-173
    header_block = absl::StrCat("NATS/1.0\r\nNats-Stream-Identity: ",
                                StreamIdentity(stream->created()), "\r\n\r\n");
  }
  request.AnswerInfo(kCall, created, header_block);
}

// CON-132 to CON-136. False if the request was refused.
bool ReadPage(const Request& request, Call call, std::uint64_t* offset) {
  *offset = 0;
  if (request.body.empty()) return true;
  if (request.profile().ignores_non_json_body &&
      !api::LooksLikeJson(request.body)) {
    return true;
  }
  api::PageRequest page;
  if (Refusal bad =
          api::DecodeConsumerPage(request.body, request.dialect(), page)) {
    request.Refuse(call, *bad);
    return false;
  }
  *offset = static_cast<std::uint64_t>(std::max<std::int64_t>(page.offset, 0));
  return true;
}

template <typename T, typename Visit>
api::Page<T> MakePage(const Stream& stream, std::uint64_t offset,
                      std::uint64_t limit, Visit visit) {
  api::Page<T> page;
  page.limit = limit;
  for (const auto& [name, consumer] : stream.consumers()) {
    if (consumer->config().direct) continue;  // CON-067
    if (page.total++ < offset || page.items.size() == limit) continue;
    page.items.push_back(visit(*consumer));
  }
  page.offset = std::min(offset, page.total);
  return page;
}

void Names(const Request& request, absl::string_view stream_name) {
  if (!request.CheckEnabled(Call::kConsumerNames)) return;
  std::uint64_t offset = 0;
  if (!ReadPage(request, Call::kConsumerNames, &offset)) return;
  Stream* stream = request.FindStream(Call::kConsumerNames, stream_name);
  if (stream == nullptr) return;
  request.Answer(api::EncodeConsumerNames(MakePage<std::string>(
      *stream, offset, kNamesLimit,
      [](const Consumer& consumer) { return consumer.name(); })));
}

void List(const Request& request, absl::string_view stream_name) {
  if (!request.CheckEnabled(Call::kConsumerList)) return;
  std::uint64_t offset = 0;
  if (!ReadPage(request, Call::kConsumerList, &offset)) return;
  Stream* stream = request.FindStream(Call::kConsumerList, stream_name);
  if (stream == nullptr) return;
  request.Answer(api::EncodeConsumerList(
      request.dialect(),
      MakePage<ConsumerInfo>(
          *stream, offset, kListLimit,
          [&](Consumer& consumer) { return consumer.Info(request.context); })));
}

void Info(const Request& request, absl::string_view stream,
          absl::string_view name) {
  constexpr Call kCall = Call::kConsumerInfo;
  if (!api::IsEmptyRequest(request.body)) {
    return request.Refuse(kCall, Make(catalogue::kBadPayloadNotEmpty));
  }
  request.AnswerInfo(kCall, request.consumers().Info(stream, name));
}

void Delete(const Request& request, absl::string_view stream,
            absl::string_view name) {
  constexpr Call kCall = Call::kConsumerDelete;
  if (!request.CheckEnabled(kCall)) return;
  if (!api::IsEmptyRequest(request.body)) {
    return request.Refuse(kCall, Make(catalogue::kBadPayloadNotEmpty));
  }
  if (Refusal bad = request.consumers().Delete(stream, name)) {
    return request.Refuse(kCall, *bad);
  }
  request.Answer(api::EncodeSuccess(kCall));
}

// CON-147 to CON-151
void Pause(const Request& request, absl::string_view stream,
           absl::string_view name) {
  constexpr Call kCall = Call::kConsumerPause;
  api::PauseRequest pause;
  if (!request.body.empty() && api::LooksLikeJson(request.body)) {
    if (Refusal bad = api::Decode(request.body, request.dialect(), pause)) {
      return request.Refuse(kCall, *bad);
    }
  }
  Consumer* consumer = request.FindConsumer(kCall, stream, name);
  if (consumer == nullptr) return;
  const bool changed = consumer->config().pause_until != pause.pause_until;
  consumer->Pause(request.context, pause.pause_until);
  if (changed) consumer->AdvisePause(request.context);

  PauseState state;
  state.pause_until = pause.pause_until;
  state.paused = consumer->IsPaused(request.context.now);
  if (state.paused) {
    state.pause_remaining =
        *pause.pause_until - absl::FromUnixNanos(request.context.now);
  }
  request.Answer(api::EncodePause(state));
}

// CON-157 to CON-163
void Reset(const Request& request, absl::string_view stream_name,
           absl::string_view name) {
  constexpr Call kCall = Call::kConsumerReset;
  Stream* stream = request.broker.FindStream(stream_name);
  Consumer* consumer = stream == nullptr ? nullptr : stream->FindConsumer(name);
  if (consumer == nullptr) return;  // API-172
  api::ResetRequest reset;
  if (!request.body.empty()) {
    if (Refusal bad = api::Decode(request.body, request.dialect(), reset)) {
      return request.Refuse(kCall, *bad);
    }
  }
  std::uint64_t reset_seq = 0;
  if (Refusal bad = consumer->Reset(reset.seq, &reset_seq)) {
    return request.Refuse(kCall, *bad);
  }
  if (stream->config().retention == Retention::kInterest) {
    stream->RemoveSettled(request.context, *consumer);
  }
  request.Answer(api::EncodeConsumerReset(
      request.dialect(), request.consumers().MakeInfo(*consumer), reset_seq));
  consumer->Wake(request.context);
}

// GRP-032 to GRP-035
void Unpin(const Request& request, absl::string_view stream,
           absl::string_view name) {
  constexpr Call kCall = Call::kConsumerUnpin;
  api::UnpinRequest unpin;
  if (Refusal bad = api::Decode(request.body, request.dialect(), unpin)) {
    return request.Refuse(kCall, *bad);
  }
  if (!IsValidPriorityGroup(unpin.group)) {
    return request.Refuse(kCall, Make(catalogue::kPriorityGroupNameInvalid));
  }
  Consumer* consumer = request.FindConsumer(kCall, stream, name);
  if (consumer == nullptr) return;
  const std::vector<std::string>& groups = consumer->config().priority_groups;
  if (std::find(groups.begin(), groups.end(), unpin.group) == groups.end()) {
    return request.Refuse(kCall, Make(catalogue::kPriorityGroupUnknown));
  }
  consumer->Unpin(request.context, unpin.group);
  request.Answer(api::EncodeUnpin());
}

// False: nobody listens (PUL-002).
bool Next(const Request& request, absl::string_view stream_name,
          absl::string_view name) {
  Stream* stream = request.broker.FindStream(stream_name);
  Consumer* consumer = stream == nullptr ? nullptr : stream->FindConsumer(name);
  if (consumer == nullptr) {
    return !request.profile().missing_answers_no_responders;
  }
  if (request.reply.empty()) return true;  // PUL-001
  Inbox inbox;
  inbox.subject = std::string(request.reply);
  consumer->PullRaw(
      request.context, std::move(inbox), request.body,
      FindHeader(request.header_block, "Nats-Required-Api-Level").value_or(""));
  return true;
}

}  // namespace

bool ConsumerApi::Handle(Broker& broker, const Context& context,
                         absl::string_view subject, absl::string_view reply,
                         absl::string_view header_block,
                         absl::string_view body) {
  const Request request{broker,
                        context,
                        subject,
                        reply,
                        header_block,
                        body,
                        [](const Request& r, absl::string_view json,
                           bool failed, absl::string_view block) {
                          r.broker.AnswerApi(r.context, r.subject, r.reply,
                                             r.body, json, failed, block);
                        }};
  const Profile& profile = broker.profile();
  if (!absl::ConsumePrefix(&subject, "$JS.API.CONSUMER.")) return false;
  absl::string_view rest = subject;
  const absl::string_view verb = TakeToken(rest);
  const bool next = verb == "MSG" && absl::ConsumePrefix(&rest, "NEXT.");
  const bool stepdown =
      verb == "LEADER" && absl::ConsumePrefix(&rest, "STEPDOWN.");
  const bool durable =
      verb == "DURABLE" && absl::ConsumePrefix(&rest, "CREATE.");
  const absl::string_view stream = TakeToken(rest);
  const bool has_filter = rest.find('.') != absl::string_view::npos;
  if (verb == "CREATE" && !rest.empty()) {
    const absl::string_view name = TakeToken(rest);
    Create(request, {CreateForm::kNamed, stream, name, rest});
    return true;
  }
  // Anything longer or shorter has no listener that answers (CON-012, CON-137).
  if (stream.empty() || has_filter) return true;
  if (rest.empty()) {
    if (verb == "CREATE") {
      Create(request, {CreateForm::kLegacyEphemeral, stream, "", ""});
    }
    if (verb == "NAMES") Names(request, stream);
    if (verb == "LIST") List(request, stream);
    return true;
  }
  if (next) return Next(request, stream, rest);
  if (stepdown) {  // API-350
    request.Refuse(Call::kConsumerLeaderStepdown,
                   Make(catalogue::kClusteringRequired));
  }
  if (durable) {
    Create(request, {CreateForm::kLegacyDurable, stream, rest, ""});
  }
  if (verb == "INFO") Info(request, stream, rest);
  if (verb == "DELETE") Delete(request, stream, rest);
  if (verb == "PAUSE" && profile.has_pause_and_unpin) {
    Pause(request, stream, rest);
  }
  if (verb == "UNPIN" && profile.has_pause_and_unpin) {
    Unpin(request, stream, rest);
  }
  if (verb == "RESET" && profile.has_reset) Reset(request, stream, rest);
  return true;
}

}  // namespace windtunnel::broker
