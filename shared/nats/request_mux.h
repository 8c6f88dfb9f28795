// RequestMux: the answers to all requests of a connection, through one wildcard
// subscription (COR-018).

#ifndef WINDTUNNEL_SHARED_NATS_REQUEST_MUX_H_
#define WINDTUNNEL_SHARED_NATS_REQUEST_MUX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/message.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: any. Lifetime: shared by the connection and the backend; no request
// is under way when it is destroyed.
class RequestMux : public MessageSink {
 public:
  // One request under way. Lives on the stack of whoever asks.
  class Pending {
   public:
    explicit Pending(RequestMux& mux);
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending();

    // Where the answer is to be sent.
    std::string reply() const;
    // Waits for the answer. A 503 without data is kNoResponders.
    absl::StatusOr<Message> Wait(absl::Time deadline,
                                 const CancellationToken& token);

   private:
    friend class RequestMux;
    RequestMux& mux_;
    Condition answered_;
    std::uint64_t token_;
    std::optional<absl::StatusOr<Message>> answer_;
  };

  // `inbox` is the prefix of all reply subjects.
  RequestMux(Runtime& runtime, std::string inbox);

  // What to subscribe to.
  std::string subject() const { return inbox_ + ".*"; }

  void OnMessage(Message message) override;
  void OnEnd(absl::Status reason) override;
  void OnDisconnected() override;

 private:
  void FailAll(const absl::Status& status);

  Runtime& runtime_;
  const std::string inbox_;
  Mutex mutex_;
  std::uint64_t next_token_ = 1;
  std::map<std::uint64_t, Pending*> pending_;
  bool ended_ = false;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_REQUEST_MUX_H_
