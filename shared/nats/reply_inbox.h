// ReplyInbox: many answers to one request, or to a row of them.

#ifndef WINDTUNNEL_SHARED_NATS_REPLY_INBOX_H_
#define WINDTUNNEL_SHARED_NATS_REPLY_INBOX_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/message.h"

namespace windtunnel::internal {

// Unlike a Subscription it holds whatever comes, and tells of a cut connection.
//
// Threads: one task at a time. Lifetime: before its connection.
class ReplyInbox {
 public:
  // Listens on `subject`. Errors: as Connection::Subscribe().
  static absl::StatusOr<std::unique_ptr<ReplyInbox>> Open(
      ConnectionBase& connection, const std::string& subject);
  ~ReplyInbox();

  // The next answer. What has come is handed out whatever the deadline.
  //
  // Errors: kDeadlineExceeded (kTimeout); kCancelled; kUnavailable
  // (kConnectionLost) once for each cut; kFailedPrecondition
  // (kConnectionClosed).
  absl::StatusOr<Message> Next(absl::Time deadline,
                               const CancellationToken& token);
  // Whether Next() would return at once.
  bool HasNext() const;

 private:
  class Sink;
  ReplyInbox(ConnectionBase& connection, std::shared_ptr<Sink> sink);

  ConnectionBase& connection_;
  const std::shared_ptr<Sink> sink_;
  ConnectionBase::SubscriptionId id_ = 0;
};

// kNoResponders for the status by which a server says that nobody listens, else
// OK.
absl::Status CheckForResponders(const Message& answer);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_REPLY_INBOX_H_
