#include "client/nats/callbacks.h"

#include <map>
#include <mutex>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "client/nats/status.h"
#include "client/nats/url.h"

namespace windtunnel::internal {

namespace {

// Never destroyed: nats.c's threads run until the process ends.
struct Registry {
  std::mutex mutex;
  std::uintptr_t last_number = 0;
  std::map<std::uintptr_t, NatsEvents*> events;
};

Registry& TheRegistry() {
  static auto* const registry = new Registry;
  return *registry;
}

std::uintptr_t Register(NatsEvents& events) {
  Registry& registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.events[++registry.last_number] = &events;
  return registry.last_number;
}

// Under the lock, so that NatsCallbacks::Stop() waits for a call under way.
void Notify(void* number, absl::FunctionRef<void(NatsEvents&)> call) {
  Registry& registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  const auto found =
      registry.events.find(reinterpret_cast<std::uintptr_t>(number));
  if (found != registry.events.end()) call(*found->second);
}

std::string LastError(natsConnection* connection) {
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &text);
  if (status == NATS_OK) return "";
  if (text != nullptr && *text != '\0') return text;
  return natsStatus_GetText(status);
}

void Disconnected(natsConnection*, void* number) {
  Notify(number, [](NatsEvents& events) { events.OnDisconnected(); });
}

void Reconnected(natsConnection* connection, void* number) {
  const absl::StatusOr<ServerUrl> url = ConnectedUrl(connection);
  const std::string shown = url.ok() ? url->shown : "";
  Notify(number, [&](NatsEvents& events) { events.OnReconnected(shown); });
}

void Closed(natsConnection* connection, void* number) {
  const std::string reason = LastError(connection);
  Notify(number, [&](NatsEvents& events) { events.OnClosed(reason); });
}

void Error(natsConnection* connection, natsSubscription*, natsStatus status,
           void* number) {
  natsStatus noted = NATS_OK;
  const char* note = nats_GetLastError(&noted);
  std::string text = noted == status && note != nullptr ? note : "";
  if (text.empty()) text = LastError(connection);
  if (text.empty()) text = natsStatus_GetText(status);
  Notify(number, [&](NatsEvents& events) { events.OnError(status, text); });
}

}  // namespace

NatsCallbacks::NatsCallbacks(NatsEvents& events) : number_(Register(events)) {}

NatsCallbacks::~NatsCallbacks() { Stop(); }

natsStatus NatsCallbacks::SetOn(natsOptions* options) {
  void* const number = reinterpret_cast<void*>(number_);
  natsStatus status =
      natsOptions_SetDisconnectedCB(options, Disconnected, number);
  if (status == NATS_OK) {
    status = natsOptions_SetReconnectedCB(options, Reconnected, number);
  }
  if (status == NATS_OK)
    status = natsOptions_SetClosedCB(options, Closed, number);
  if (status == NATS_OK)
    status = natsOptions_SetErrorHandler(options, Error, number);
  return status;
}

void NatsCallbacks::Stop() {
  Registry& registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.events.erase(number_);
}

}  // namespace windtunnel::internal
