// SimulatedJetStream: streams and consumers.

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shared/api/answers.h"
#include "shared/api/lossless.h"
#include "shared/api/requests.h"
#include "simulator/broker/consumer_management.h"
#include "simulator/broker/stream_management.h"
#include "simulator/connection/simulated_jetstream.h"
#include "windtunnel/subject.h"

namespace windtunnel::simulation {

namespace {

using internal::WireJetStream;

// Requests without text are always shorter than that.
constexpr std::int64_t kLongestRequest = 64 * 1024;

// True if a stream on `subjects` stores the answer to its own creation.
bool TakesInboxes(const std::vector<std::string>& subjects) {
  return std::any_of(subjects.begin(), subjects.end(),
                     [](const std::string& subject) {
                       return SubjectsOverlap(subject, "_INBOX.>");
                     });
}

// What follows a name in a subject, taken off `text` with its dot.
absl::string_view TakeRest(absl::string_view& text) {
  const std::size_t dot = text.find('.');
  if (dot == absl::string_view::npos) return "";
  const absl::string_view rest = text.substr(dot + 1);
  text = text.substr(0, dot);
  return rest;
}

absl::StatusOr<StreamInfo> OverWire(api::Call call, const api::Dialect& dialect,
                                    const StreamInfo& info) {
  return api::DecodeStreamInfo(api::EncodeStreamInfo(call, dialect, info));
}

absl::StatusOr<ConsumerInfo> OverWire(api::Call call,
                                      const api::Dialect& dialect,
                                      const ConsumerInfo& info) {
  return api::DecodeConsumerInfo(api::EncodeConsumerInfo(call, dialect, info));
}

}  // namespace

bool SimulatedJetStream::IsPlainName(absl::string_view name) {
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != '-') return false;
  }
  return !name.empty();
}

bool SimulatedJetStream::GoesWithoutText(
    absl::string_view function, const std::optional<absl::Duration>& timeout,
    const CancellationToken& cancellation) {
  if (!options().domain.empty() || !options().api_prefix.empty() ||
      options().required_api_level != 0 ||
      timeout.value_or(options().timeout) <= absl::ZeroDuration() ||
      cancellation.cancelled() || connection_.max_payload() < kLongestRequest ||
      !connection_.CheckOpen().ok()) {
    return false;
  }
  Network& network = connection_.core().network;
  network.scheduler().SwitchPoint();
  broker::Broker& broker = network.broker();
  // Older servers are asked in their own words.
  return connection_.connected() &&
         &broker.profile() == &broker::ProfileFor(ServerVersion::k2_15) &&
         broker.ServesWithoutText(absl::StrCat("$JS.API.", function));
}

void SimulatedJetStream::RecordRequest(absl::string_view function,
                                       const broker::Refusal& refusal) {
  Network& network = connection_.core().network;
  History& history = network.history();
  const Nanos now = network.scheduler().now();
  const int err_code = refusal.has_value() ? refusal->err_code : 0;
  history.Record(now, EventKind::kRequest, connection_.client()->id,
                 static_cast<std::uint64_t>(err_code));
  history.RecordText(function);
  if (history.keeps_text()) {
    history.AddLine(now, absl::StrCat(connection_.name(), " asks ", function,
                                      refusal.has_value() ? " refused: " : "",
                                      refusal.has_value() ? refusal->description
                                                          : std::string()));
  }
}

void SimulatedJetStream::EndRequest(absl::string_view function,
                                    const broker::Refusal& refusal) {
  RecordRequest(function, refusal);
  Network& network = connection_.core().network;
  network.broker().EndRequest(network.context(), refusal.has_value());
  network.Carry();
}

template <typename T>
absl::StatusOr<T> SimulatedJetStream::Answer(absl::string_view function,
                                             api::Call call,
                                             broker::Outcome<T> outcome) {
  if (auto* error = std::get_if<JetStreamError>(&outcome)) {
    EndRequest(function, *error);
    return MakeJetStreamStatus(*error);
  }
  EndRequest(function, std::nullopt);
  T& info = std::get<T>(outcome);
  const api::Dialect& dialect = connection_.core().network.broker().dialect();
  if (!api::IsLossless(dialect, info)) return OverWire(call, dialect, info);
  return std::move(info);
}

absl::StatusOr<StreamInfo> SimulatedJetStream::SendStreamConfig(
    absl::string_view verb, const StreamConfig& config,
    const ConfigOptions& options) {
  Network& network = connection_.core().network;
  broker::Broker& broker = network.broker();
  api::StreamConfigRequest request{.config = config,
                                   .pedantic = options.pedantic};
  const std::string function = absl::StrCat("STREAM.", verb, ".", config.name);
  if (!IsPlainName(config.name) || TakesInboxes(config.subjects) ||
      !api::IsLossless(broker.dialect(), request) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::SendStreamConfig(verb, config, options);
  }
  const broker::Context context = network.context();
  broker::StreamManagement streams(broker, context);
  if (verb == "CREATE") {
    return Answer(function, api::Call::kStreamCreate,
                  streams.Create(config.name, std::move(request)));
  }
  return Answer(function, api::Call::kStreamUpdate,
                streams.Update(config.name, std::move(request)));
}

absl::Status SimulatedJetStream::DeleteStream(absl::string_view stream,
                                              const CallOptions& options) {
  const std::string function = absl::StrCat("STREAM.DELETE.", stream);
  if (!IsPlainName(stream) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::DeleteStream(stream, options);
  }
  Network& network = connection_.core().network;
  const broker::Context context = network.context();
  const broker::Refusal refusal =
      broker::StreamManagement(network.broker(), context).Delete(stream);
  EndRequest(function, refusal);
  return refusal.has_value() ? MakeJetStreamStatus(*refusal) : absl::OkStatus();
}

absl::StatusOr<StreamInfo> SimulatedJetStream::GetStreamInfo(
    absl::string_view stream, const StreamInfoOptions& options) {
  Network& network = connection_.core().network;
  broker::Broker& broker = network.broker();
  const api::StreamInfoRequest request{
      .deleted_details = options.deleted_details,
      .subjects_filter = options.subjects_filter,
      .offset = static_cast<std::int64_t>(options.offset)};
  const std::string function = absl::StrCat("STREAM.INFO.", stream);
  if (request.offset < 0 || !IsPlainName(stream) ||
      !api::IsLossless(broker.dialect(), request) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::GetStreamInfo(stream, options);
  }
  const broker::Context context = network.context();
  return Answer(
      function, api::Call::kStreamInfo,
      broker::StreamManagement(broker, context).Info(stream, request));
}

absl::StatusOr<ConsumerInfo> SimulatedJetStream::SendConsumerConfig(
    absl::string_view stream, const ConsumerConfig& config,
    api::ConsumerAction action, const ConfigOptions& options) {
  Network& network = connection_.core().network;
  broker::Broker& broker = network.broker();
  const auto over_wire = [&] {
    return WireJetStream::SendConsumerConfig(stream, config, action, options);
  };
  const absl::StatusOr<std::string> function =
      internal::ConsumerCreateSubject(stream, config);
  if (!function.ok() || !IsPlainName(stream)) return over_wire();
  absl::string_view name = *function;
  absl::ConsumePrefix(&name, "CONSUMER.CREATE.");
  name = TakeRest(name);
  const absl::string_view filter = TakeRest(name);
  const bool named = !name.empty();
  api::ConsumerCreateRequest request{.stream_name = std::string(stream),
                                     .config = config,
                                     .action = action,
                                     .pedantic = options.pedantic};
  if ((named && !IsPlainName(name)) ||
      !api::IsLossless(broker.dialect(), request) ||
      !GoesWithoutText(*function, options.timeout, options.cancellation)) {
    return over_wire();
  }
  const broker::Context context = network.context();
  return Answer(*function, api::Call::kConsumerCreate,
                broker::ConsumerManagement(broker, context)
                    .Create({named ? broker::CreateForm::kNamed
                                   : broker::CreateForm::kLegacyEphemeral,
                             stream, name, filter},
                            std::move(request)));
}

absl::Status SimulatedJetStream::DeleteConsumer(absl::string_view stream,
                                                absl::string_view consumer,
                                                const CallOptions& options) {
  const std::string function =
      absl::StrCat("CONSUMER.DELETE.", stream, ".", consumer);
  if (!IsPlainName(stream) || !IsPlainName(consumer) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::DeleteConsumer(stream, consumer, options);
  }
  Network& network = connection_.core().network;
  const broker::Context context = network.context();
  const broker::Refusal refusal =
      broker::ConsumerManagement(network.broker(), context)
          .Delete(stream, consumer);
  EndRequest(function, refusal);
  return refusal.has_value() ? MakeJetStreamStatus(*refusal) : absl::OkStatus();
}

absl::StatusOr<ConsumerInfo> SimulatedJetStream::GetConsumerInfo(
    absl::string_view stream, absl::string_view consumer,
    const CallOptions& options) {
  const std::string function =
      absl::StrCat("CONSUMER.INFO.", stream, ".", consumer);
  if (!IsPlainName(stream) || !IsPlainName(consumer) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::GetConsumerInfo(stream, consumer, options);
  }
  Network& network = connection_.core().network;
  const broker::Context context = network.context();
  return Answer(function, api::Call::kConsumerInfo,
                broker::ConsumerManagement(network.broker(), context)
                    .Info(stream, consumer));
}

}  // namespace windtunnel::simulation
