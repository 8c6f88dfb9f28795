// JetStream: streams, publishing with acknowledgement, consumers.
//
//   JetStream& jetstream = connection->jetstream();
//   jetstream.CreateStream({.name = "ORDERS", .subjects = {"orders.>"}});
//   jetstream.Publish({.subject = "orders.new", .data = "book"});
//
// All calls block with a deadline. Configurations go to the server as they are;
// it decides (STR-013 ff., CON-001 ff.). Only what cannot be encoded is refused
// here.
//
// Errors of every call, besides what it lists:
//   the server's refusal  a status that carries JetStreamError. Nothing changed.
//   kInvalidArgument      not encodable, with the field's name: white space in a
//                         name, a duration beyond int64 nanoseconds. Not sent.
//   kUnavailable          kNoResponders: JetStream is not running. Not done.
//                         kConnectionLost: outcome unknown.
//   kDeadlineExceeded     kTimeout: outcome unknown.
//   kCancelled            outcome unknown if it was sent.
//   kFailedPrecondition   kConnectionClosed, kNotATask: not done.
//   kUnimplemented        kNotSimulated: the simulator does not model a field,
//                         which the text names. Nothing changed.
//
// Threads: any task. Lifetime: with its Connection.

#ifndef WINDTUNNEL_JETSTREAM_H_
#define WINDTUNNEL_JETSTREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/future.h"
#include "windtunnel/message.h"
#include "windtunnel/publish.h"
#include "windtunnel/pull.h"
#include "windtunnel/push.h"
#include "windtunnel/stream.h"

namespace windtunnel {

class Connection;

struct JetStreamOptions {
  // Talks to `$JS.<domain>.API` instead of `$JS.API` (API-028).
  std::string domain = {};
  // Replaces `$JS.API` altogether; not together with `domain`.
  std::string api_prefix = {};
  // For calls whose options leave `timeout` unset.
  absl::Duration timeout = absl::Seconds(5);
  // PublishAsync() waits while this many are not acknowledged.
  int publish_async_max_pending = 4'000;
  // Nats-Required-Api-Level on every request to the API: servers of a lower level
  // refuse it (10185, STR-011; direct gets with 412, STO-049). 0: not sent. Servers
  // before 2.12 ignore it.
  int required_api_level = 0;
};

// For calls without options of their own.
struct CallOptions {
  std::optional<absl::Duration> timeout = {};  // Unset: JetStreamOptions::timeout.
  CancellationToken cancellation = {};
};

// For creating and updating.
struct ConfigOptions {
  // Silent adjustments of the configuration become errors (STR-012, CON-121).
  // Servers 2.11+; older ones ignore it.
  bool pedantic = false;
  std::optional<absl::Duration> timeout = {};
  CancellationToken cancellation = {};
};

struct StreamInfoOptions {
  bool deleted_details = false;  // Fills state.deleted (STR-106).
  std::string subjects_filter = {};   // Fills state.subjects (STR-108).
  std::uint64_t offset = 0;      // Skips that many subjects (STR-109).
  std::optional<absl::Duration> timeout = {};
  CancellationToken cancellation = {};
};

struct ListStreamsOptions {
  std::string subject = {};  // Only streams with an overlapping subject (STR-114).
  std::optional<absl::Duration> timeout = {};  // For each page.
  CancellationToken cancellation = {};
};

struct PurgeOptions {
  std::string filter = {};     // Only matching subjects (STO-025).
  std::uint64_t seq = 0;  // Only below this sequence (STO-019). Not with `keep`.
  std::uint64_t keep = 0;  // Keeps the newest (STO-024).
  std::optional<absl::Duration> timeout = {};
  CancellationToken cancellation = {};
};

// Which message to read (STO-034 to STO-041). Set one of the first three, or
// `seq` with `next_by_subject`, or `start_time`.
struct GetMessageRequest {
  std::uint64_t seq = 0;
  std::string last_by_subject = {};
  std::string next_by_subject = {};
  std::optional<absl::Time> start_time = {};  // Servers 2.11+.
  bool no_headers = false;               // Servers 2.12+.
};

// Which messages to read at once (STO-052 to STO-062). Servers 2.11+.
//
// Either up to `batch` messages from `seq` or `start_time` on, `next_by_subject`
// choosing among them; or, with `multi_last`, the last message of each subject.
struct GetMessagesRequest {
  std::uint64_t seq = 0;  // With multi_last: lower ones are left out (STO-057).
  std::optional<absl::Time> start_time = {};  // Not with `seq`.
  std::string next_by_subject = {};           // Wildcards allowed.
  // At most 1024 subjects may match; wildcards allowed.
  std::vector<std::string> multi_last = {};
  // With multi_last, one of them: the last message no later than this sequence,
  // or stored before this time (STO-060, STO-061).
  std::uint64_t up_to_seq = 0;
  std::optional<absl::Time> up_to_time = {};

  // At most so many messages. 0: no bound, with multi_last; else it must be set.
  std::int64_t batch = 0;
  // Ends with the message that makes subjects, headers and data reach so many
  // bytes (STO-055). 0: the server's bound, 64 MB.
  std::int64_t max_bytes = 0;
  // Only `data` comes. Servers 2.12+; no effect with multi_last.
  bool no_headers = false;
};

struct DeleteMessageOptions {
  // Overwrite the data in the store; false is `no_erase`.
  bool erase = true;
  std::optional<absl::Duration> timeout = {};
  CancellationToken cancellation = {};
};

// What the account may use and uses (API-050, API-051). -1: no limit.
struct AccountLimits {
  std::int64_t max_memory = -1;
  std::int64_t max_storage = -1;
  std::int64_t max_streams = -1;
  std::int64_t max_consumers = -1;
  std::int64_t max_ack_pending = -1;
  std::int64_t memory_max_stream_bytes = -1;
  std::int64_t storage_max_stream_bytes = -1;
  bool max_bytes_required = false;

  friend bool operator==(const AccountLimits&, const AccountLimits&) = default;
};

struct AccountInfo {
  std::uint64_t memory = 0;
  std::uint64_t storage = 0;
  // What the `max_bytes` of streams add up to. Servers 2.10+.
  std::uint64_t reserved_memory = 0;
  std::uint64_t reserved_storage = 0;
  std::uint64_t streams = 0;
  std::uint64_t consumers = 0;
  AccountLimits limits = {};
  std::string domain = {};
  int api_level = 0;
  std::uint64_t api_total = 0;
  std::uint64_t api_errors = 0;
};

struct PauseState {
  bool paused = false;
  std::optional<absl::Time> pause_until = {};
  absl::Duration pause_remaining = {};
};

class JetStream {
 public:
  JetStream() = default;
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;
  virtual ~JetStream() = default;

  // --- Streams ---------------------------------------------------------------

  // Creates a stream. Creating one that exists with an equal configuration
  // succeeds and changes nothing (STR-073).
  // Errors: kAlreadyExists (10058) if it exists with another configuration.
  virtual absl::StatusOr<StreamInfo> CreateStream(const StreamConfig& config,
                                                  const ConfigOptions& options) = 0;
  // Replaces the configuration; fields left out return to their defaults
  // (STR-076). Errors: kNotFound (10059).
  virtual absl::StatusOr<StreamInfo> UpdateStream(const StreamConfig& config,
                                                  const ConfigOptions& options) = 0;
  // Updates, and creates if there was none.
  virtual absl::StatusOr<StreamInfo> CreateOrUpdateStream(
      const StreamConfig& config, const ConfigOptions& options) = 0;
  // Errors: kNotFound (10059).
  virtual absl::Status DeleteStream(absl::string_view stream,
                                    const CallOptions& options) = 0;
  virtual absl::StatusOr<StreamInfo> GetStreamInfo(
      absl::string_view stream, const StreamInfoOptions& options) = 0;
  // All of them, page by page, sorted by name.
  virtual absl::StatusOr<std::vector<std::string>> StreamNames(
      const ListStreamsOptions& options) = 0;
  virtual absl::StatusOr<std::vector<StreamInfo>> ListStreams(
      const ListStreamsOptions& options) = 0;
  // The number of messages removed (STO-017 to STO-033).
  virtual absl::StatusOr<std::uint64_t> PurgeStream(
      absl::string_view stream, const PurgeOptions& options) = 0;

  // Errors: kNotFound (10037) if there is no such message.
  virtual absl::StatusOr<StoredMessage> GetMessage(
      absl::string_view stream, const GetMessageRequest& request,
      const CallOptions& options) = 0;
  // As GetMessage(), answered without the API's queue; the stream needs
  // allow_direct (STO-043 to STO-051). Errors: kNotFound without a
  // JetStreamError if there is no such message; kUnavailable (kNoResponders) if
  // the stream does not exist or does not allow it (2.9: kDeadlineExceeded).
  virtual absl::StatusOr<StoredMessage> GetMessageDirect(
      absl::string_view stream, const GetMessageRequest& request,
      const CallOptions& options) = 0;
  // As GetMessageDirect(), many at once. It ends early at a bound, which is no
  // error: ask again from `last_sequence` + 1 while `remaining` is not 0. The
  // deadline is for all together; what came before an error is dropped.
  //
  // Errors, without a JetStreamError:
  //   kNotFound            404: nothing matches.
  //   kInvalidArgument     408: fields that exclude each other, or no batch.
  //   kResourceExhausted   413: multi_last matches more than 1024 subjects.
  //   kFailedPrecondition  412: JetStreamOptions::required_api_level.
  //   kUnimplemented       The server is older than 2.11: it reads one message
  //                        at a time.
  //   kUnavailable         As GetMessageDirect().
  virtual absl::StatusOr<StoredMessages> GetMessagesDirect(
      absl::string_view stream, const GetMessagesRequest& request,
      const CallOptions& options) = 0;
  virtual absl::Status DeleteMessage(absl::string_view stream,
                                     std::uint64_t sequence,
                                     const DeleteMessageOptions& options) = 0;
  virtual absl::StatusOr<AccountInfo> GetAccountInfo(
      const CallOptions& options) = 0;

  // --- Publishing ------------------------------------------------------------

  // Stores a message and waits for the acknowledgement. Headers set by `options`
  // replace those of the same name in `message`. `message.reply` must be empty.
  //
  // Errors: kUnavailable (kNoResponders) if no stream takes the subject.
  virtual absl::StatusOr<PubAck> Publish(const Message& message,
                                         const PublishOptions& options) = 0;

  // As Publish(), but returns when the message was sent; the acknowledgement
  // comes through the future. Waits first while publish_async_max_pending are
  // outstanding.
  //
  // Errors: as Publish() for what is wrong with the message; kResourceExhausted
  // if the bound was not undercut within `options.timeout`; kCancelled. Not sent
  // then. From the moment of sending, `options.timeout` bounds the wait for the
  // acknowledgement, and `options.cancellation` has no effect. The future fails
  // as Publish() does.
  virtual absl::StatusOr<Future<PubAck>> PublishAsync(
      const Message& message, const PublishOptions& options) = 0;
  // How many asynchronous publishes are not acknowledged yet.
  virtual int publish_async_pending() const = 0;
  // Waits until none is. Errors: kDeadlineExceeded, kCancelled.
  virtual absl::Status WaitPublishAsync(absl::Duration timeout) = 0;

  // --- Consumers -------------------------------------------------------------

  // Creates a consumer. Succeeds if it exists with an equal configuration.
  // Errors: kAlreadyExists (10148) if it exists with another (CON-097; 2.9
  // updates it instead).
  virtual absl::StatusOr<ConsumerInfo> CreateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) = 0;
  // Errors: 10149 if there is none (CON-096; 2.9 creates it instead).
  virtual absl::StatusOr<ConsumerInfo> UpdateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) = 0;
  virtual absl::StatusOr<ConsumerInfo> CreateOrUpdateConsumer(
      absl::string_view stream, const ConsumerConfig& config,
      const ConfigOptions& options) = 0;
  virtual absl::Status DeleteConsumer(absl::string_view stream,
                                      absl::string_view consumer,
                                      const CallOptions& options) = 0;
  virtual absl::StatusOr<ConsumerInfo> GetConsumerInfo(
      absl::string_view stream, absl::string_view consumer,
      const CallOptions& options) = 0;
  virtual absl::StatusOr<std::vector<std::string>> ConsumerNames(
      absl::string_view stream, const CallOptions& options) = 0;
  virtual absl::StatusOr<std::vector<ConsumerInfo>> ListConsumers(
      absl::string_view stream, const CallOptions& options) = 0;
  // Servers 2.11+; older ones do not answer (kDeadlineExceeded).
  virtual absl::StatusOr<PauseState> PauseConsumer(absl::string_view stream,
                                                   absl::string_view consumer,
                                                   absl::Time until,
                                                   const CallOptions& options) = 0;
  virtual absl::StatusOr<PauseState> ResumeConsumer(
      absl::string_view stream, absl::string_view consumer,
      const CallOptions& options) = 0;
  virtual absl::Status UnpinConsumer(absl::string_view stream,
                                     absl::string_view consumer,
                                     absl::string_view group,
                                     const CallOptions& options) = 0;
  // Servers 2.14+. `seq` 0: back to the ack floor (CON-157 to CON-165).
  virtual absl::StatusOr<ConsumerInfo> ResetConsumer(
      absl::string_view stream, absl::string_view consumer, std::uint64_t seq,
      const CallOptions& options) = 0;

  // The inbox to pull from a consumer. The consumer need not exist: a request to
  // one that does not ends with a 503 status (PUL-002; 2.9 does not answer).
  virtual absl::StatusOr<std::unique_ptr<PullSubscription>> SubscribePull(
      absl::string_view stream, absl::string_view consumer) = 0;

  // Listens on the deliver subject of a push consumer, which need not exist yet.
  // When this returns, what consumers made afterwards through this connection
  // send is seen.
  //
  // Errors: as Connection::Subscribe().
  virtual absl::StatusOr<std::unique_ptr<PushSubscription>> SubscribePush(
      absl::string_view deliver_subject,
      const PushSubscribeOptions& options) = 0;

  virtual Connection& connection() = 0;

  // --- The same with default options -----------------------------------------

  absl::StatusOr<StreamInfo> CreateStream(const StreamConfig& config) {
    return CreateStream(config, ConfigOptions{});
  }
  absl::StatusOr<StreamInfo> UpdateStream(const StreamConfig& config) {
    return UpdateStream(config, ConfigOptions{});
  }
  absl::StatusOr<StreamInfo> CreateOrUpdateStream(const StreamConfig& config) {
    return CreateOrUpdateStream(config, ConfigOptions{});
  }
  absl::Status DeleteStream(absl::string_view stream) {
    return DeleteStream(stream, CallOptions{});
  }
  absl::StatusOr<StreamInfo> GetStreamInfo(absl::string_view stream) {
    return GetStreamInfo(stream, StreamInfoOptions{});
  }
  absl::StatusOr<std::vector<std::string>> StreamNames() {
    return StreamNames(ListStreamsOptions{});
  }
  absl::StatusOr<std::vector<StreamInfo>> ListStreams() {
    return ListStreams(ListStreamsOptions{});
  }
  absl::StatusOr<std::uint64_t> PurgeStream(absl::string_view stream) {
    return PurgeStream(stream, PurgeOptions{});
  }
  absl::StatusOr<StoredMessage> GetMessage(absl::string_view stream,
                                           const GetMessageRequest& request) {
    return GetMessage(stream, request, CallOptions{});
  }
  absl::StatusOr<StoredMessage> GetMessageDirect(
      absl::string_view stream, const GetMessageRequest& request) {
    return GetMessageDirect(stream, request, CallOptions{});
  }
  absl::StatusOr<StoredMessages> GetMessagesDirect(
      absl::string_view stream, const GetMessagesRequest& request) {
    return GetMessagesDirect(stream, request, CallOptions{});
  }
  absl::Status DeleteMessage(absl::string_view stream, std::uint64_t sequence) {
    return DeleteMessage(stream, sequence, DeleteMessageOptions{});
  }
  absl::StatusOr<AccountInfo> GetAccountInfo() {
    return GetAccountInfo(CallOptions{});
  }
  absl::StatusOr<PubAck> Publish(const Message& message) {
    return Publish(message, PublishOptions{});
  }
  absl::StatusOr<Future<PubAck>> PublishAsync(const Message& message) {
    return PublishAsync(message, PublishOptions{});
  }
  absl::StatusOr<ConsumerInfo> CreateConsumer(absl::string_view stream,
                                              const ConsumerConfig& config) {
    return CreateConsumer(stream, config, ConfigOptions{});
  }
  absl::StatusOr<ConsumerInfo> UpdateConsumer(absl::string_view stream,
                                              const ConsumerConfig& config) {
    return UpdateConsumer(stream, config, ConfigOptions{});
  }
  absl::StatusOr<ConsumerInfo> CreateOrUpdateConsumer(
      absl::string_view stream, const ConsumerConfig& config) {
    return CreateOrUpdateConsumer(stream, config, ConfigOptions{});
  }
  absl::Status DeleteConsumer(absl::string_view stream,
                              absl::string_view consumer) {
    return DeleteConsumer(stream, consumer, CallOptions{});
  }
  absl::StatusOr<ConsumerInfo> GetConsumerInfo(absl::string_view stream,
                                               absl::string_view consumer) {
    return GetConsumerInfo(stream, consumer, CallOptions{});
  }
  absl::StatusOr<std::vector<std::string>> ConsumerNames(
      absl::string_view stream) {
    return ConsumerNames(stream, CallOptions{});
  }
  absl::StatusOr<std::vector<ConsumerInfo>> ListConsumers(
      absl::string_view stream) {
    return ListConsumers(stream, CallOptions{});
  }
  absl::StatusOr<std::unique_ptr<PushSubscription>> SubscribePush(
      absl::string_view deliver_subject) {
    return SubscribePush(deliver_subject, PushSubscribeOptions{});
  }
};

// JetStream spoken over `connection` as any NATS client does: JSON requests on
// `$JS.API`, acknowledgements on inboxes. Connection::jetstream() may take a
// shorter way with the same outcome; this never does. Must not outlive
// `connection`.
std::unique_ptr<JetStream> NewJetStreamOverWire(Connection& connection,
                                                const JetStreamOptions& options);

}  // namespace windtunnel

#endif  // WINDTUNNEL_JETSTREAM_H_
