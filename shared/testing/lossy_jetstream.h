// LossyJetStream: JetStream over a connection that loses what push consumers
// send.

#ifndef WINDTUNNEL_SHARED_TESTING_LOSSY_JETSTREAM_H_
#define WINDTUNNEL_SHARED_TESTING_LOSSY_JETSTREAM_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "shared/jetstream/wire_jetstream.h"
#include "windtunnel/push.h"

namespace windtunnel {

// Loses what `loses` says of the events that push subscriptions bring.
class LossyJetStream final : public internal::WireJetStream {
 public:
  using Loses = std::function<bool(const PushEvent& event)>;

  LossyJetStream(Connection& connection, Loses loses)
      : WireJetStream(static_cast<internal::ConnectionBase&>(connection), {}),
        loses_(std::move(loses)) {}

  using JetStream::SubscribePush;
  absl::StatusOr<std::unique_ptr<PushSubscription>> SubscribePush(
      absl::string_view deliver_subject,
      const PushSubscribeOptions& options) override {
    auto made = WireJetStream::SubscribePush(deliver_subject, options);
    if (!made.ok()) return made.status();
    return std::make_unique<Lossy>(*std::move(made), loses_);
  }

 private:
  class Lossy final : public PushSubscription {
   public:
    Lossy(std::unique_ptr<PushSubscription> inner, Loses& loses)
        : inner_(std::move(inner)), loses_(loses) {}
    absl::StatusOr<PushEvent> Next(absl::Time deadline,
                                   const CancellationToken& token) override {
      while (true) {
        absl::StatusOr<PushEvent> event = inner_->Next(deadline, token);
        if (!event.ok() || !loses_(*event)) return event;
      }
    }
    std::size_t buffered() const override { return inner_->buffered(); }
    void Unsubscribe() override { inner_->Unsubscribe(); }

   private:
    const std::unique_ptr<PushSubscription> inner_;
    Loses& loses_;
  };

  Loses loses_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_SHARED_TESTING_LOSSY_JETSTREAM_H_
