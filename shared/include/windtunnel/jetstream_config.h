// JetStreamConfig: what a nats-server's configuration file allows JetStream, by
// the file's own names.
//
//   jetstream {
//     max_memory_store: 1G
//     limits { duplicate_window: "1m" }
//   }
//   accounts { A { jetstream { max_streams: 10 } } }

#ifndef WINDTUNNEL_JETSTREAM_CONFIG_H_
#define WINDTUNNEL_JETSTREAM_CONFIG_H_

#include <cstdint>

#include "absl/time/time.h"

namespace windtunnel {

// `jetstream { limits { ... } }`: for streams and consumers of all accounts.
struct JetStreamLimits {
  // The longest duplicate window of a stream, and its default if that is less
  // than two minutes. Zero: none (STR-025).
  absl::Duration duplicate_window = absl::ZeroDuration();
  // The most a consumer may have, and its default if that is less than 1000.
  // Zero: none (CON-082).
  std::int64_t max_ack_pending = 0;
  // The largest `max_batch` of a pull consumer, and its default. Zero: none
  // (CON-083).
  std::int64_t max_request_batch = 0;

  friend bool operator==(const JetStreamLimits&,
                         const JetStreamLimits&) = default;
};

// `accounts { A { jetstream { ... } } }`: for the account that connects. -1: no
// limit.
struct JetStreamAccount {
  // False: the account has no JetStream (STR-117).
  bool enabled = true;

  // Bytes that all streams of that storage may hold together (STR-124), and
  // that their `max_bytes` may add up to (STR-119).
  std::int64_t max_mem = -1;
  std::int64_t max_store = -1;
  std::int64_t max_streams = -1;  // STR-118.
  // Consumers of each stream (STR-123).
  std::int64_t max_consumers = -1;
  // As JetStreamLimits has it.
  std::int64_t max_ack_pending = -1;
  // The largest `max_bytes` of a stream of that storage (STR-122).
  std::int64_t mem_max_stream_bytes = -1;
  std::int64_t disk_max_stream_bytes = -1;
  // Streams must say their `max_bytes` (STR-121).
  bool max_bytes_required = false;

  friend bool operator==(const JetStreamAccount&,
                         const JetStreamAccount&) = default;
};

struct JetStreamConfig {
  // Bytes that all streams of that storage may reserve (STR-120) and hold
  // (STR-125). -1: as the server finds the machine, which is three quarters of
  // its memory, or of the free space on its disk; the simulator takes 16 GiB of
  // memory and 32 GiB of disk.
  std::int64_t max_memory_store = -1;
  std::int64_t max_file_store = -1;
  JetStreamLimits limits = {};
  JetStreamAccount account = {};

  friend bool operator==(const JetStreamConfig&,
                         const JetStreamConfig&) = default;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_JETSTREAM_CONFIG_H_
