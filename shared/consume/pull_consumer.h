// What the parts of a PullConsumer share.

#ifndef WINDTUNNEL_SHARED_CONSUME_PULL_CONSUMER_H_
#define WINDTUNNEL_SHARED_CONSUME_PULL_CONSUMER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "shared/consume/pinned_ids.h"
#include "shared/consume/pull_iterator.h"
#include "windtunnel/connection.h"
#include "windtunnel/consume.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/sync.h"

namespace windtunnel {

class PullConsumer::State {
 public:
  State(JetStream& jetstream, std::string stream, std::string consumer)
      : jetstream(jetstream),
        runtime(jetstream.connection().runtime()),
        stream(std::move(stream)),
        consumer(std::move(consumer)),
        pinned_ids(std::make_shared<internal::PinnedIds>(runtime)),
        mutex_(runtime) {}

  // The subscription that the last fetch left clean, or a new one.
  absl::StatusOr<std::unique_ptr<PullSubscription>> TakeSubscription();
  // Keeps `subscription` for the next fetch. Its last request has ended: no
  // late status of it can confuse that fetch.
  void KeepSubscription(std::unique_ptr<PullSubscription> subscription);

  // Errors: kInvalidArgument naming the option; those of SubscribePull().
  absl::StatusOr<std::unique_ptr<internal::PullIterator>> NewIterator(
      const MessagesOptions& options, internal::ErrorHandler on_error);

  JetStream& jetstream;
  Runtime& runtime;
  const std::string stream;
  const std::string consumer;
  const std::shared_ptr<internal::PinnedIds> pinned_ids;

 private:
  Mutex mutex_;
  std::unique_ptr<PullSubscription> idle_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_SHARED_CONSUME_PULL_CONSUMER_H_
