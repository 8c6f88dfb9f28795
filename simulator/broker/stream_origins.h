// StreamOrigins: everything that one stream copies from, its mirror or its
// sources.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_ORIGINS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_ORIGINS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/stream.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class MirrorLink;
class OriginLink;
class SourceLink;

class StreamOrigins {
 public:
  // `target` and `owner` outlive it.
  StreamOrigins(const Profile& profile, StreamOwner& owner, Stream& target);
  ~StreamOrigins();

  // Follows the configuration of the stream: new ones come, those that are not
  // configured any more go, the others stay as they are (SRC-056, STR-095).
  void Update(const Context& context);
  void Restart(const Context& context);
  // See OriginLink::Wake().
  void Wake(const Context& context);

  // `link` was sent a message. It is copied a moment later, and all of them in
  // the order in which they came (SRC-042).
  void OnArrival(const Context& context, OriginLink& link, std::uint64_t seq,
                 const MessageStore::Entry& entry);

  std::optional<StreamSourceInfo> MirrorInfo(Nanos now) const;
  // In the order of the configuration; the server's order is random.
  std::vector<StreamSourceInfo> SourceInfos(Nanos now) const;

  Nanos NextDeadline() const;
  void RunDeadlines(const Context& context);

  const Profile& profile() const { return profile_; }
  StreamOwner& owner() const { return owner_; }
  Stream& target() const { return target_; }

 private:
  struct Arrival {
    OriginLink* link;
    std::uint64_t seq;
    MessageStore::Entry entry;
  };

  void UpdateSources(const Context& context);
  void CopyArrivals(const Context& context);

  const Profile& profile_;
  StreamOwner& owner_;
  Stream& target_;
  std::unique_ptr<MirrorLink> mirror_;
  std::vector<std::unique_ptr<SourceLink>> sources_;
  std::vector<Arrival> arrivals_;
  Nanos copy_at_ = kNever;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_ORIGINS_H_
