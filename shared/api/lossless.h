// Whether JSON would carry a request or an answer unchanged.
//
// The simulator hands structs over without text where that makes no difference.
// IsLossless() is true only if encoding and decoding in `dialect` succeeds and
// gives back an equal struct, and a request is of moderate size. In doubt it is
// false: the way over JSON then decides.

#ifndef WINDTUNNEL_SHARED_API_LOSSLESS_H_
#define WINDTUNNEL_SHARED_API_LOSSLESS_H_

#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "shared/api/requests.h"
#include "windtunnel/consumer.h"
#include "windtunnel/stream.h"

namespace windtunnel::api {

bool IsLossless(const Dialect& dialect, const StreamConfigRequest& request);
bool IsLossless(const Dialect& dialect, const ConsumerCreateRequest& request);
bool IsLossless(const Dialect& dialect, const StreamInfoRequest& request);
bool IsLossless(const Dialect& dialect, const PageRequest& request);
bool IsLossless(const Dialect& dialect, const PurgeRequest& request);
bool IsLossless(const Dialect& dialect, const MessageGetRequest& request);
bool IsLossless(const Dialect& dialect, const StreamInfo& info);
bool IsLossless(const Dialect& dialect, const ConsumerInfo& info);

// True if `text` comes through unchanged whatever carries it: printable ASCII.
bool IsPlainText(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_LOSSLESS_H_
