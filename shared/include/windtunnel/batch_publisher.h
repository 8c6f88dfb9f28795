// Atomic batches: many messages stored together, one after the other, or not at
// all (PUB-058 to PUB-078). Servers 2.12+; the stream needs allow_atomic.
//
//   auto batch = NewBatchPublisher(jetstream);
//   batch->Add({.subject = "orders.1", .data = "book"});
//   batch->Add({.subject = "orders.2", .data = "pen"});
//   absl::StatusOr<PubAck> ack = batch->Commit({.subject = "orders.3"});
//
// Nobody sees a message before the commit. The server keeps what was added for
// 10 s after the last message and then drops it (PUB-068); 1000 messages are the
// most (PUB-066). Expectations, message ids and limits are checked at the commit,
// for all together (PUB-069).
//
// Written once over Connection, so it behaves alike on every backend.

#ifndef WINDTUNNEL_BATCH_PUBLISHER_H_
#define WINDTUNNEL_BATCH_PUBLISHER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

struct BatchPublisherOptions {
  // Up to 64 characters, not used by another open batch (PUB-063). "": a new one.
  std::string batch_id = {};

  // Waits for the server's word on the first message: tells at once if it does
  // not take the batch.
  bool ack_first = true;
  // Waits for it on every message of this number too, which keeps a long batch
  // from running ahead of the server. 0: on no other. What is refused unheard
  // fails the commit as incomplete (10176).
  int ack_every = 0;
};

// Errors of every call, besides those of JetStream::Publish():
//   the server's refusal  As for Publish(). The batch is closed; none of it is
//                         stored, nor will be.
//   kFailedPrecondition   The batch is closed. Not sent.
//   kUnimplemented        The server does not know atomic batches, and stored what
//                         it was sent as ordinary messages (PUB-062). Closed.
//   kUnavailable          Not stored; for a Commit() after kConnectionLost the
//                         outcome is unknown. Closed.
//   kDeadlineExceeded, kCancelled  No word in time. Closed: after Add() nothing
//                         will be stored, after a commit the outcome is unknown.
// What was not sent (kInvalidArgument) leaves the batch as it was.
//
// Threads: one task at a time. Lifetime: before its Connection. Destroying it
// before the commit discards it.
class BatchPublisher {
 public:
  virtual ~BatchPublisher() = default;

  // Sends the next message. OK without an acknowledgement says only that it was
  // handed over. `options.timeout` bounds the wait for one.
  virtual absl::Status Add(const Message& message,
                           const PublishOptions& options) = 0;
  absl::Status Add(const Message& message) {
    return Add(message, PublishOptions{});
  }

  // Sends the last message and stores them all. The PubAck is that of the last
  // message, with batch_id and batch_size.
  virtual absl::StatusOr<PubAck> Commit(const Message& message,
                                        const PublishOptions& options) = 0;
  absl::StatusOr<PubAck> Commit(const Message& message) {
    return Commit(message, PublishOptions{});
  }

  // Stores what was added, without another message (PUB-060). Servers 2.14+; older
  // ones refuse it (10200). kFailedPrecondition if nothing was added.
  virtual absl::StatusOr<PubAck> CommitAdded(const CallOptions& options) = 0;
  absl::StatusOr<PubAck> CommitAdded() { return CommitAdded(CallOptions{}); }

  // Sends no more: nothing will be stored. The server is not told and counts the
  // batch as open until its 10 s are over. Idempotent.
  virtual void Discard() = 0;

  virtual const std::string& batch_id() const = 0;
  // How many messages were sent.
  virtual int size() const = 0;
  // Committed, discarded or failed.
  virtual bool closed() const = 0;
};

// `jetstream` and its connection outlive it.
std::unique_ptr<BatchPublisher> NewBatchPublisher(
    JetStream& jetstream, const BatchPublisherOptions& options = {});

}  // namespace windtunnel

#endif  // WINDTUNNEL_BATCH_PUBLISHER_H_
