// SimulatedJetStream: JetStream on a simulated connection.
//
// Publishing, pulling and acknowledging reach the broker without text in between
// wherever the outcome is the same; everything else speaks the wire.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_

#include <memory>
#include <string>

#include "shared/jetstream/wire_jetstream.h"
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

 private:
  // One publish that the wire would make the same of.
  struct Attempt {
    enum class Result {
      kAnswered,
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

  SimulatedConnection& connection_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
