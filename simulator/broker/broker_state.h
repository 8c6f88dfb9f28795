// What a Broker knows, for the files that make it up: broker.cc and the API.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_BROKER_STATE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_BROKER_STATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/deadline_queue.h"
#include "simulator/broker/deliver_subjects.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/stream_batches.h"
#include "simulator/broker/stream_index.h"

namespace windtunnel::broker {

// What the server calls itself where answers and events name it.
inline constexpr absl::string_view kServerName = "windtunnel";

struct Broker::State {
  // A message of the server's own that anybody may take.
  struct Pending {
    std::string subject;
    std::string header_block;
    std::string data;
    bool heard = false;  // By listeners; streams have yet to get it.
  };

  State(const Profile& profile, const JetStreamConfig& config,
        const Router& router)
      : resources(profile, config), deliver_subjects(router, index) {}

  api::Dialect dialect;
  bool running = true;
  OpenBatches open_batches;  // The streams count there.
  AccountResources resources;  // Outlives what streams hold of it.
  absl::btree_map<std::string, std::unique_ptr<Stream>> streams;
  StreamIndex index;
  DeliverSubjects deliver_subjects;
  bool stores_answers = false;  // A stream takes subjects below _INBOX.
  std::uint64_t streams_created = 0;
  absl::btree_map<std::uint64_t, Stream*> by_order;
  DeadlineQueue deadlines;  // By Stream::order().
  // Published when the call that caused them is done, since a stream may store
  // them: copies before its answer (SRC-062), events after it, and copies on
  // subjects of the API, which are requests.
  std::vector<Pending> copies;
  std::vector<Pending> requests;
  std::vector<Pending> events;
  ClientId asker = 0;  // Whose message is being handled.
  std::uint64_t api_total = 0;
  std::uint64_t api_errors = 0;
  std::string pub_ack;  // Kept for its memory.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_BROKER_STATE_H_
