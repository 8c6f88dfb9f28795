// MessageManagement: what requests of the API do to the messages of a stream,
// once they are decoded and before the outcome is encoded. Both ways in share
// it, as they do StreamManagement.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_MANAGEMENT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_MANAGEMENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "shared/api/requests.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/outcome.h"

namespace windtunnel::broker {

class MessageManagement {
 public:
  struct Found {
    std::uint64_t sequence = 0;
    const MessageStore::Entry* entry = nullptr;  // Until the stream changes.
    bool with_headers = true;
  };

  // Both outlive it.
  MessageManagement(Broker& broker, const Context& context)
      : broker_(broker), context_(context) {}

  // STO-034 to STO-041.
  Outcome<Found> Get(absl::string_view stream,
                     api::MessageGetRequest request) const;
  // STO-010 to STO-016.
  Refusal Delete(absl::string_view stream,
                 const api::MessageDeleteRequest& request);
  // STO-017 to STO-033: how many went.
  Outcome<std::uint64_t> Purge(absl::string_view stream,
                               const api::PurgeRequest& request);

  // Clears what this server version does not know.
  void DropUnknown(api::MessageGetRequest& request) const;
  // The sequence that a request for one message is about; 0 if there is none.
  static std::uint64_t Select(const MessageStore& store,
                              const api::MessageGetRequest& request);

 private:
  Broker& broker_;
  const Context& context_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_MANAGEMENT_H_
