// SourceLink: one source of a stream (SRC-042 to SRC-059).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SOURCE_LINK_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SOURCE_LINK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/broker/copied_headers.h"
#include "simulator/broker/origin_link.h"

namespace windtunnel::broker {

class SourceLink final : public OriginLink {
 public:
  // Goes on where the stored messages of `target` end (SRC-055, SRC-056).
  SourceLink(const Context& context, StreamOrigins& links, StreamSource config);

  const SourceKey& key() const { return key_; }
  StreamSourceInfo Info(Nanos now) const override;
  void Restart(const Context& context) override;

 protected:
  ConsumerConfig Start() const override;
  bool Accepts(const Stream& origin) override;
  void OnAttached(const Context& context, std::uint64_t first) override;
  std::optional<JetStreamError> Copy(const Context& context, std::uint64_t seq,
                                     const MessageStore::Entry& entry) override;
  bool OnRefused(const Context& context, std::uint64_t seq,
                 const JetStreamError& error, bool more) override;

 private:
  void SetShownFilter();
  // Moves to the last message of this source that is stored. False if none is.
  bool FindPosition();
  // What the target was stored last, where that may stand for a position.
  std::optional<absl::Time> LastTime() const;

  const SourceKey key_;
  // An update to a configuration with the same key does not change it: whether
  // there is no filter or one for everything (SRC-056).
  std::string shown_filter_;
  std::uint64_t position_ = 0;  // Of the origin: what was dealt with.
  std::uint64_t stored_ = 0;    // Of the origin: what was stored; 0: nothing.
  std::string identity_;        // Of the origin.
  std::uint64_t origin_order_ = 0;
  bool is_new_origin_ = false;  // It was re-created.
  bool restarted_ = false;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SOURCE_LINK_H_
