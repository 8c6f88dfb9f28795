// Messages to and from nats.c.

#ifndef WINDTUNNEL_CLIENT_NATS_MESSAGE_H_
#define WINDTUNNEL_CLIENT_NATS_MESSAGE_H_

#include "absl/status/statusor.h"
#include "client/nats/handles.h"
#include "windtunnel/message.h"

namespace windtunnel::internal {

// kInvalidArgument for data that nats.c cannot count. `message` has passed
// CheckMessageForWire().
absl::StatusOr<NatsMsgPtr> ToNatsMsg(const Message& message);

// For messages that nats.c received.
Message FromNatsMsg(const natsMsg& received);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_MESSAGE_H_
