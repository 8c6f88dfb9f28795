// AccountResources: what the streams of the account may reserve and hold, and
// what they do (STR-117 to STR-125).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ACCOUNT_RESOURCES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ACCOUNT_RESOURCES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/outcome.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/stream.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class AccountResources {
 public:
  using Streams = absl::btree_map<std::string, std::unique_ptr<Stream>>;

  AccountResources(const Profile& profile, const JetStreamConfig& config);

  bool enabled() const { return config_.account.enabled; }
  const JetStreamConfig& config() const { return config_; }
  // As account info shows them (API-051).
  AccountLimits limits() const;
  // Bytes that all messages of that storage take.
  HeldBytes& held() { return held_; }
  const HeldBytes& held() const { return held_; }

  // A stream came, changed or went; null if there was or is none.
  void Reserve(const StreamConfig* from, const StreamConfig* to);
  // The server started again: what is there counts, and no more.
  void Restart(const Streams& streams);

  // Whether there is room for one more stream with `config`, as it was asked
  // for (STR-118) or normalised (STR-119, STR-120, STR-123).
  Refusal CheckCount(const Streams& streams, absl::string_view name) const;
  Refusal CheckNew(const Streams& streams, const StreamConfig& config) const;
  Refusal CheckUpdate(const Streams& streams, const StreamConfig& from,
                      const StreamConfig& to) const;

  // STR-125.
  bool ServerIsFull(Storage storage) const;
  // STR-124: with `more` bytes in that storage.
  bool WouldExceed(Storage storage, std::uint64_t more) const;

 private:
  // Bytes to be reserved, as the account and as the server counts them.
  struct Request {
    std::int64_t reserved = 0;  // By the account so far.
    std::int64_t account = 0;
    std::int64_t server = 0;
  };

  std::int64_t ReservedByOthers(const Streams& streams,
                                const StreamConfig& config) const;
  Refusal CheckConsumers(const StreamConfig& config) const;
  Refusal CheckReservation(Storage storage, const Request& request) const;
  bool Exceeds(std::int64_t reserved, std::int64_t more,
               std::int64_t limit) const;
  std::int64_t AccountLimit(Storage storage) const;
  std::int64_t ServerLimit(Storage storage) const;

  const Profile& profile_;
  const JetStreamConfig config_;
  HeldBytes held_;
  // By all streams with a max_bytes, as the server keeps account of it.
  std::int64_t reserved_memory_ = 0;
  std::int64_t reserved_file_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ACCOUNT_RESOURCES_H_
