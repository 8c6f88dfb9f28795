// The headers of a message that a mirror or a source copies (SRC-036, SRC-037,
// SRC-043 to SRC-048).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_COPIED_HEADERS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_COPIED_HEADERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// `block` without what only its first stream had to check.
std::string MirroredHeaders(const Profile& profile, absl::string_view block);
// The same, with `source` instead of where it came from before.
std::string SourcedHeaders(const Profile& profile, absl::string_view block,
                           absl::string_view source);

// What tells one source of a stream from another (SRC-018): its name, what it
// filters and where that goes, as the header says it. 2.9 looks at the name.
struct SourceKey {
  std::string name;
  std::string filters;
  std::string destinations;

  friend bool operator==(const SourceKey&, const SourceKey&) = default;
};

SourceKey KeyOf(const Profile& profile, const StreamSource& source);

// The name that a stream made at `created` is told from its namesakes by
// (SRC-045).
std::string StreamIdentity(Nanos created);

// The value of Nats-Stream-Source. `identity` may be empty.
std::string SourceHeader(const Profile& profile, const SourceKey& key,
                         std::uint64_t sequence, absl::string_view subject,
                         absl::string_view identity);

// Where a stored message says that it comes from.
struct SourcedFrom {
  SourceKey key;
  std::uint64_t sequence = 0;
  std::string identity;

  friend bool operator==(const SourcedFrom&, const SourcedFrom&) = default;
};

// nullopt if it does not say so. Of an old header only the name is known.
std::optional<SourcedFrom> ReadSourceHeader(absl::string_view block);

// Whether a message from `from` came by the source `key`.
bool IsFrom(const SourcedFrom& from, const SourceKey& key);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_COPIED_HEADERS_H_
