// Broker: one nats-server with JetStream, as a state machine.
//
// Two routes lead in. Raw: Publish() on any subject, `$JS.API`, `$JS.ACK` and
// stream subjects included, as bytes on the wire say. Typed: PublishToStream(),
// Pull() and Ack() reach the same rules without text in between. After each
// call the caller empties router().outbox() and looks at NextDeadline().

#ifndef WINDTUNNEL_SIMULATOR_BROKER_BROKER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_BROKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "simulator/broker/consumer.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/router.h"
#include "simulator/broker/stream.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/server_version.h"

namespace windtunnel::broker {

struct BrokerOptions {
  ServerVersion version = ServerVersion::k2_15;
  std::int64_t max_payload = 1'048'576;
  JetStreamConfig jetstream = {};
};

class Broker : public StreamOwner {
 public:
  Broker(const Context& context, const BrokerOptions& options);
  ~Broker() override;

  const Profile& profile() const { return profile_; }
  const api::Dialect& dialect() const;  // Of its JSON.
  // Clients connect, subscribe and unsubscribe there.
  Router& router() override { return router_; }
  // Subscriptions to `subject` came or went. Pull consumers look for interest
  // when they deliver; push consumers are told.
  void OnInterestChanged(const Context& context, absl::string_view subject);

  // A message from a client, as core NATS sees it (COR-030): listeners,
  // streams, the API, acknowledgements, no responders.
  void Publish(const Context& context, ClientId client,
               absl::string_view subject, absl::string_view reply,
               absl::string_view header_block, absl::string_view data);

  // False if a stream takes `subject` and never answers (PUB-007).
  bool AnswersPublishes(absl::string_view subject);
  // True if a stream takes subjects below `_INBOX`, where answers go: it stores
  // them.
  bool StoresAnswers() const;

  // The same publish into a stream, with the answer returned instead of sent.
  // nullopt: no stream and no listener takes the subject (PUB-008). Listeners
  // of the subject get it as well, without a reply. `stream` is set to the name
  // of the stream that answered, or "" if only listeners took it.
  std::optional<PublishOutcome> PublishToStream(const Context& context,
                                                ClientId client,
                                                absl::string_view subject,
                                                absl::string_view header_block,
                                                absl::string_view data,
                                                std::string* stream);
  // False: no such consumer (PUL-002).
  bool Pull(const Context& context, absl::string_view stream,
            absl::string_view consumer, Inbox inbox,
            const PullRequest& request);
  // nullopt: nobody listens on that ack subject (ACK-014, ACK-015).
  std::optional<AckOutcome> Ack(const Context& context,
                                absl::string_view stream,
                                absl::string_view consumer,
                                const AckCommand& command);

  // True if a request of the API on `subject` may be handed over as a struct
  // (StreamManagement, ConsumerManagement) with the outcome that its text would
  // have: nobody listens in, no stream stores it or its audit. Call
  // EndRequest() after each such request.
  bool ServesWithoutText(absl::string_view subject);
  void EndRequest(const Context& context, bool failed);

  // When RunDeadlines() wants to be called next; kNever if not.
  Nanos NextDeadline() const;
  // Everything due at or before context.now, in order of its deadline.
  void RunDeadlines(const Context& context);

  // A clean stop: waiting requests are told, memory streams and what else is
  // not kept are gone (STO-119, CON-177). Until Start() nothing is taken.
  void Stop(const Context& context);
  void Start(const Context& context);

  // StreamOwner:
  void OnDeadline(Stream& stream, Nanos deadline) override;
  void Advise(const Context& context, absl::string_view subject,
              absl::string_view type, std::string fields_json) override;
  void Send(const Context& context, absl::string_view reply,
            absl::string_view header_block, absl::string_view data) override;
  void Republish(std::string subject, std::string header_block,
                 absl::string_view data) override;
  Stream* FindStream(absl::string_view name) override;
  OpenBatches& open_batches() override;
  DeliverSubjects& deliver_subjects() override;
  std::int64_t max_payload() const override { return options_.max_payload; }
  AccountResources& resources() override;

 private:
  friend class StreamApi;  // api_streams.cc: $JS.API.STREAM.*
  friend class StreamManagement;
  friend class ConsumerApi;  // api_consumers.cc: $JS.API.CONSUMER.*
  struct State;

  // Ends an API request: sends `json` to `reply`, counts it (API-034) and emits
  // the audit event (STR-129). Without a reply nothing is sent (COR-032).
  void AnswerApi(const Context& context, absl::string_view subject,
                 absl::string_view reply, absl::string_view body,
                 absl::string_view json, bool failed,
                 absl::string_view header_block = "");
  std::string DescribeAsker() const;
  // True if somebody takes messages on `subject`.
  bool IsTaken(absl::string_view subject);
  void CountRequest(bool failed);
  Stream& AddStream(const Context& context, StreamConfig config);
  void UpdateStream(const Context& context, Stream& stream,
                    StreamConfig config);
  void RemoveStream(const Context& context, Stream& stream);

  // True if somebody takes it.
  bool PublishReserved(const Context& context, absl::string_view subject,
                       absl::string_view reply, absl::string_view header_block,
                       absl::string_view data);
  bool PublishToListeners(const Context& context, absl::string_view subject,
                          absl::string_view reply,
                          absl::string_view header_block,
                          absl::string_view data);
  void AnswerPublish(const Context& context, const Stream& stream,
                     absl::string_view reply, const PublishOutcome& outcome);
  // What streams and rules left to be published; a stream may take it.
  void PublishPending(const Context& context);
  // The copies of this moment, not those that they lead to.
  void PublishCopies(const Context& context);
  void PublishToAll(const Context& context, absl::string_view subject,
                    absl::string_view header_block, absl::string_view data);
  void PublishToStreams(const Context& context, absl::string_view subject,
                        absl::string_view header_block, absl::string_view data);
  // After subjects of streams changed.
  void NoteSubjects();
  // Push consumers may deliver to one of `subjects`, where a stream listens now
  // or listened before.
  void NoteInterest(const Context& context,
                    const std::vector<std::string>& subjects);
  void StoreDeliveries(const Context& context);
  void AdviseStream(const Context& context, const Stream& stream,
                    absl::string_view event, absl::string_view action);

  const BrokerOptions options_;
  const Profile& profile_;
  Router router_;
  std::unique_ptr<State> state_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_BROKER_H_
