// What nats.c says about a connection as a whole, from a thread of its own.

#ifndef WINDTUNNEL_CLIENT_NATS_CALLBACKS_H_
#define WINDTUNNEL_CLIENT_NATS_CALLBACKS_H_

#include <nats/nats.h>

#include <cstdint>

#include "absl/strings/string_view.h"

namespace windtunnel::internal {

// Called from nats.c's thread: only to enqueue.
class NatsEvents {
 public:
  virtual void OnDisconnected() = 0;
  virtual void OnReconnected(absl::string_view url) = 0;
  // nats.c gave up by itself.
  virtual void OnClosed(absl::string_view reason) = 0;
  virtual void OnError(natsStatus status, absl::string_view text) = 0;

 protected:
  ~NatsEvents() = default;
};

// Passes the callbacks of one connection on to `events`. nats.c may call when
// its connection is long gone, so it gets a number to find `events` by.
class NatsCallbacks {
 public:
  explicit NatsCallbacks(NatsEvents& events);
  ~NatsCallbacks();
  NatsCallbacks(const NatsCallbacks&) = delete;
  NatsCallbacks& operator=(const NatsCallbacks&) = delete;

  natsStatus SetOn(natsOptions* options);

  // `events` is not called after this returns. Again is harmless.
  void Stop();

 private:
  const std::uintptr_t number_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_CALLBACKS_H_
