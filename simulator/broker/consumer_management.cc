#include "simulator/broker/consumer_management.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/deliver_subjects.h"
#include "simulator/broker/origin_link.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

// CON-019
bool HasSeparators(absl::string_view name) {
  return name.find_first_of("/\\") != absl::string_view::npos;
}

// CON-008 to CON-019. Completes the name in `config`.
Refusal CheckNames(const Profile& profile,
                   const ConsumerManagement::CreateSubject& subject,
                   ConsumerConfig& config) {
  const CreateForm form = subject.form;
  const absl::string_view name = subject.name;
  const absl::string_view filter = subject.filter;
  if (profile.checks_separators_first &&
      HasSeparators(form == CreateForm::kLegacyEphemeral ? config.name
                                                         : name)) {
    return Make(catalogue::kConsumerNamePathSeparators);
  }
  switch (form) {
    case CreateForm::kLegacyEphemeral:
      if (!config.durable_name.empty()) {
        return Make(catalogue::kConsumerEphemeralWithDurableName);
      }
      break;
    case CreateForm::kLegacyDurable:
      if (config.durable_name.empty()) {
        return Make(catalogue::kConsumerDurableNameNotSet);
      }
      if (config.durable_name != name) {
        return Make(catalogue::kConsumerDurableNameMismatch);
      }
      if (profile.durable_name_replaces_name) config.name = std::string(name);
      break;
    case CreateForm::kNamed:
      if (!config.durable_name.empty() && config.durable_name != name) {
        return Make(catalogue::kConsumerDurableNameMismatch);
      }
      config.name = std::string(name);
      if (!filter.empty() && profile.has_filter_subjects &&
          !config.filter_subjects.empty()) {
        return Make(catalogue::kConsumerMultipleFiltersNotAllowed);
      }
      if (!filter.empty() && filter != config.filter_subject) {
        return Make(catalogue::kConsumerCreateFilterMismatch);
      }
      break;
  }
  if (!profile.checks_separators_first) {
    const std::string& effective =
        config.durable_name.empty() ? config.name : config.durable_name;
    if (form != CreateForm::kLegacyEphemeral && HasSeparators(effective)) {
      return Make(catalogue::kConsumerNamePathSeparators);
    }
  }
  return std::nullopt;
}

// CON-023
std::string DrawName(const Context& context) {
  constexpr absl::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr int kSize = 8;
  constexpr std::uint64_t kNames = 218'340'105'584'896;  // 62^8
  std::uint64_t number = context.choices.Draw("consumer.name", kNames);
  std::string name;
  for (int i = 0; i < kSize; ++i) {
    name.push_back(kDigits[number % kDigits.size()]);
    number /= kDigits.size();
  }
  return name;
}

std::string DrawFreeName(const Context& context, Stream& stream) {
  std::string name;
  do {
    name = DrawName(context);
  } while (stream.FindConsumer(name) != nullptr);
  return name;
}

// What a stream asks its origin for: durable where acknowledgements remove, and
// else never the same consumer twice (CON-068).
void AdaptSourcing(const Context& context, Retention retention,
                   ConsumerConfig& config) {
  if (!config.direct || !config.sourcing || config.name.empty()) return;
  if (retention == Retention::kLimits) {
    absl::StrAppend(&config.name, "-", DrawName(context));
    return;
  }
  config.direct = false;
  config.durable_name = config.name;
  config.ack_policy = AckPolicy::kFlowControl;
  config.ack_wait = absl::ZeroDuration();
  config.max_deliver = 0;
  config.inactive_threshold = absl::ZeroDuration();
}

std::vector<const ConsumerConfig*> OtherConfigs(const Profile& profile,
                                                const Stream& stream,
                                                const Consumer* except) {
  std::vector<const ConsumerConfig*> others;
  for (const auto& [name, consumer] : stream.consumers()) {
    if (consumer.get() == except || (profile.work_queue_ignores_exempt &&
                                     IsExempt(profile, consumer->config()))) {
      continue;
    }
    others.push_back(&consumer->config());
  }
  return others;
}

void DropServerMetadata(ConsumerConfig& config) {
  for (const char* key : {"_nats.ver", "_nats.level", "_nats.req.level"}) {
    config.metadata.erase(key);
  }
}

// CON-097 to CON-101
bool SameForCreate(const Profile& profile,
                   const api::ConsumerCreateRequest& request,
                   ConsumerConfig config, ConsumerConfig existing) {
  if (request.has_empty_backoff || request.has_empty_filters) return false;
  if (profile.action_ignores_server_metadata) {
    DropServerMetadata(config);
    DropServerMetadata(existing);
  } else if (request.has_empty_metadata) {
    return false;
  }
  return config == existing;
}

// CON-084, CON-182
bool HasRoom(const Profile& profile, std::int64_t account_limit,
             const Stream& stream) {
  std::int64_t configured = stream.config().max_consumers;
  if (configured <= 0 || (account_limit > 0 && account_limit < configured)) {
    configured = account_limit;
  }
  const std::uint64_t cap = configured > 0
                                ? static_cast<std::uint64_t>(configured)
                                : profile.max_consumers_default;
  return cap == 0 || stream.counted_consumers() < cap;
}

Refusal CheckNew(const Profile& profile, const JetStreamAccount& account,
                 const Stream& stream,
                 const api::ConsumerCreateRequest& request) {
  if (request.action == api::ConsumerAction::kUpdate &&
      profile.has_consumer_action) {
    return Make(catalogue::kConsumerDoesNotExist);
  }
  if (!(profile.has_sourcing && IsExempt(profile, request.config)) &&
      !HasRoom(profile, account.max_consumers, stream)) {
    return Make(catalogue::kMaximumConsumersLimit);
  }
  if (stream.config().retention == Retention::kWorkQueue &&
      !IsExempt(profile, request.config)) {
    std::vector<const ConsumerConfig*> others =
        OtherConfigs(profile, stream, nullptr);
    std::vector<ConsumerConfig> links;
    if (profile.origin_counts_links) {
      links.reserve(stream.followers().size());
      for (const OriginLink* link : stream.followers()) {
        links.push_back(link->AsConsumer());
        others.push_back(&links.back());
      }
    }
    if (Refusal refusal =
            CheckWorkQueueConsumer(profile, request.config, others)) {
      return refusal;
    }
  }
  return CheckNewConsumerName(profile, request.config);
}

}  // namespace

ConsumerInfo ConsumerManagement::MakeInfo(Consumer& consumer) const {
  ConsumerInfo info = consumer.Info(context_);
  if (profile().adds_metadata) {
    info.config.metadata["_nats.ver"] = profile().version;
    info.config.metadata["_nats.level"] = absl::StrCat(profile().api_level);
  }
  return info;
}

Refusal ConsumerManagement::UpdateExisting(
    Stream& stream, Consumer& consumer,
    const api::ConsumerCreateRequest& request) {
  const Profile& profile = this->profile();
  const bool creates = request.action == api::ConsumerAction::kCreate &&
                       profile.has_consumer_action;
  if (creates &&
      !SameForCreate(profile, request, request.config, consumer.config())) {
    return Make(catalogue::kConsumerAlreadyExists);
  }
  if (stream.config().retention == Retention::kWorkQueue &&
      profile.work_queue_checks_updates) {
    if (Refusal refusal =
            CheckWorkQueueFilters(profile, request.config,
                                  OtherConfigs(profile, stream, &consumer))) {
      return refusal;
    }
  }
  if (Refusal refusal =
          CheckConsumerUpdate(profile, consumer.config(), request.config,
                              [this](absl::string_view subject) {
                                return broker_.deliver_subjects().HasInterest(
                                    subject);
                              })) {
    return refusal;
  }
  // Creating the same one again leaves the server's metadata as it is.
  const bool changes = !creates && request.config != consumer.config();
  if (profile.update_counts_again || changes) {
    const SubjectFilter old_filter = consumer.filter();
    consumer.Update(context_, creates ? consumer.config() : request.config);
    if (stream.config().retention == Retention::kInterest &&
        profile.new_filter_drops_interest &&
        (profile.update_counts_again || consumer.filter() != old_filter)) {
      stream.RemoveUnwanted(context_, consumer.ack_floor());  // CON-113
    }
    if (request.config.sourcing) StartAfterFloor(consumer);
  }
  return std::nullopt;
}

void ConsumerManagement::StartAfterFloor(Consumer& consumer) {
  std::uint64_t start = 0;
  consumer.Reset(0, &start);
}

JetStreamError ConsumerManagement::NoStream() const {
  return Make(broker_.resources().enabled() ? catalogue::kStreamNotFound
                                            : catalogue::kNotEnabledForAccount);
}

Outcome<ConsumerInfo> ConsumerManagement::Create(
    const CreateSubject& subject, api::ConsumerCreateRequest request) {
  const Profile& profile = this->profile();
  if (!broker_.resources().enabled()) {
    return Make(catalogue::kNotEnabledForAccount);
  }
  if (request.stream_name != subject.stream) {
    return Make(catalogue::kStreamNameMismatch);
  }
  ConsumerConfig& config = request.config;
  if (Refusal bad = CheckNames(profile, subject, config)) {
    return *std::move(bad);
  }
  if (config.num_replicas > 1) return Make(catalogue::kReplicasNotSupported);
  Stream* stream = broker_.FindStream(subject.stream);
  if (stream == nullptr) return NoStream();

  if (profile.has_sourcing) {
    AdaptSourcing(context_, stream->config().retention, config);
  }
  std::string effective =
      config.durable_name.empty() ? config.name : config.durable_name;
  Consumer* existing =
      effective.empty() ? nullptr : stream->FindConsumer(effective);
  if (existing != nullptr) {
    config.pause_until = existing->config().pause_until;  // CON-152
    if (config.sourcing && !config.durable_name.empty()) {
      config.deliver_policy = existing->config().deliver_policy;
      config.opt_start_seq = existing->config().opt_start_seq;
      config.opt_start_time = existing->config().opt_start_time;
    }
  }
  const JetStreamConfig& server = broker_.resources().config();
  Refusal bad = NormalizeConsumerConfig(profile, server, stream->config(),
                                        request.pedantic, config);
  if (!bad)
    bad = CheckConsumerConfig(profile, server, stream->config(), config);
  if (!bad) {
    bad = existing != nullptr
              ? UpdateExisting(*stream, *existing, request)
              : CheckNew(profile, server.account, *stream, request);
  }
  if (bad) return *std::move(bad);
  if (existing == nullptr) {
    if (effective.empty()) effective = DrawFreeName(context_, *stream);
    existing =
        &stream->AddConsumer(context_, std::move(effective), std::move(config));
    if (existing->config().sourcing) StartAfterFloor(*existing);
  }
  // Whatever was asked for, servers find that the pause is new (CON-152).
  if (existing->IsPaused(context_.now)) existing->AdvisePause(context_);
  ConsumerInfo info = MakeInfo(*existing);
  existing->Wake(context_);
  return info;
}

Refusal ConsumerManagement::Delete(absl::string_view stream_name,
                                   absl::string_view name) {
  Stream* stream = broker_.FindStream(stream_name);
  if (stream == nullptr) return NoStream();
  if (stream->FindConsumer(name) == nullptr) {
    return Make(catalogue::kConsumerNotFound);
  }
  stream->RemoveConsumer(context_, name);
  return std::nullopt;
}

Outcome<ConsumerInfo> ConsumerManagement::Info(absl::string_view stream_name,
                                               absl::string_view name) {
  Stream* stream = broker_.FindStream(stream_name);
  if (stream == nullptr) return NoStream();
  Consumer* consumer = stream->FindConsumer(name);
  if (consumer == nullptr) return Make(catalogue::kConsumerNotFound);
  return MakeInfo(*consumer);
}

}  // namespace windtunnel::broker
