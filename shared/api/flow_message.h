// What a server says of a fast batch under way (PUB-083 to PUB-087).

#ifndef WINDTUNNEL_SHARED_API_FLOW_MESSAGE_H_
#define WINDTUNNEL_SHARED_API_FLOW_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "windtunnel/errors.h"

namespace windtunnel::api {

struct FlowMessage {
  std::string type = {};       // "ack", "gap" or "err".
  std::uint64_t last_seq = 0;  // Of a gap: what was expected.
  std::uint64_t seq = 0;
  std::uint64_t msgs = 0;  // Of an ack: how many until the next.
  std::optional<JetStreamError> error = {};
};

// nullopt if `text` is something else, such as the acknowledgement of a
// publish.
std::optional<FlowMessage> DecodeFlowMessage(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_FLOW_MESSAGE_H_
