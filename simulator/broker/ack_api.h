// Acknowledgements as clients send them: a subject and a payload (ACK-001 to
// ACK-018).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ACK_API_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ACK_API_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "simulator/broker/consumer.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"

namespace windtunnel::broker {

class Broker;

// Views into the subject and payload that were parsed.
struct ParsedAck {
  absl::string_view stream;
  absl::string_view consumer;
  AckCommand command;
  // `+NXT`: the body of the pull request to make (PUL-045).
  std::optional<absl::string_view> next;
};

// nullopt: nobody listens on such a subject (ACK-014). Numbers that cannot be
// read are the highest there are.
std::optional<ParsedAck> ParseAck(const Profile& profile,
                                  absl::string_view subject,
                                  absl::string_view payload);

// Serves one message on `$JS.ACK.>`: applies it and confirms it to `reply` if
// that is set. False: no consumer listens there (ACK-014, ACK-015).
bool HandleAck(Broker& broker, const Context& context, absl::string_view subject,
               absl::string_view reply, absl::string_view payload);

// The same for a message on `$JS.FC.>`, the reply to a request of flow control
// (PSH-021, CON-174).
bool HandleFlowControl(Broker& broker, const Context& context,
                       absl::string_view subject,
                       absl::string_view header_block);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ACK_API_H_
