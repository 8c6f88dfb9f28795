#include "simulator/broker/api_streams.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/broker_state.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kApiPrefix = "$JS.API.";

}  // namespace

bool StreamApi::Handle(Broker& broker, const Context& context,
                       absl::string_view subject, absl::string_view reply,
                       absl::string_view header_block, absl::string_view body) {
  StreamApi api(broker, context, subject, reply, header_block, body);
  return api.Dispatch(absl::StripPrefix(subject, kApiPrefix));
}

bool StreamApi::Dispatch(absl::string_view function) {
  if (absl::ConsumePrefix(&function, "STREAM.")) {
    return DispatchStream(function);
  }
  if (function == "DIRECT.GET" || absl::StartsWith(function, "DIRECT.GET.")) {
    absl::ConsumePrefix(&function, "DIRECT.GET");
    absl::ConsumePrefix(&function, ".");
    return DirectGet(function);
  }
  if (function == "INFO") {
    Run(api::Call::kAccountInfo, &StreamApi::AccountInfo, "");
  }
  return true;
}

bool StreamApi::DispatchStream(absl::string_view function) {
  struct Function {
    absl::string_view prefix;  // The stream's name follows.
    api::Call call;
    Answer (StreamApi::*handle)(absl::string_view);
  };
  static constexpr Function kFunctions[] = {
      {"CREATE.", api::Call::kStreamCreate, &StreamApi::Create},
      {"UPDATE.", api::Call::kStreamUpdate, &StreamApi::Update},
      {"DELETE.", api::Call::kStreamDelete, &StreamApi::Delete},
      {"INFO.", api::Call::kStreamInfo, &StreamApi::Info},
      {"PURGE.", api::Call::kStreamPurge, &StreamApi::Purge},
      {"MSG.GET.", api::Call::kMessageGet, &StreamApi::GetMessage},
      {"MSG.DELETE.", api::Call::kMessageDelete, &StreamApi::DeleteMessage},
      {"SNAPSHOT.", api::Call::kStreamSnapshot, &StreamApi::NeedsSnapshots},
      {"RESTORE.", api::Call::kStreamRestore, &StreamApi::NeedsSnapshots},
      {"LEADER.STEPDOWN.", api::Call::kStreamLeaderStepdown,
       &StreamApi::NeedsCluster},
      {"PEER.REMOVE.", api::Call::kStreamPeerRemove, &StreamApi::NeedsCluster},
  };
  if (function == "NAMES") {
    Run(api::Call::kStreamNames, &StreamApi::Names, "");
    return true;
  }
  if (function == "LIST") {
    Run(api::Call::kStreamList, &StreamApi::List, "");
    return true;
  }
  for (const Function& known : kFunctions) {
    absl::string_view name = function;
    if (!absl::ConsumePrefix(&name, known.prefix)) continue;
    if (!name.empty() && !absl::StrContains(name, ".")) {
      Run(known.call, known.handle, name);
    }
    break;
  }
  return true;
}

void StreamApi::Run(api::Call call,
                    Answer (StreamApi::*handle)(absl::string_view),
                    absl::string_view stream) {
  Answer answer;
  if (handle == &StreamApi::NeedsCluster) {
    answer = (this->*handle)(stream);
  } else if (LevelIsTooHigh()) {
    answer = Refuse(catalogue::Make(catalogue::kRequiredApiLevel));
  } else if (!broker_.state_->resources.enabled()) {
    answer = Refuse(catalogue::Make(catalogue::kNotEnabledForAccount));
  } else {
    answer = (this->*handle)(stream);
  }
  if (answer.error) answer.json = api::EncodeError(call, *answer.error);
  // STO-042, API-034.
  if (call == api::Call::kMessageGet && !answer.error) {
    broker_.Send(context_, reply_, "", answer.json);
    return;
  }
  broker_.AnswerApi(context_, subject_, reply_, body_, answer.json,
                    answer.error.has_value());
}

// API-020.
bool StreamApi::LevelIsTooHigh() const {
  if (!broker_.profile_.required_api_level || header_block_.empty()) {
    return false;
  }
  const auto value = FindHeader(header_block_, "Nats-Required-Api-Level");
  std::int64_t level = 0;
  return value && (!absl::SimpleAtoi(*value, &level) ||
                   level > broker_.profile_.api_level);
}

// API-050.
StreamApi::Answer StreamApi::AccountInfo(absl::string_view) {
  windtunnel::AccountInfo info;
  const AccountResources& resources = broker_.state_->resources;
  for (const auto& [name, stream] : broker_.state_->streams) {
    const StreamConfig& config = stream->config();
    if (config.max_bytes > 0 || broker_.profile_.info_reserves_unlimited) {
      (config.storage == Storage::kMemory ? info.reserved_memory
                                          : info.reserved_storage) +=
          static_cast<std::uint64_t>(config.max_bytes);
    }
    info.consumers += stream->listed_consumers();
  }
  info.memory = resources.held().memory;
  info.storage = resources.held().file;
  info.limits = resources.limits();
  info.streams = broker_.state_->streams.size();
  info.api_level = broker_.profile_.api_level;
  info.api_total = broker_.state_->api_total;
  info.api_errors = broker_.state_->api_errors;
  return {api::EncodeAccountInfo(broker_.state_->dialect, info), std::nullopt};
}

// API-350.
StreamApi::Answer StreamApi::NeedsCluster(absl::string_view) {
  return Refuse(catalogue::Make(catalogue::kClusteringRequired));
}

StreamApi::Answer StreamApi::NeedsSnapshots(absl::string_view) {
  return Refuse(catalogue::NotSimulated("stream snapshots"));
}

}  // namespace windtunnel::broker
