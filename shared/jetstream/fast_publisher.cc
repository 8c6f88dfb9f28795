#include "windtunnel/fast_publisher.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "shared/api/flow_message.h"
#include "shared/api/pub_ack.h"
#include "shared/jetstream/publish_headers.h"
#include "shared/nats/connection_base.h"
#include "shared/nats/reply_inbox.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace {

using internal::ConnectionBase;
using internal::ReplyInbox;

// "batch publish ID unknown" (PUB-082).
constexpr int kBatchUnknown = 10208;

// PUB-079
enum class Operation { kStart, kAppend, kCommit, kCommitAdded, kPing };

class FastBatch final : public FastPublisher {
 public:
  FastBatch(ConnectionBase& connection, const FastPublisherOptions& options)
      : connection_(connection),
        options_(options),
        inbox_subject_(connection.NewInbox()),
        flow_(static_cast<std::uint64_t>(std::max(options.flow, 1))) {}

  absl::StatusOr<FastPubAck> Add(const Message& message,
                                 const PublishOptions& options) override {
    const Operation operation =
        sequence_ == 0 ? Operation::kStart : Operation::kAppend;
    absl::StatusOr<Message> prepared = Prepare(message, options);
    if (!prepared.ok()) return prepared.status();
    const absl::Time start = connection_.runtime().Now();
    if (operation == Operation::kAppend) {
      absl::Status s = WaitForRoom(start, options);
      if (!s.ok()) return s;
    }
    if (absl::Status s = Send(*std::move(prepared), operation); !s.ok()) {
      return s;
    }
    if (operation == Operation::kStart) {
      absl::Status s =
          WaitUntilStarted(start + options.timeout, options.cancellation);
      if (!s.ok()) return s;
    }
    return progress();
  }

  absl::StatusOr<PubAck> Commit(const Message& message,
                                const PublishOptions& options) override {
    absl::StatusOr<Message> prepared = Prepare(message, options);
    if (!prepared.ok()) return prepared.status();
    return Finish(*std::move(prepared), Operation::kCommit, options);
  }

  absl::StatusOr<PubAck> CommitAdded(const CallOptions& options) override {
    if (sequence_ == 0) {
      return absl::FailedPreconditionError("the batch has no message yet");
    }
    PublishOptions publish_options;
    if (options.timeout.has_value()) publish_options.timeout = *options.timeout;
    publish_options.cancellation = options.cancellation;
    absl::StatusOr<Message> prepared =
        Prepare({.subject = last_subject_}, publish_options);
    if (!prepared.ok()) return prepared.status();
    return Finish(*std::move(prepared), Operation::kCommitAdded,
                  publish_options);
  }

  const std::vector<FastPublishError>& errors() const override {
    return errors_;
  }
  const std::optional<PubAck>& ack() const override { return ack_; }
  FastPubAck progress() const override {
    return {.batch_sequence = sequence_, .ack_sequence = ack_sequence_};
  }
  bool closed() const override { return closed_; }

 private:
  // The message to send if the batch still takes any.
  absl::StatusOr<Message> Prepare(const Message& message,
                                  const PublishOptions& options) {
    if (closed_) return absl::FailedPreconditionError("the batch is closed");
    absl::StatusOr<Message> prepared =
        internal::PreparePublish(message, options);
    if (!prepared.ok()) return prepared;
    if (inbox_ == nullptr) {
      absl::StatusOr<std::unique_ptr<ReplyInbox>> inbox =
          ReplyInbox::Open(connection_, inbox_subject_ + ".>");
      if (!inbox.ok()) return inbox.status();
      inbox_ = *std::move(inbox);
    }
    while (inbox_->HasNext() && !closed_) {
      absl::StatusOr<Message> answer =
          inbox_->Next(absl::InfinitePast(), CancellationToken());
      if (answer.ok()) {
        Read(*answer);
      } else if (!absl::IsUnavailable(answer.status())) {
        return answer.status();
      }
    }
    if (closed_) return EndStatus();
    return prepared;
  }

  // What is asked of the server stands in the reply subject.
  std::string ReplySubject(std::uint64_t sequence, Operation operation) const {
    return absl::StrCat(inbox_subject_, ".", options_.flow, ".",
                        options_.continue_on_gap ? "ok" : "fail", ".", sequence,
                        ".", static_cast<int>(operation), ".$FI");
  }

  absl::Status Send(Message message, Operation operation) {
    message.reply = ReplySubject(sequence_ + 1, operation);
    if (absl::Status s = connection_.Publish(message); !s.ok()) return s;
    ++sequence_;
    last_subject_ = std::move(message.subject);
    return absl::OkStatus();
  }

  // Until fewer acknowledgements are outstanding. Asks for the last one again
  // when it does not come (PUB-087): a cut connection may have lost it.
  absl::Status WaitForRoom(absl::Time start, const PublishOptions& options) {
    const absl::Duration patience = options.timeout / 3;
    const absl::Time deadline = start + options.timeout;
    absl::Time next_ping = start + patience;
    const auto outstanding =
        static_cast<std::uint64_t>(std::max(options_.max_outstanding_acks, 1));
    while (sequence_ >= ack_sequence_ + flow_ * outstanding) {
      absl::StatusOr<Message> answer =
          inbox_->Next(std::min(next_ping, deadline), options.cancellation);
      if (answer.ok()) {
        Read(*answer);
        if (closed_) return EndStatus();
        continue;
      }
      if (absl::IsUnavailable(answer.status())) continue;
      if (!absl::IsDeadlineExceeded(answer.status()) || next_ping >= deadline) {
        return answer.status();
      }
      next_ping += patience;
      Message ping = {.subject = last_subject_,
                      .reply = ReplySubject(sequence_, Operation::kPing)};
      if (absl::Status s = connection_.Publish(ping); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status WaitUntilStarted(absl::Time deadline,
                                const CancellationToken& token) {
    while (!started_) {
      absl::StatusOr<Message> answer = inbox_->Next(deadline, token);
      if (!answer.ok()) {
        closed_ = true;
        return answer.status();
      }
      Read(*answer);
      if (closed_) return EndStatus();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<PubAck> Finish(Message message, Operation operation,
                                const PublishOptions& options) {
    const absl::Time deadline = connection_.runtime().Now() + options.timeout;
    if (absl::Status s = Send(std::move(message), operation); !s.ok()) return s;
    committing_ = true;
    while (!closed_ && refused_commit_.ok()) {
      absl::StatusOr<Message> answer =
          inbox_->Next(deadline, options.cancellation);
      if (!answer.ok()) {
        closed_ = true;
        return answer.status();
      }
      Read(*answer);
    }
    committing_ = false;
    if (!closed_) {
      --sequence_;
      return std::exchange(refused_commit_, absl::OkStatus());
    }
    const bool ended_early = !options_.continue_on_gap && !errors_.empty();
    if (!ack_.has_value() || ended_early) return EndStatus();
    return *ack_;
  }

  void Read(const Message& answer) {
    if (absl::Status s = internal::CheckForResponders(answer); !s.ok()) {
      return End(std::move(s));
    }
    const std::optional<api::FlowMessage> flow =
        api::DecodeFlowMessage(answer.data);
    if (!flow.has_value()) return ReadPubAck(answer);
    if (flow->type == "ack") {
      started_ = true;
      ack_sequence_ = std::max(ack_sequence_, flow->seq);
      if (flow->msgs > 0) flow_ = flow->msgs;
    } else if (flow->type == "gap") {
      errors_.push_back({.batch_sequence = flow->seq,
                         .expected_sequence = flow->last_seq,
                         .status = absl::DataLossError(
                             absl::StrCat("message ", flow->seq, " came where ",
                                          flow->last_seq, " was expected"))});
    } else if (flow->type == "err" && flow->error.has_value()) {
      errors_.push_back({.batch_sequence = flow->seq,
                         .status = MakeJetStreamStatus(*flow->error)});
    }
  }

  // The server's last word, or the refusal of one message.
  void ReadPubAck(const Message& answer) {
    absl::StatusOr<PubAck> ack = api::DecodePubAck(answer.data);
    if (ack.ok() && ack->batch_id.empty()) {
      return End(absl::UnimplementedError(
          "the server does not know fast batches: it stored the message as an "
          "ordinary one"));
    }
    if (ack.ok()) {
      ack_sequence_ = std::max(ack_sequence_, ack->batch_size);
      ack_ = *std::move(ack);
      return End(absl::OkStatus());
    }
    // Refused before it was counted: the batch waits for another of its number
    // (PUB-086).
    const std::optional<std::uint64_t> sequence = SequenceOf(answer.subject);
    const std::optional<JetStreamError> error = GetJetStreamError(ack.status());
    if (sequence.value_or(1) == 1 || !error.has_value() ||
        error->err_code == kBatchUnknown) {
      End(ack.status());
    } else if (*sequence == sequence_ && committing_) {
      refused_commit_ = ack.status();
    } else {
      errors_.push_back({.batch_sequence = *sequence, .status = ack.status()});
    }
  }

  // The number of the message that `reply` was the reply subject of.
  std::optional<std::uint64_t> SequenceOf(absl::string_view reply) const {
    std::uint64_t sequence = 0;
    const std::vector<absl::string_view> tokens = absl::StrSplit(reply, '.');
    if (tokens.size() < 3 ||
        !absl::SimpleAtoi(tokens[tokens.size() - 3], &sequence)) {
      return std::nullopt;
    }
    return sequence;
  }

  void End(absl::Status status) {
    closed_ = true;
    end_status_ = std::move(status);
  }

  absl::Status EndStatus() const {
    if (!end_status_.ok()) return end_status_;
    return absl::AbortedError(absl::StrCat("the server ended the batch with ",
                                           ack_->batch_size, " messages"));
  }

  ConnectionBase& connection_;
  const FastPublisherOptions options_;
  const std::string inbox_subject_;  // Its last token is the batch's id.
  std::unique_ptr<ReplyInbox> inbox_;
  std::uint64_t flow_;  // Messages to an acknowledgement, as the server says.
  std::uint64_t sequence_ = 0;  // Of the last message sent.
  std::uint64_t ack_sequence_ = 0;
  std::string last_subject_;
  bool started_ = false;
  bool committing_ = false;  // The last message is the commit.
  absl::Status refused_commit_;
  bool closed_ = false;
  absl::Status end_status_;  // Why it is closed; OK for the server's last word.
  std::optional<PubAck> ack_;
  std::vector<FastPublishError> errors_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const FastPubAck& ack) {
  return out << "message " << ack.batch_sequence << ", acknowledged up to "
             << ack.ack_sequence;
}

std::unique_ptr<FastPublisher> NewFastPublisher(
    JetStream& jetstream, const FastPublisherOptions& options) {
  // Every backend's connection is a ConnectionBase.
  return std::make_unique<FastBatch>(
      static_cast<ConnectionBase&>(jetstream.connection()), options);
}

}  // namespace windtunnel
