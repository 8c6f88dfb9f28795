// Owners of what nats.c hands out.

#ifndef WINDTUNNEL_CLIENT_NATS_HANDLES_H_
#define WINDTUNNEL_CLIENT_NATS_HANDLES_H_

#include <nats/nats.h>

#include <memory>

namespace windtunnel::internal {

template <auto kDestroy>
struct NatsDeleter {
  template <typename T>
  void operator()(T* handle) const {
    kDestroy(handle);
  }
};

using NatsOptionsPtr =
    std::unique_ptr<natsOptions, NatsDeleter<natsOptions_Destroy>>;
using NatsConnectionPtr =
    std::unique_ptr<natsConnection, NatsDeleter<natsConnection_Destroy>>;
using NatsMsgPtr = std::unique_ptr<natsMsg, NatsDeleter<natsMsg_Destroy>>;
using NatsStatisticsPtr =
    std::unique_ptr<natsStatistics, NatsDeleter<natsStatistics_Destroy>>;

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_HANDLES_H_
