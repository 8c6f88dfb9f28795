// Stream: publishing, limits, retention and reads of one stream.
//
// A state machine over its MessageStore and DedupWindow; owns its consumers.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/consumer.h"
#include "simulator/broker/context.h"
#include "simulator/broker/dedup_window.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/router.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/publish.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// The answer to a publish: an acknowledgement or a refusal.
struct PublishOutcome {
  std::uint64_t sequence = 0;
  bool duplicate = false;
  std::optional<JetStreamError> error;
  bool answer = true;  // False: the server stays silent (PUB-007, PUB-045).
};

// What a Stream reports to the Broker that owns it.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  // Something of the stream is due at `deadline`, earlier than told before.
  virtual void OnDeadline(class Stream& stream, Nanos deadline) = 0;
  virtual void Advise(const Context& context, absl::string_view subject,
                      absl::string_view type, std::string fields_json) = 0;
  virtual Router& router() = 0;
};

class Stream : public ConsumerOwner {
 public:
  // `config` is normalised and checked (stream_config.h). `owner` outlives it.
  Stream(const Context& context, const Profile& profile, StreamOwner& owner,
         StreamConfig config);
  ~Stream() override;

  const StreamConfig& config() const { return config_; }
  Nanos created() const { return created_; }

  // A publish on one of its subjects (PUB-001 ff.): all checks in the server's
  // order, storing, limits, and hungry consumers.
  PublishOutcome Publish(const Context& context, absl::string_view subject,
                         absl::string_view header_block, absl::string_view data);

  void Update(const Context& context, StreamConfig config);
  // With or without the sequences and subjects that options ask for.
  StreamState State(bool deleted_details) const;
  std::optional<JetStreamError> DeleteMessage(const Context& context,
                                              std::uint64_t seq);
  std::uint64_t Purge(const Context& context, const SubjectFilter& filter,
                      std::uint64_t seq, std::uint64_t keep);

  // Consumers by name, sorted (CON-132).
  const absl::btree_map<std::string, std::unique_ptr<Consumer>>& consumers() const {
    return consumers_;
  }
  Consumer* FindConsumer(absl::string_view name);
  // Both emit the consumer's advisory (API-333).
  Consumer& AddConsumer(const Context& context, std::string name,
                        ConsumerConfig config);
  // Ends its requests and, under interest retention, removes what only it wanted
  // (STO-107).
  void RemoveConsumer(const Context& context, absl::string_view name);

  Nanos NextDeadline() const;
  void RunDeadlines(const Context& context);

  // A clean restart with file storage (STO-119 to STO-123, PUB-041).
  void Restart(const Context& context);

  // ConsumerOwner:
  void OnSettled(const Context& context, Consumer& consumer,
                 std::uint64_t seq) override;
  void SetHungry(Consumer& consumer, bool hungry) override;
  void OnDeadline(Consumer& consumer, Nanos deadline) override;
  void Advise(const Context& context, absl::string_view subject,
              absl::string_view type, std::string fields_json) override;
  const StreamConfig& stream_config() const override { return config_; }
  const MessageStore& store() const override { return store_; }
  Router& router() override { return owner_.router(); }

 private:
  struct Deadlines;
  const Profile& profile_;
  StreamOwner& owner_;
  StreamConfig config_;
  const Nanos created_;
  MessageStore store_;
  DedupWindow dedup_;
  std::string last_message_id_;  // PUB-031.
  absl::btree_map<std::string, std::unique_ptr<Consumer>> consumers_;
  // By order of creation: those with somebody waiting.
  absl::btree_map<std::uint64_t, Consumer*> hungry_;
  std::uint64_t consumers_created_ = 0;
  std::unique_ptr<Deadlines> deadlines_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_H_
