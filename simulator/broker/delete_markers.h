// DeleteMarkers: which expiring messages a marker replaces (STO-094 to
// STO-100).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DELETE_MARKERS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DELETE_MARKERS_H_

#include <cstdint>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"

namespace windtunnel::broker {

// The header block of a marker that lives for `ttl`, in whole seconds.
std::string MarkerHeaderBlock(std::int64_t ttl_seconds);

// True if a message of these headers leaves no marker (STO-096, STO-097).
bool IsDeleteMarker(absl::string_view header_block);

class DeleteMarkers {
 public:
  enum class Action {
    kRemove,  // Others of its subject remain.
    kMark,    // It is the last of its subject.
    kWait,    // It was tried just now, and was refused.
  };

  // What to do with the message at `seq`, whose time is over. Requires: it is
  // in the store.
  Action Decide(const MessageStore& store, std::uint64_t seq, Nanos now);
  // The message went, or a purge took all.
  void Forget(absl::string_view subject, std::uint64_t seq);
  void Clear() { tried_.clear(); }

 private:
  struct Try {
    bool last = false;
    Nanos at = 0;
  };
  // Those that were tried and may still be there, by subject.
  absl::btree_map<std::string, absl::btree_map<std::uint64_t, Try>> tried_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DELETE_MARKERS_H_
