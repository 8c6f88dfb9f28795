// Fast batches: messages stored one by one without an acknowledgement for each;
// the server says how often it acknowledges (PUB-079 to PUB-088). Servers 2.14+;
// the stream needs allow_batched.
//
//   auto publisher = NewFastPublisher(jetstream);
//   for (const Order& order : orders) {
//     publisher->Add({.subject = "orders.new", .data = order.text()});
//   }
//   absl::StatusOr<PubAck> ack = publisher->CommitAdded();
//
// Unlike an atomic batch each message is stored when it arrives; the commit only
// ends the batch and tells how many there are. The server forgets a batch 10 s
// after its last message (PUB-082).
//
// Written once over Connection, so it behaves alike on every backend.

#ifndef WINDTUNNEL_FAST_PUBLISHER_H_
#define WINDTUNNEL_FAST_PUBLISHER_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

struct FastPublisherOptions {
  // The server acknowledges every so many messages or more often: 1 to 65535, and
  // 500 at most (PUB-083).
  int flow = 100;
  // Add() waits while more than this many acknowledgements are outstanding.
  int max_outstanding_acks = 2;
  // What the server does when a message is missing or refused: goes on with the
  // next, or ends the batch there (PUB-085, PUB-086). When it goes on, batch_size
  // counts the missing and refused too.
  bool continue_on_gap = false;
};

// Where a message got.
struct FastPubAck {
  std::uint64_t batch_sequence = 0;  // Its number in the batch, from 1.
  // Up to this number the server has acknowledged. All of these are stored, but
  // with continue_on_gap for those in errors().
  std::uint64_t ack_sequence = 0;

  friend bool operator==(const FastPubAck&, const FastPubAck&) = default;
  friend std::ostream& operator<<(std::ostream& out, const FastPubAck& ack);
};

// What the server reported of the messages under way.
struct FastPublishError {
  // The message that was refused, or the one that came after a gap.
  std::uint64_t batch_sequence = 0;
  // The first that is missing; 0: refused, not missing.
  std::uint64_t expected_sequence = 0;
  // The refusal, with its JetStreamError; kDataLoss for a gap.
  absl::Status status = {};

  friend bool operator==(const FastPublishError&,
                         const FastPublishError&) = default;
};

// Errors of every call, besides those of JetStream::Publish():
//   the server's refusal  Of the first message, by the call that sent it or the
//                         next: nothing is stored. Closed. Of the commit, when it
//                         could not be counted (such as 10054, too large): the
//                         batch is as before, CommitAdded() ends it.
//   kAborted              The server ended the batch at a gap or a refused message:
//                         errors() says where, ack() how much is stored. Closed.
//   kFailedPrecondition   Closed before. Not sent.
//   kUnimplemented        The server does not know fast batches; it stored the
//                         message as an ordinary one. Closed.
//   kDeadlineExceeded, kCancelled, kUnavailable  No word on the first message or
//                         on the commit: outcome unknown. Closed.
// What was not sent (kInvalidArgument, or kDeadlineExceeded and kCancelled while
// Add() waited for acknowledgements) leaves the batch as it was; call again.
// Messages lost with a connection show as a gap.
//
// Threads: one task at a time. Lifetime: before its Connection.
class FastPublisher {
 public:
  virtual ~FastPublisher() = default;

  // Sends the next message. Waits for the server's word on the first one, and
  // later while too many acknowledgements are outstanding; `options.timeout`
  // bounds each wait.
  virtual absl::StatusOr<FastPubAck> Add(const Message& message,
                                         const PublishOptions& options) = 0;
  absl::StatusOr<FastPubAck> Add(const Message& message) {
    return Add(message, PublishOptions{});
  }

  // Sends the last message and waits until all are stored. The PubAck is that of
  // the last message, with batch_id and batch_size.
  virtual absl::StatusOr<PubAck> Commit(const Message& message,
                                        const PublishOptions& options) = 0;
  absl::StatusOr<PubAck> Commit(const Message& message) {
    return Commit(message, PublishOptions{});
  }

  // As Commit(), without another message. kFailedPrecondition if none was added.
  virtual absl::StatusOr<PubAck> CommitAdded(const CallOptions& options) = 0;
  absl::StatusOr<PubAck> CommitAdded() { return CommitAdded(CallOptions{}); }

  // What was reported so far, in order.
  virtual const std::vector<FastPublishError>& errors() const = 0;
  // The server's last word: the batch has ended, and this much is stored.
  virtual const std::optional<PubAck>& ack() const = 0;
  // Where the last message sent got.
  virtual FastPubAck progress() const = 0;
  // Committed, ended by the server, or failed.
  virtual bool closed() const = 0;
};

// `jetstream` and its connection outlive it.
std::unique_ptr<FastPublisher> NewFastPublisher(
    JetStream& jetstream, const FastPublisherOptions& options = {});

}  // namespace windtunnel

#endif  // WINDTUNNEL_FAST_PUBLISHER_H_
