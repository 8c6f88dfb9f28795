// ConsumerManagement: what requests of the API do to consumers, once they are
// decoded and before the outcome is encoded. Both ways in share it: JSON on
// `$JS.API.CONSUMER.*`, and structs handed over (Broker::ServesWithoutText()).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_MANAGEMENT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_MANAGEMENT_H_

#include "absl/strings/string_view.h"
#include "shared/api/requests.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/context.h"
#include "simulator/broker/outcome.h"
#include "windtunnel/consumer.h"

namespace windtunnel::broker {

// The three subjects of create requests (CON-001).
enum class CreateForm { kLegacyEphemeral, kLegacyDurable, kNamed };

class ConsumerManagement {
 public:
  // What the subject of a create request says.
  struct CreateSubject {
    CreateForm form;
    absl::string_view stream;
    absl::string_view name;
    absl::string_view filter;
  };

  // Both outlive it.
  ConsumerManagement(Broker& broker, const Context& context)
      : broker_(broker), context_(context) {}

  Outcome<ConsumerInfo> Create(const CreateSubject& subject,
                               api::ConsumerCreateRequest request);
  Refusal Delete(absl::string_view stream, absl::string_view name);
  Outcome<ConsumerInfo> Info(absl::string_view stream, absl::string_view name);

  // With what the server adds to it in answers (CON-065).
  ConsumerInfo MakeInfo(Consumer& consumer) const;
  // Why there is no stream: it is unknown, or STR-117.
  JetStreamError NoStream() const;

 private:
  const Profile& profile() const { return broker_.profile(); }
  Refusal UpdateExisting(Stream& stream, Consumer& consumer,
                         const api::ConsumerCreateRequest& request);
  // CON-068
  void StartAfterFloor(Consumer& consumer);

  Broker& broker_;
  const Context& context_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_MANAGEMENT_H_
