// StreamApi: requests on `$JS.API.*` other than CONSUMER: account, streams,
// messages, direct get (wire.md sections 6 to 9, in docs/behaviour).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_API_STREAMS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_API_STREAMS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "shared/api/answers.h"
#include "shared/api/requests.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_management.h"
#include "simulator/broker/outcome.h"
#include "simulator/broker/stream_management.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class StreamApi {
 public:
  // Serves one request; `subject` begins with "$JS.API.". Answers go to
  // `reply`. What this server version does not know is not answered (API-024).
  // False: nobody listens there (API-127).
  static bool Handle(Broker& broker, const Context& context,
                     absl::string_view subject, absl::string_view reply,
                     absl::string_view header_block, absl::string_view body);

 private:
  // The JSON of a success, or a refusal.
  struct Answer {
    std::string json;
    Refusal error;
  };

  StreamApi(Broker& broker, const Context& context, absl::string_view subject,
            absl::string_view reply, absl::string_view header_block,
            absl::string_view body)
      : broker_(broker),
        context_(context),
        subject_(subject),
        reply_(reply),
        header_block_(header_block),
        body_(body),
        streams_(broker, context),
        messages_(broker, context) {}

  static Answer Refuse(JetStreamError error) { return {"", std::move(error)}; }
  bool Dispatch(absl::string_view function);
  bool DispatchStream(absl::string_view function);
  bool LevelIsTooHigh() const;
  void Run(api::Call call, Answer (StreamApi::*handle)(absl::string_view),
           absl::string_view stream);

  // api_streams.cc
  Answer AccountInfo(absl::string_view);
  Answer NeedsCluster(absl::string_view);
  Answer NeedsSnapshots(absl::string_view);

  // api_stream_config.cc
  Answer Create(absl::string_view name);
  Answer Update(absl::string_view name);
  Answer Delete(absl::string_view name);
  Refusal DecodeConfig(api::StreamConfigRequest& request) const;
  Answer Encode(api::Call call, Outcome<StreamInfo> outcome) const;

  // api_stream_info.cc
  Answer Info(absl::string_view name);
  Answer Names(absl::string_view);
  Answer List(absl::string_view);
  template <typename Request>
  Refusal DecodeOptional(Request& request) const;

  // api_messages.cc
  Answer Purge(absl::string_view name);
  Answer GetMessage(absl::string_view name);
  Answer DeleteMessage(absl::string_view name);

  // api_direct_get.cc
  bool DirectGet(absl::string_view stream_and_subject);
  const Stream* FindDirect(absl::string_view name);
  void DirectRequest(const Stream& stream);
  void DirectSubject(const Stream& stream, absl::string_view subject);
  void DirectBatch(const Stream& stream, const api::MessageGetRequest& request);
  void DirectMultiLast(const Stream& stream,
                       const api::MessageGetRequest& request);
  void SendDirect(const Stream& stream, std::uint64_t seq, bool no_hdr,
                  absl::string_view more_headers);
  void SendStatus(absl::string_view status, absl::string_view headers = "");

  Broker& broker_;
  const Context& context_;
  const absl::string_view subject_;
  const absl::string_view reply_;
  const absl::string_view header_block_;
  const absl::string_view body_;
  StreamManagement streams_;
  MessageManagement messages_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_API_STREAMS_H_
