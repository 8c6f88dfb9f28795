// Incoming and Draft: a message on its way into a stream.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_INCOMING_H_
#define WINDTUNNEL_SIMULATOR_BROKER_INCOMING_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/message_ttl.h"
#include "simulator/broker/publish_headers.h"

namespace windtunnel::broker {

// The most that a header block may have (PUB-014).
inline constexpr std::size_t kMaxHeaderSize = 65'535;

// Who sends a message into a stream.
enum class Origin {
  kClient,
  kServer,  // The server itself: a delete marker, or what a schedule makes.
  kCopy,    // The origin of a mirror or a source.
};

struct Incoming {
  absl::string_view subject;
  absl::string_view header_block = {};
  absl::string_view data = {};
  // Where a fast batch is told how it goes (PUB-079); empty if nobody asked.
  absl::string_view reply = {};
  Origin origin = Origin::kClient;
  Nanos time = 0;  // When a mirror's origin stored it (SRC-028); 0: now.
};

// What becomes of it on the way: rules look at the headers that were sent, and
// write the form that is stored.
struct Draft {
  absl::string_view subject;  // After the stream's transform (SRC-070).
  absl::string_view header_block;
  absl::string_view data;
  Origin origin = Origin::kClient;
  PublishHeaders headers;
  MessageTtl ttl = {};
  Nanos time = 0;  // As in Incoming.

  // Hold what was rewritten; the views above may point there.
  std::string new_subject = {};
  std::string new_header_block = {};
  std::string new_data = {};
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_INCOMING_H_
