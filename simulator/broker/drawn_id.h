// Ids that servers make up at random: of advisories and of pinned clients.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DRAWN_ID_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DRAWN_ID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

// 22 digits and letters. `what` names the choices.
std::string DrawId(Choices& choices, absl::string_view what);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DRAWN_ID_H_
