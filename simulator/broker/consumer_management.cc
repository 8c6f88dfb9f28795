#include "simulator/broker/consumer_management.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/origin_link.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

// CON-008 to CON-019. Completes the name in `config`.
Refusal CheckNames(const Profile& profile,
                   const ConsumerManagement::CreateSubject& subject,
                   ConsumerConfig& config) {
  const CreateForm form = subject.form;
  const absl::string_view name = subject.name;
  const absl::string_view filter = subject.filter;
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
  const std::string& effective =
      config.durable_name.empty() ? config.name : config.durable_name;
  const bool checked = form != CreateForm::kLegacyEphemeral ||
                       profile.checks_legacy_ephemeral_name;
  if (checked && effective.find_first_of("/\\") != std::string::npos) {
    return Make(catalogue::kConsumerNamePathSeparators);
  }
  return std::nullopt;
}

// CON-023
std::string DrawName(const Context& context, Stream& stream) {
  constexpr absl::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr int kSize = 8;
  constexpr std::uint64_t kNames = 218'340'105'584'896;  // 62^8
  std::string name;
  do {
    std::uint64_t number = context.choices.Draw("consumer.name", kNames);
    name.clear();
    for (int i = 0; i < kSize; ++i) {
      name.push_back(kDigits[number % kDigits.size()]);
      number /= kDigits.size();
    }
  } while (stream.FindConsumer(name) != nullptr);
  return name;
}

std::vector<const ConsumerConfig*> OtherConfigs(const Stream& stream,
                                                const Consumer* except) {
  std::vector<const ConsumerConfig*> others;
  for (const auto& [name, consumer] : stream.consumers()) {
    if (consumer.get() != except) others.push_back(&consumer->config());
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
  return cap == 0 || stream.consumers().size() < cap;
}

Refusal CheckNew(const Profile& profile, const JetStreamAccount& account,
                 const Stream& stream,
                 const api::ConsumerCreateRequest& request) {
  if (request.action == api::ConsumerAction::kUpdate &&
      profile.has_consumer_action) {
    return Make(catalogue::kConsumerDoesNotExist);
  }
  if (!HasRoom(profile, account.max_consumers, stream))
    return Make(catalogue::kMaximumConsumersLimit);
  if (stream.config().retention == Retention::kWorkQueue) {
    std::vector<const ConsumerConfig*> others = OtherConfigs(stream, nullptr);
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
  return CheckConsumerSimulated(request.config);
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
  if (request.action == api::ConsumerAction::kCreate &&
      profile.has_consumer_action) {
    if (SameForCreate(profile, request, request.config, consumer.config())) {
      return std::nullopt;
    }
    return Make(catalogue::kConsumerAlreadyExists);
  }
  if (stream.config().retention == Retention::kWorkQueue &&
      profile.work_queue_checks_updates) {
    if (Refusal refusal = CheckWorkQueueFilters(
            profile, request.config, OtherConfigs(stream, &consumer))) {
      return refusal;
    }
  }
  if (Refusal refusal =
          CheckConsumerUpdate(profile, consumer.config(), request.config)) {
    return refusal;
  }
  if (Refusal refusal = CheckConsumerSimulated(request.config)) return refusal;
  if (!(request.config == consumer.config())) {
    consumer.Update(context_, request.config);
  }
  return std::nullopt;
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
  Stream* stream = broker_.FindStream(subject.stream);
  if (stream == nullptr) return NoStream();

  std::string effective =
      config.durable_name.empty() ? config.name : config.durable_name;
  Consumer* existing =
      effective.empty() ? nullptr : stream->FindConsumer(effective);
  if (existing != nullptr) {
    config.pause_until = existing->config().pause_until;  // CON-152
  }
  const JetStreamConfig& server = broker_.resources().config();
  Refusal bad = NormalizeConsumerConfig(profile, server, stream->config(),
                                        request.pedantic, config);
  if (!bad)
    bad = CheckConsumerConfig(profile, server, stream->config(), config);
  if (!bad) bad = CheckConsumerName(profile, config);
  if (!bad) {
    bad = existing != nullptr
              ? UpdateExisting(*stream, *existing, request)
              : CheckNew(profile, server.account, *stream, request);
  }
  if (bad) return *std::move(bad);
  if (existing == nullptr) {
    if (effective.empty()) effective = DrawName(context_, *stream);
    existing =
        &stream->AddConsumer(context_, std::move(effective), std::move(config));
    if (existing->IsPaused(context_.now)) {
      existing->AdvisePause(context_);
    }
  }
  return MakeInfo(*existing);
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
