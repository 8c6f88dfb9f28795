// Delivery: a message that a consumer handed out, and the way to settle it.
//
//   for (Delivery& delivery : fetched.deliveries) {
//     Handle(delivery.data());
//     delivery.Ack().IgnoreError();   // lost? it is delivered again: ACK-031
//   }
//
// Threads: one task at a time; any task may settle it. Lifetime: outlives the
// subscription and the connection it came from (settling then fails). Dropping
// it sends nothing: the server delivers the message again after the ack wait.

#ifndef WINDTUNNEL_DELIVERY_H_
#define WINDTUNNEL_DELIVERY_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/headers.h"
#include "windtunnel/message_block.h"

namespace windtunnel {

// What the acknowledgement subject tells about a delivery (DEL-029 to DEL-036).
struct DeliveryMetadata {
  std::string domain = {};
  std::string stream = {};
  std::string consumer = {};
  std::uint64_t delivered = 0;  // 1 for the first delivery, then 2, 3, ...
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
  absl::Time timestamp = {};  // When the stream stored it, not when it was sent.
  std::uint64_t num_pending = 0;  // Messages still to come after this one.

  friend bool operator==(const DeliveryMetadata&, const DeliveryMetadata&) = default;
};

// Reads the acknowledgement subject, in its form of 9 or 11 and more tokens.
// kInvalidArgument naming the subject if it is neither.
absl::StatusOr<DeliveryMetadata> ParseAckSubject(absl::string_view subject);

// The 9-token form.
std::string FormatAckSubject(const DeliveryMetadata& metadata);

enum class AckVerb { kAck, kNak, kInProgress, kTerm };

struct AckSyncOptions {
  absl::Duration timeout = absl::Seconds(5);
  CancellationToken cancellation = {};
};

class Delivery;

namespace internal {

// The numbers that differ between deliveries of one consumer.
struct DeliveryNumbers {
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
  std::uint64_t num_pending = 0;
  std::int64_t timestamp_nanos = 0;
  std::uint32_t delivered = 0;
};

// The way back to the server for all deliveries of one subscription. Holds its
// connection weakly.
class AckRoute {
 public:
  virtual ~AckRoute() = default;
  // Sends one verb. `delay` is for kNak (zero: none), `reason` for kTerm.
  virtual absl::Status Send(const Delivery& delivery, AckVerb verb,
                            absl::Duration delay, absl::string_view reason) = 0;
  // Sends kAck and waits for the server's confirmation.
  virtual absl::Status SendAndConfirm(const Delivery& delivery,
                                      const AckSyncOptions& options) = 0;

  std::string domain;
  std::string stream;
  std::string consumer;
  // Set where deliveries do not know their consumer's subject form; see
  // Delivery::ack_subject().
  std::string ack_prefix;
};

}  // namespace internal

class Delivery {
 public:
  Delivery(Delivery&&) = default;
  Delivery& operator=(Delivery&&) = default;

  // The stored subject, not the inbox it travelled through (DEL-018).
  absl::string_view subject() const { return message_->subject(); }
  absl::string_view data() const { return message_->data(); }
  std::optional<absl::string_view> header(absl::string_view name) const {
    return FindHeader(message_->header_block(), name);
  }
  Headers headers() const;
  DeliveryMetadata metadata() const;

  std::uint64_t stream_sequence() const { return numbers_.stream_sequence; }
  std::uint64_t consumer_sequence() const { return numbers_.consumer_sequence; }
  std::uint64_t num_pending() const { return numbers_.num_pending; }
  // How often this message was delivered, this time included.
  std::uint64_t delivered() const { return numbers_.delivered; }
  // The subject that acknowledgements go to.
  std::string ack_subject() const;

  // Settles: the message is done and will not be delivered again. Does not wait
  // for the server; a lost acknowledgement means another delivery.
  //
  // Errors, of all settling calls; the delivery stays unsettled unless said:
  //   kFailedPrecondition  Settled before (kAlreadySettled), or the connection
  //                        is closed (kConnectionClosed). Nothing was sent.
  //   kUnavailable         Could not be sent. May be tried again.
  absl::Status Ack();

  // As Ack(), and waits until the server has confirmed it (ACK-010).
  //
  // Errors, besides the above:
  //   kDeadlineExceeded, kCancelled   Outcome unknown; may be tried again.
  //   kUnavailable (kNoResponders)    The consumer is gone, or its ack policy is
  //                                   none (ACK-014, ACK-015).
  absl::Status AckSync();
  absl::Status AckSync(const AckSyncOptions& options);

  // Settles: deliver again, at once or `delay` from now. A delay of zero or less
  // is as none. Errors: kInvalidArgument for a delay beyond int64 nanoseconds.
  absl::Status Nak();
  absl::Status NakWithDelay(absl::Duration delay);

  // Settles: never deliver again. `reason` appears in the server's advisory
  // (ACK-007, servers 2.10+). Errors: kInvalidArgument if it has CR or LF.
  absl::Status Term();
  absl::Status TermWithReason(absl::string_view reason);

  // Does not settle: the ack wait starts anew (ACK-005).
  absl::Status InProgress();

  bool settled() const { return settled_; }

  // For implementers of backends.
  Delivery(MessageBlockPtr message, internal::DeliveryNumbers numbers,
           std::shared_ptr<internal::AckRoute> route)
      : message_(std::move(message)),
        numbers_(numbers),
        route_(std::move(route)) {}
  const internal::DeliveryNumbers& numbers() const { return numbers_; }
  const MessageBlockPtr& message_block() const { return message_; }

 private:
  absl::Status Settle(AckVerb verb, absl::Duration delay,
                      absl::string_view reason);

  MessageBlockPtr message_;
  internal::DeliveryNumbers numbers_;
  std::shared_ptr<internal::AckRoute> route_;
  bool settled_ = false;
};

std::ostream& operator<<(std::ostream& out, const Delivery& delivery);

}  // namespace windtunnel

#endif  // WINDTUNNEL_DELIVERY_H_
