// SimulatedJetStream: JetStream on a simulated connection.
//
// Publishing, pulling, acknowledging, and making, looking at and deleting
// streams, consumers and messages reach the broker without text in between
// wherever the outcome is the same; everything else speaks the wire.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/api/answers.h"
#include "shared/jetstream/wire_jetstream.h"
#include "simulator/broker/outcome.h"
#include "simulator/connection/simulated_connection.h"

namespace windtunnel::simulation {

class SimulatedJetStream final : public internal::WireJetStream {
 public:
  // `connection` outlives it.
  SimulatedJetStream(SimulatedConnection& connection,
                     const JetStreamOptions& options);

  using JetStream::Publish;
  using JetStream::PublishAsync;
  absl::StatusOr<PubAck> Publish(const Message& message,
                                 const PublishOptions& options) override;
  absl::StatusOr<Future<PubAck>> PublishAsync(
      const Message& message, const PublishOptions& options) override;
  absl::StatusOr<std::unique_ptr<PullSubscription>> SubscribePull(
      absl::string_view stream, absl::string_view consumer) override;
  using JetStream::SubscribePush;
  absl::StatusOr<std::unique_ptr<PushSubscription>> SubscribePush(
      absl::string_view deliver_subject,
      const PushSubscribeOptions& options) override;

  using JetStream::DeleteConsumer;
  using JetStream::DeleteMessage;
  using JetStream::DeleteStream;
  using JetStream::GetConsumerInfo;
  using JetStream::GetMessage;
  using JetStream::GetMessageDirect;
  using JetStream::GetStreamInfo;
  using JetStream::PurgeStream;
  using JetStream::StreamNames;
  absl::Status DeleteStream(absl::string_view stream,
                            const CallOptions& options) override;
  absl::StatusOr<StreamInfo> GetStreamInfo(
      absl::string_view stream, const StreamInfoOptions& options) override;
  absl::Status DeleteConsumer(absl::string_view stream,
                              absl::string_view consumer,
                              const CallOptions& options) override;
  absl::StatusOr<ConsumerInfo> GetConsumerInfo(
      absl::string_view stream, absl::string_view consumer,
      const CallOptions& options) override;
  absl::StatusOr<std::vector<std::string>> StreamNames(
      const ListStreamsOptions& options) override;
  absl::StatusOr<std::uint64_t> PurgeStream(
      absl::string_view stream, const PurgeOptions& options) override;
  absl::StatusOr<StoredMessage> GetMessage(absl::string_view stream,
                                           const GetMessageRequest& request,
                                           const CallOptions& options) override;
  absl::StatusOr<StoredMessage> GetMessageDirect(
      absl::string_view stream, const GetMessageRequest& request,
      const CallOptions& options) override;
  absl::Status DeleteMessage(absl::string_view stream, std::uint64_t sequence,
                             const DeleteMessageOptions& options) override;

 protected:
  absl::StatusOr<StreamInfo> SendStreamConfig(
      absl::string_view verb, const StreamConfig& config,
      const ConfigOptions& options) override;
  absl::StatusOr<ConsumerInfo> SendConsumerConfig(
      absl::string_view stream, const ConsumerConfig& config,
      api::ConsumerAction action, const ConfigOptions& options) override;

 private:
  // One publish that the wire would make the same of.
  struct Attempt {
    enum class Result {
      kAnswered,
      kNotSent,   // Something is wrong with the message.
      kNotTaken,  // No responders.
      kWire,      // Not possible this way: nothing was done.
    };
    Result result = Result::kWire;
    absl::StatusOr<PubAck> answer = PubAck();
  };
  // Checks and publishes once.
  Attempt TryPublish(const Message& message, const PublishOptions& options);
  void Record(const Message& message, const broker::PublishOutcome& outcome,
              const std::string& stream);

  // simulated_management.cc

  // True if `name` means the same to whoever reads it in a subject.
  static bool IsPlainName(absl::string_view name);
  // True if a request of the API to `function` has the same outcome without
  // text, whatever it asks for. May switch tasks.
  bool GoesWithoutText(absl::string_view function,
                       const std::optional<absl::Duration>& timeout,
                       const CancellationToken& cancellation);
  void RecordRequest(absl::string_view function,
                     const broker::Refusal& refusal);
  // Ends a request that went so.
  void EndRequest(absl::string_view function, const broker::Refusal& refusal);
  template <typename T>
  absl::StatusOr<T> Answer(absl::string_view function, api::Call call,
                           broker::Outcome<T> outcome);

  SimulatedConnection& connection_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
