// ConsumerApi: requests on `$JS.API.CONSUMER.*` (CON-001 to CON-165, PUL-001 ff.).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_API_CONSUMERS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_API_CONSUMERS_H_

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

class Broker;

class ConsumerApi {
 public:
  // Serves one request; `subject` begins with "$JS.API.CONSUMER.". Answers go to
  // `reply` through the broker's router. What this server version does not know
  // is not answered (CON-137). False: nobody listens there (PUL-002).
  static bool Handle(Broker& broker, const Context& context,
                     absl::string_view subject, absl::string_view reply,
                     absl::string_view header_block, absl::string_view body);
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_API_CONSUMERS_H_
