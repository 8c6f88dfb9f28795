// WireJetStream: JetStream as any NATS client speaks it. JSON requests on
// `$JS.API`, acknowledgements and deliveries on inboxes.
//
// The simulator derives from it and takes a shorter way where it matters.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_WIRE_JETSTREAM_H_
#define WINDTUNNEL_SHARED_JETSTREAM_WIRE_JETSTREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/sync.h"

namespace windtunnel::api {
enum class ConsumerAction;
}  // namespace windtunnel::api

namespace windtunnel::internal {

class AsyncPublisher;

class WireJetStream : public JetStream {
 public:
  WireJetStream(ConnectionBase& connection, const JetStreamOptions& options);
  ~WireJetStream() override;

  using JetStream::CreateConsumer;
  using JetStream::CreateOrUpdateConsumer;
  using JetStream::CreateOrUpdateStream;
  using JetStream::CreateStream;
  using JetStream::UpdateConsumer;
  using JetStream::UpdateStream;

  absl::StatusOr<StreamInfo> CreateStream(const StreamConfig& config,
                                          const ConfigOptions& options) override;
  absl::StatusOr<StreamInfo> UpdateStream(const StreamConfig& config,
                                          const ConfigOptions& options) override;
  absl::StatusOr<StreamInfo> CreateOrUpdateStream(
      const StreamConfig& config, const ConfigOptions& options) override;
  absl::Status DeleteStream(absl::string_view stream,
                            const CallOptions& options) override;
  absl::StatusOr<StreamInfo> GetStreamInfo(
      absl::string_view stream, const StreamInfoOptions& options) override;
  absl::StatusOr<std::vector<std::string>> StreamNames(
      const ListStreamsOptions& options) override;
  absl::StatusOr<std::vector<StreamInfo>> ListStreams(
      const ListStreamsOptions& options) override;
  absl::StatusOr<std::uint64_t> PurgeStream(absl::string_view stream,
                                            const PurgeOptions& options) override;
  absl::StatusOr<StoredMessage> GetMessage(absl::string_view stream,
                                           const GetMessageRequest& request,
                                           const CallOptions& options) override;
  absl::StatusOr<StoredMessage> GetMessageDirect(
      absl::string_view stream, const GetMessageRequest& request,
      const CallOptions& options) override;
  absl::StatusOr<StoredMessages> GetMessagesDirect(
      absl::string_view stream, const GetMessagesRequest& request,
      const CallOptions& options) override;
  absl::Status DeleteMessage(absl::string_view stream, std::uint64_t sequence,
                             const DeleteMessageOptions& options) override;
  absl::StatusOr<AccountInfo> GetAccountInfo(const CallOptions& options) override;

  absl::StatusOr<PubAck> Publish(const Message& message,
                                 const PublishOptions& options) override;
  absl::StatusOr<Future<PubAck>> PublishAsync(
      const Message& message, const PublishOptions& options) override;
  int publish_async_pending() const override;
  absl::Status WaitPublishAsync(absl::Duration timeout) override;

  absl::StatusOr<ConsumerInfo> CreateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) override;
  absl::StatusOr<ConsumerInfo> UpdateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) override;
  absl::StatusOr<ConsumerInfo> CreateOrUpdateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) override;
  absl::Status DeleteConsumer(absl::string_view stream,
                              absl::string_view consumer,
                              const CallOptions& options) override;
  absl::StatusOr<ConsumerInfo> GetConsumerInfo(
      absl::string_view stream, absl::string_view consumer,
      const CallOptions& options) override;
  absl::StatusOr<std::vector<std::string>> ConsumerNames(
      absl::string_view stream, const CallOptions& options) override;
  absl::StatusOr<std::vector<ConsumerInfo>> ListConsumers(
      absl::string_view stream, const CallOptions& options) override;
  absl::StatusOr<PauseState> PauseConsumer(absl::string_view stream,
                                           absl::string_view consumer,
                                           absl::Time until,
                                           const CallOptions& options) override;
  absl::StatusOr<PauseState> ResumeConsumer(absl::string_view stream,
                                            absl::string_view consumer,
                                            const CallOptions& options) override;
  absl::Status UnpinConsumer(absl::string_view stream,
                             absl::string_view consumer, absl::string_view group,
                             const CallOptions& options) override;
  absl::StatusOr<ConsumerInfo> ResetConsumer(absl::string_view stream,
                                             absl::string_view consumer,
                                             std::uint64_t seq,
                                             const CallOptions& options) override;

  absl::StatusOr<std::unique_ptr<PullSubscription>> SubscribePull(
      absl::string_view stream, absl::string_view consumer) override;
  using JetStream::SubscribePush;
  absl::StatusOr<std::unique_ptr<PushSubscription>> SubscribePush(
      absl::string_view deliver_subject,
      const PushSubscribeOptions& options) override;

  Connection& connection() override { return connection_; }

 protected:
  const JetStreamOptions& options() const { return options_; }

  // What all that create and update come to. `verb` is CREATE or UPDATE.
  virtual absl::StatusOr<StreamInfo> SendStreamConfig(
      absl::string_view verb, const StreamConfig& config,
      const ConfigOptions& options);
  virtual absl::StatusOr<ConsumerInfo> SendConsumerConfig(
      absl::string_view stream, const ConsumerConfig& config,
      api::ConsumerAction action, const ConfigOptions& options);

 private:
  // A request to `$JS.API.<function>`.
  Message MakeRequest(absl::string_view function, std::string body) const;
  // Sends it. The answer as it came: JSON, or a raw message.
  absl::StatusOr<Message> Ask(absl::string_view function, std::string body,
                              std::optional<absl::Duration> timeout,
                              const CancellationToken& token);
  // Asks and decodes.
  template <typename Decoder>
  auto Call(absl::string_view function, std::string body,
            std::optional<absl::Duration> timeout,
            const CancellationToken& token, Decoder decode)
      -> decltype(decode(absl::string_view())) {
    absl::StatusOr<Message> answer =
        Ask(function, std::move(body), timeout, token);
    if (!answer.ok()) return answer.status();
    return decode(answer->data);
  }

  absl::StatusOr<std::shared_ptr<AsyncPublisher>> EnsureAsyncPublisher();
  std::shared_ptr<AsyncPublisher> async_publisher() const;

  ConnectionBase& connection_;
  const JetStreamOptions options_;
  const std::string api_prefix_;
  mutable Mutex mutex_;
  // Shared with its task and the backend. Made by the first PublishAsync().
  std::shared_ptr<AsyncPublisher> async_publisher_;
};

// kInvalidArgument naming `name` if it cannot be a token of a request's subject:
// empty, with a dot or white space. `what` is "stream" or "consumer".
absl::Status CheckName(absl::string_view what, absl::string_view name);

// kInvalidArgument naming it if a consumer cannot deliver there: it has a
// wildcard. What else is wrong with it is found when subscribing.
absl::Status CheckDeliverSubject(absl::string_view subject);

// The subject to create or update a consumer on, without the API's prefix
// (API-151, API-154, API-155). Errors: as CheckName().
absl::StatusOr<std::string> ConsumerCreateSubject(absl::string_view stream,
                                                  const ConsumerConfig& config);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_WIRE_JETSTREAM_H_
