// Reading the status messages that consumers send.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_CONSUMER_STATUS_H_
#define WINDTUNNEL_SHARED_JETSTREAM_CONSUMER_STATUS_H_

#include <string>

#include "windtunnel/headers.h"
#include "windtunnel/pull.h"
#include "windtunnel/push.h"

namespace windtunnel::internal {

// `headers` have a status code. Numbers that are missing or no numbers stay
// unset.
PullStatus ReadPullStatus(const Headers& headers);

// `reply` is the reply subject that it came with.
PushStatus ReadPushStatus(const Headers& headers, std::string reply);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_CONSUMER_STATUS_H_
