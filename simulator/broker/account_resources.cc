#include "simulator/broker/account_resources.h"

#include <algorithm>

#include "shared/jetstream/error_catalogue.h"

namespace windtunnel::broker {

namespace {

// What the simulator takes for a machine.
constexpr std::int64_t kMachineMemory = std::int64_t{16} << 30;
constexpr std::int64_t kMachineDisk = std::int64_t{32} << 30;

// As the server's machine does it.
std::int64_t WrappingSum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) +
                                   static_cast<std::uint64_t>(b));
}
std::int64_t WrappingProduct(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) *
                                   static_cast<std::uint64_t>(b));
}

std::int64_t WrappingDifference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) -
                                   static_cast<std::uint64_t>(b));
}

std::int64_t AtLeastZero(std::int64_t value) {
  return std::max<std::int64_t>(value, 0);
}

std::int64_t ReplicasOf(const StreamConfig& config) {
  return std::max<std::int64_t>(config.num_replicas, 1);
}

}  // namespace

AccountResources::AccountResources(const Profile& profile,
                                   const JetStreamConfig& config)
    : profile_(profile), config_(config) {}

AccountLimits AccountResources::limits() const {
  const JetStreamAccount& account = config_.account;
  return {.max_memory = account.max_mem,
          .max_storage = account.max_store,
          .max_streams = account.max_streams,
          .max_consumers = account.max_consumers,
          .max_ack_pending = account.max_ack_pending,
          .memory_max_stream_bytes = account.mem_max_stream_bytes,
          .storage_max_stream_bytes = account.disk_max_stream_bytes,
          .max_bytes_required = account.max_bytes_required};
}

std::int64_t AccountResources::AccountLimit(Storage storage) const {
  return storage == Storage::kMemory ? config_.account.max_mem
                                     : config_.account.max_store;
}

std::int64_t AccountResources::ServerLimit(Storage storage) const {
  const bool memory = storage == Storage::kMemory;
  const std::int64_t configured =
      memory ? config_.max_memory_store : config_.max_file_store;
  if (configured >= 0) return configured;
  return memory ? kMachineMemory : kMachineDisk;
}

void AccountResources::Reserve(const StreamConfig* from,
                               const StreamConfig* to) {
  std::int64_t before = from == nullptr ? 0 : from->max_bytes;
  std::int64_t after = to == nullptr ? 0 : to->max_bytes;
  // An update reckons with an unlimited stream's -1 (2.9, 2.10).
  const bool is_update = from != nullptr && to != nullptr;
  if (!is_update || !profile_.update_reserves_unlimited) {
    before = AtLeastZero(before);
    after = AtLeastZero(after);
  }
  const Storage storage = (to == nullptr ? from : to)->storage;
  std::int64_t& reserved =
      storage == Storage::kMemory ? reserved_memory_ : reserved_file_;
  reserved = WrappingSum(reserved, WrappingDifference(after, before));
}

void AccountResources::Restart(const Streams& streams) {
  reserved_memory_ = 0;
  reserved_file_ = 0;
  for (const auto& [name, stream] : streams) {
    Reserve(nullptr, &stream->config());
  }
  held_.counted = held_.memory + held_.file > 0;
}

Refusal AccountResources::CheckCount(const Streams& streams,
                                     absl::string_view name) const {
  const std::int64_t limit = config_.account.max_streams;
  std::int64_t count = static_cast<std::int64_t>(streams.size());
  if (!profile_.stream_count_has_namesake && streams.contains(name)) --count;
  if (limit <= 0 || count < limit) return std::nullopt;
  return catalogue::Make(catalogue::kMaximumStreamsLimit);
}

Refusal AccountResources::CheckConsumers(const StreamConfig& config) const {
  const std::int64_t limit = config_.account.max_consumers;
  if (limit <= 0 || config.max_consumers <= limit) return std::nullopt;
  return catalogue::Make(catalogue::kMaximumConsumersLimit);
}

std::int64_t AccountResources::ReservedByOthers(
    const Streams& streams, const StreamConfig& config) const {
  std::int64_t reserved = 0;
  for (const auto& [name, stream] : streams) {
    const StreamConfig& other = stream->config();
    if (name == config.name || other.storage != config.storage) continue;
    reserved = WrappingSum(
        reserved,
        WrappingProduct(ReplicasOf(other), AtLeastZero(other.max_bytes)));
  }
  return reserved;
}

Refusal AccountResources::CheckNew(const Streams& streams,
                                   const StreamConfig& config) const {
  if (Refusal refusal = CheckConsumers(config)) return refusal;
  Request request;
  request.reserved = ReservedByOthers(streams, config);
  request.server = config.max_bytes < 0 ? 1 : config.max_bytes;
  request.account = profile_.replicas_multiply_reservation
                        ? WrappingProduct(request.server, ReplicasOf(config))
                        : request.server;
  return CheckReservation(config.storage, request);
}

Refusal AccountResources::CheckUpdate(const Streams& streams,
                                      const StreamConfig& from,
                                      const StreamConfig& to) const {
  if (Refusal refusal = CheckConsumers(to)) return refusal;
  Request request;
  request.reserved = ReservedByOthers(streams, to);
  if (profile_.update_reserves_unlimited) {
    const std::int64_t more =
        AtLeastZero(WrappingDifference(to.max_bytes, from.max_bytes));
    const std::int64_t copies = ReplicasOf(to) - ReplicasOf(from);
    const std::int64_t copied =
        WrappingProduct(AtLeastZero(from.max_bytes), AtLeastZero(copies));
    request.reserved = WrappingSum(
        request.reserved, WrappingProduct(ReplicasOf(from), from.max_bytes));
    if (profile_.replicas_multiply_reservation) {
      request.account =
          WrappingSum(WrappingProduct(more, ReplicasOf(to)), copied);
      request.server = more;
    } else {
      request.account = WrappingSum(more, copied);
      request.server = request.account;
    }
  } else {
    const std::int64_t after = AtLeastZero(to.max_bytes);
    request.account = AtLeastZero(after - AtLeastZero(from.max_bytes));
    request.server = request.account;
    request.reserved = WrappingSum(request.reserved, after - request.account);
  }
  return CheckReservation(to.storage, request);
}

// Older servers add without looking: a huge number comes out negative, and
// fits.
bool AccountResources::Exceeds(std::int64_t reserved, std::int64_t more,
                               std::int64_t limit) const {
  if (profile_.reservations_wrap_around) {
    return WrappingSum(reserved, more) > limit;
  }
  return reserved > limit || more > limit - reserved;
}

Refusal AccountResources::CheckReservation(Storage storage,
                                           const Request& request) const {
  const bool memory = storage == Storage::kMemory;
  const std::int64_t limit = AccountLimit(storage);
  const bool fits_account =
      limit < 0 || !Exceeds(request.reserved, request.account, limit);
  if (fits_account && !Exceeds(memory ? reserved_memory_ : reserved_file_,
                               request.server, ServerLimit(storage))) {
    return std::nullopt;
  }
  return catalogue::Make(memory ? catalogue::kMemoryResourcesExceeded
                                : catalogue::kStorageResourcesExceeded);
}

bool AccountResources::ServerIsFull(Storage storage) const {
  return held_.of(storage) > static_cast<std::uint64_t>(ServerLimit(storage));
}

bool AccountResources::WouldExceed(Storage storage, std::uint64_t more) const {
  if (!held_.counted) return false;
  const std::uint64_t held = held_.of(storage) + more;
  const std::int64_t limit = AccountLimit(storage);
  if (limit >= 0 && held > static_cast<std::uint64_t>(limit)) return true;
  const std::int64_t stream_limit = storage == Storage::kMemory
                                        ? config_.account.mem_max_stream_bytes
                                        : config_.account.disk_max_stream_bytes;
  return profile_.stream_bytes_limit_binds_account && stream_limit > 0 &&
         held > static_cast<std::uint64_t>(stream_limit);
}

}  // namespace windtunnel::broker
