// SimulatedJetStream: JetStream on a simulated connection.
//
// Publishing, pulling and acknowledging reach the broker without text in between
// wherever the outcome is the same; everything else speaks the wire.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_

#include <memory>
#include <optional>
#include <vector>

#include "shared/jetstream/wire_jetstream.h"
#include "simulator/connection/simulated_connection.h"

namespace windtunnel::simulation {

class SimulatedJetStream final : public internal::WireJetStream {
 public:
  // `connection` outlives it.
  SimulatedJetStream(SimulatedConnection& connection,
                     const JetStreamOptions& options);
  ~SimulatedJetStream() override;

  using JetStream::Publish;
  using JetStream::PublishAsync;
  absl::StatusOr<PubAck> Publish(const Message& message,
                                 const PublishOptions& options) override;
  absl::StatusOr<Future<PubAck>> PublishAsync(
      const Message& message, const PublishOptions& options) override;
  int publish_async_pending() const override;
  absl::Status WaitPublishAsync(absl::Duration timeout) override;
  absl::StatusOr<std::unique_ptr<PullSubscription>> SubscribePull(
      absl::string_view stream, absl::string_view consumer) override;

 private:
  class Unanswered;

  // One publish that the wire would make the same of.
  struct Attempt {
    enum class Result {
      kAnswered,
      kNotTaken,  // No responders.
      kSilent,    // It was taken, and nothing comes back.
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
  // Asynchronous publishes that nobody answers, until their time is over.
  std::vector<std::unique_ptr<Unanswered>> unanswered_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_JETSTREAM_H_
