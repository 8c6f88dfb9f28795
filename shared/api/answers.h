// The answers of JetStream's API, between our structs and JSON.
//
// Servers encode, in a dialect: fields younger than the server are left out,
// and the fields that it always shows are shown (STR-013, STR-014, CON-024).
//
// Clients decode. Errors: the server's refusal as a status with JetStreamError;
// kInternal if the text is no answer of the expected form.

#ifndef WINDTUNNEL_SHARED_API_ANSWERS_H_
#define WINDTUNNEL_SHARED_API_ANSWERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/api/dialect.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/stream.h"

namespace windtunnel::api {

// Which call is answered. The type of the answer follows from it, and so do the
// fields that stay in a refusal (API-003).
enum class Call {
  kAccountInfo,
  kStreamCreate,
  kStreamUpdate,
  kStreamInfo,
  kStreamNames,
  kStreamList,
  kStreamDelete,
  kStreamPurge,
  kMessageGet,
  kMessageDelete,
  kStreamSnapshot,
  kStreamRestore,
  kStreamLeaderStepdown,
  kStreamPeerRemove,
  kConsumerCreate,
  kConsumerInfo,
  kConsumerNames,
  kConsumerList,
  kConsumerDelete,
  kConsumerPause,
  kConsumerUnpin,
  kConsumerReset,
  kConsumerLeaderStepdown,
};

// "io.nats.jetstream.api.v1.stream_create_response".
std::string TypeOf(Call call);

// One page of names or infos (API-030).
template <typename T>
struct Page {
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
  std::uint64_t limit = 0;
  std::vector<T> items;
};

// The refusal of `call`.
std::string EncodeError(Call call, const JetStreamError& error);

// `success: true`, for kStreamDelete, kMessageDelete and kConsumerDelete.
std::string EncodeSuccess(Call call);
// For kConsumerUnpin: nothing but the type (API-170).
std::string EncodeUnpin();
std::string EncodePurge(std::uint64_t purged);

// `call` is kStreamCreate, kStreamUpdate or kStreamInfo. Only an info shows
// cluster_leader and paging, only updates and infos show the domain (API-052).
std::string EncodeStreamInfo(Call call, const Dialect& dialect,
                             const StreamInfo& info);
std::string EncodeStreamNames(const Page<std::string>& page);
std::string EncodeStreamList(const Dialect& dialect,
                             const Page<StreamInfo>& page);

// `header_block` is the wire form.
struct RawMessage {
  absl::string_view subject;
  std::uint64_t sequence = 0;
  absl::Time time;
  absl::string_view header_block;
  absl::string_view data;
};
std::string EncodeMessageGet(const RawMessage& message);

// `call` is kConsumerCreate or kConsumerInfo.
std::string EncodeConsumerInfo(Call call, const Dialect& dialect,
                               const ConsumerInfo& info);
std::string EncodeConsumerReset(const Dialect& dialect,
                                const ConsumerInfo& info,
                                std::uint64_t reset_seq);
std::string EncodeConsumerNames(const Page<std::string>& page);
std::string EncodeConsumerList(const Dialect& dialect,
                               const Page<ConsumerInfo>& page);
std::string EncodePause(const PauseState& state);
std::string EncodeAccountInfo(const Dialect& dialect, const AccountInfo& info);

// For answers that say no more than yes or no: deletes and unpin.
absl::Status DecodeSuccess(absl::string_view text);
absl::StatusOr<std::uint64_t> DecodePurge(absl::string_view text);
// Create, update and info.
absl::StatusOr<StreamInfo> DecodeStreamInfo(absl::string_view text);
absl::StatusOr<Page<std::string>> DecodeStreamNames(absl::string_view text);
absl::StatusOr<Page<StreamInfo>> DecodeStreamList(absl::string_view text);
absl::StatusOr<StoredMessage> DecodeMessageGet(absl::string_view text);
// Create, info and reset.
absl::StatusOr<ConsumerInfo> DecodeConsumerInfo(absl::string_view text);
absl::StatusOr<Page<std::string>> DecodeConsumerNames(absl::string_view text);
absl::StatusOr<Page<ConsumerInfo>> DecodeConsumerList(absl::string_view text);
absl::StatusOr<PauseState> DecodePause(absl::string_view text);
absl::StatusOr<AccountInfo> DecodeAccountInfo(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_ANSWERS_H_
