// The requests of JetStream's API, between our structs and JSON.
//
// Clients encode. Only fields that differ from their default are written, so
// that a server never meets a field that the caller did not use (API-012).
// Errors: kInvalidArgument naming field and value for what JSON cannot carry: a
// duration beyond int64 nanoseconds, a time outside the years 1 to 9999.
//
// Servers decode: nullopt, or the error to answer with (10025, 400). Keys match
// in any case, the last of a repeated key wins, null leaves the zero value
// (API-010). An empty body decodes like `{}`; where the server tells them apart
// (API-015 to API-018), look at the body first. Times are kept as instants: the
// offset they were sent with (API-006) is lost.

#ifndef WINDTUNNEL_SHARED_API_REQUESTS_H_
#define WINDTUNNEL_SHARED_API_REQUESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/api/dialect.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/stream.h"

namespace windtunnel::api {

// True for "", `{}` and `{ }` (API-015).
bool IsEmptyRequest(absl::string_view body);

// True if the first character that is not blank is `{` or `[` (API-016).
bool LooksLikeJson(absl::string_view body);

// STREAM.CREATE and STREAM.UPDATE.
struct StreamConfigRequest {
  StreamConfig config;
  bool pedantic = false;
  // Decoded only: what was sent as `[]` or `{}`, which servers tell from what
  // was not sent (STR-074), as "placement.tags" or "sources.0.subject_transforms".
  std::vector<std::string> empty_members = {};
  // Decoded only: `null` among the sources (SRC-019).
  bool has_null_source = false;
  // Never sent; refused by servers that know it, up to 2.13 (STR-053).
  std::string template_owner = {};
};

// STREAM.NAMES, STREAM.LIST, CONSUMER.NAMES, CONSUMER.LIST (API-030). Consumer
// requests have no subject: there it is an unknown field.
struct PageRequest {
  std::string subject;
  std::int64_t offset = 0;
};

// What STREAM.LIST calls the same.
struct StreamListRequest : PageRequest {};

struct StreamInfoRequest {
  bool deleted_details = false;
  std::string subjects_filter;
  std::int64_t offset = 0;
};

struct PurgeRequest {
  std::string filter;
  std::uint64_t seq = 0;
  std::uint64_t keep = 0;
};

// STREAM.MSG.GET and DIRECT.GET (API-090, API-130 to API-133).
struct MessageGetRequest {
  std::uint64_t seq = 0;
  std::string last_by_subj;
  std::string next_by_subj;
  std::optional<absl::Time> start_time;
  bool no_hdr = false;
  std::int64_t batch = 0;
  std::int64_t max_bytes = 0;
  std::vector<std::string> multi_last;
  std::uint64_t up_to_seq = 0;
  std::optional<absl::Time> up_to_time;

  friend bool operator==(const MessageGetRequest&,
                         const MessageGetRequest&) = default;
};

MessageGetRequest ToMessageGetRequest(const GetMessageRequest& request);

struct MessageDeleteRequest {
  std::uint64_t seq = 0;
  bool no_erase = false;
};

enum class ConsumerAction { kCreateOrUpdate, kCreate, kUpdate };

// All forms of CONSUMER.CREATE (API-150).
struct ConsumerCreateRequest {
  std::string stream_name;
  ConsumerConfig config;
  ConsumerAction action = ConsumerAction::kCreateOrUpdate;
  bool pedantic = false;
  // Decoded only: `filter_subjects: []` was sent, which is as different.
  bool has_empty_filters = false;
  // Decoded only: `backoff: []` or `metadata: {}` was sent (CON-099).
  bool has_empty_backoff = false;
  bool has_empty_metadata = false;
};

// CONSUMER.PAUSE. The zero time is as none (API-169).
struct PauseRequest {
  std::optional<absl::Time> pause_until;
};

struct UnpinRequest {
  std::string group;
};

struct ResetRequest {
  std::uint64_t seq = 0;
};

absl::StatusOr<std::string> Encode(const StreamConfigRequest& request);
absl::StatusOr<std::string> Encode(const ConsumerCreateRequest& request);
absl::StatusOr<std::string> Encode(const MessageGetRequest& request);
absl::StatusOr<std::string> Encode(const PauseRequest& request);
// Nothing in these can fail.
std::string Encode(const PageRequest& request);
std::string Encode(const StreamInfoRequest& request);
std::string Encode(const PurgeRequest& request);
std::string Encode(const MessageDeleteRequest& request);
std::string Encode(const UnpinRequest& request);
std::string Encode(const ResetRequest& request);

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamConfigRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PageRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamListRequest& request);
std::optional<JetStreamError> DecodeConsumerPage(absl::string_view body,
                                                 const Dialect& dialect,
                                                 PageRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamInfoRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PurgeRequest& request);
// For DIRECT.GET pass a dialect that is not strict; any error is then
// `408 Malformed Request` (API-125).
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     MessageGetRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     MessageDeleteRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     ConsumerCreateRequest& request);
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PauseRequest& request);
// Never strict. An empty body or no group is an error too (GRP-033).
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     UnpinRequest& request);
// Never strict (CON-163).
std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     ResetRequest& request);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_REQUESTS_H_
