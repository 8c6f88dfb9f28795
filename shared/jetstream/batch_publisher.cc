#include "windtunnel/batch_publisher.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/api/pub_ack.h"
#include "shared/jetstream/publish_headers.h"
#include "shared/jetstream/publish_request.h"
#include "windtunnel/connection.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace {

class AtomicBatch final : public BatchPublisher {
 public:
  AtomicBatch(Connection& connection, const BatchPublisherOptions& options)
      : connection_(connection), options_(options) {
    if (!options_.batch_id.empty()) return;
    // An inbox is unique; its last token is what makes it so.
    const std::string inbox = connection.NewInbox();
    options_.batch_id = inbox.substr(inbox.rfind('.') + 1);
  }

  absl::Status Add(const Message& message,
                   const PublishOptions& options) override {
    absl::StatusOr<Message> prepared = Prepare(message, options, "");
    if (!prepared.ok()) return prepared.status();
    const bool acknowledged =
        (size_ == 0 && options_.ack_first) ||
        (options_.ack_every > 0 && (size_ + 1) % options_.ack_every == 0);
    if (!acknowledged) {
      if (absl::Status s = connection_.Publish(*prepared); !s.ok()) return s;
      Count(message);
      return absl::OkStatus();
    }
    absl::StatusOr<Message> answer = Send(*prepared, options);
    if (!answer.ok()) return answer.status();
    Count(message);
    if (answer->data.empty()) return absl::OkStatus();
    closed_ = true;
    absl::StatusOr<PubAck> ack = api::DecodePubAck(answer->data);
    return ack.ok() ? NotKnown() : ack.status();
  }

  absl::StatusOr<PubAck> Commit(const Message& message,
                                const PublishOptions& options) override {
    absl::StatusOr<PubAck> ack = Finish(message, options, "1");
    if (ack.ok()) ++size_;
    return ack;
  }

  absl::StatusOr<PubAck> CommitAdded(const CallOptions& options) override {
    if (size_ == 0) {
      return absl::FailedPreconditionError("the batch has no message yet");
    }
    PublishOptions publish_options;
    if (options.timeout.has_value()) publish_options.timeout = *options.timeout;
    publish_options.cancellation = options.cancellation;
    return Finish({.subject = last_subject_}, publish_options, "eob");
  }

  void Discard() override { closed_ = true; }
  const std::string& batch_id() const override { return options_.batch_id; }
  int size() const override { return size_; }
  bool closed() const override { return closed_; }

 private:
  static absl::Status NotKnown() {
    return absl::UnimplementedError(
        "the server does not know atomic batches: it stored the messages one "
        "by one");
  }

  absl::StatusOr<Message> Prepare(const Message& message,
                                  const PublishOptions& options,
                                  absl::string_view commit) const {
    if (closed_) {
      return absl::FailedPreconditionError(
          absl::StrCat("batch ", options_.batch_id, " is closed"));
    }
    absl::StatusOr<Message> prepared =
        internal::PreparePublish(message, options);
    if (!prepared.ok()) return prepared;
    prepared->headers.Set("Nats-Batch-Id", options_.batch_id);
    prepared->headers.Set("Nats-Batch-Sequence", absl::StrCat(size_ + 1));
    if (!commit.empty()) prepared->headers.Set("Nats-Batch-Commit", commit);
    return prepared;
  }

  absl::StatusOr<Message> Send(const Message& prepared,
                               const PublishOptions& options) {
    absl::StatusOr<Message> answer =
        internal::RequestPublish(connection_, prepared, options);
    // What cannot be sent leaves the batch as it was.
    closed_ =
        closed_ || !(answer.ok() || absl::IsInvalidArgument(answer.status()) ||
                     GetErrorKind(answer.status()) == ErrorKind::kNotATask);
    return answer;
  }

  absl::StatusOr<PubAck> Finish(const Message& message,
                                const PublishOptions& options,
                                absl::string_view commit) {
    absl::StatusOr<Message> prepared = Prepare(message, options, commit);
    if (!prepared.ok()) return prepared.status();
    absl::StatusOr<Message> answer = Send(*prepared, options);
    if (!answer.ok()) return answer.status();
    closed_ = true;
    absl::StatusOr<PubAck> ack = api::DecodePubAck(answer->data);
    if (ack.ok() && ack->batch_id.empty()) return NotKnown();
    return ack;
  }

  void Count(const Message& message) {
    ++size_;
    last_subject_ = message.subject;
  }

  Connection& connection_;
  BatchPublisherOptions options_;
  int size_ = 0;
  bool closed_ = false;
  std::string last_subject_;
};

}  // namespace

std::unique_ptr<BatchPublisher> NewBatchPublisher(
    JetStream& jetstream, const BatchPublisherOptions& options) {
  return std::make_unique<AtomicBatch>(jetstream.connection(), options);
}

}  // namespace windtunnel
