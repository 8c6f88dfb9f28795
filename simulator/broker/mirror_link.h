// MirrorLink: what fills a mirror (SRC-028 to SRC-041).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_MIRROR_LINK_H_
#define WINDTUNNEL_SIMULATOR_BROKER_MIRROR_LINK_H_

#include <cstdint>
#include <optional>

#include "simulator/broker/origin_link.h"

namespace windtunnel::broker {

class MirrorLink final : public OriginLink {
 public:
  using OriginLink::OriginLink;

  StreamSourceInfo Info(Nanos now) const override;
  void Restart(const Context& context) override;

 protected:
  ConsumerConfig Start() const override;
  bool Accepts(const Stream&) override;
  void OnAttached(const Context& context, std::uint64_t first) override;
  std::optional<JetStreamError> Copy(const Context& context, std::uint64_t seq,
                                     const MessageStore::Entry& entry) override;
  bool OnRefused(const Context& context, std::uint64_t seq,
                 const JetStreamError& error, bool more) override;

 private:
  bool asked_ = false;        // Whether it has looked for its origin.
  std::uint64_t missed_ = 0;  // Sequences that it is behind, see OnRefused().
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_MIRROR_LINK_H_
