// StreamManagement: what requests of the API do to streams, once they are
// decoded and before the outcome is encoded. Both ways in share it: JSON on
// `$JS.API.STREAM.*`, and structs handed over (Broker::ServesWithoutText()).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_MANAGEMENT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_MANAGEMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shared/api/answers.h"
#include "shared/api/requests.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/context.h"
#include "simulator/broker/outcome.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class StreamManagement {
 public:
  // Both outlive it.
  StreamManagement(Broker& broker, const Context& context)
      : broker_(broker), context_(context) {}

  // `name` is the stream of the request's subject.
  Outcome<StreamInfo> Create(absl::string_view name,
                             api::StreamConfigRequest request);
  Outcome<StreamInfo> Update(absl::string_view name,
                             api::StreamConfigRequest request);
  Refusal Delete(absl::string_view name);
  Outcome<StreamInfo> Info(absl::string_view name,
                           api::StreamInfoRequest request);

  Outcome<api::Page<std::string>> Names(api::PageRequest request) const;
  Outcome<api::Page<StreamInfo>> List(api::StreamListRequest request) const;

  StreamInfo MakeInfo(const Stream& stream, bool deleted_details) const;
  // STR-113. Makes `offset` what it counts as.
  Refusal CheckOffset(std::int64_t& offset) const;

 private:
  void AddMetadata(StreamConfig& config) const;
  Refusal Normalize(const api::StreamConfigRequest& request,
                    StreamConfig& config) const;
  std::vector<std::string> EmptyMembers(
      const api::StreamConfigRequest& request) const;
  bool IsSame(const Stream& stream,
              const api::StreamConfigRequest& request) const;
  StreamInfo MakeAnswer(const Stream& stream) const;
  Refusal CheckRoom(const StreamConfig& config) const;
  Refusal CheckConsumerLimits(const Stream& stream, const StreamConfig& to);
  std::vector<const Stream*> Matching(absl::string_view subject) const;
  void ListSubjects(const Stream& stream, const api::StreamInfoRequest& request,
                    StreamInfo& info) const;

  Broker& broker_;
  const Context& context_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_MANAGEMENT_H_
