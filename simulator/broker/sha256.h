// SHA-256, which the server makes short names from (SRC-045).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SHA256_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SHA256_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

std::array<std::uint8_t, 32> Sha256(absl::string_view text);

// Eight letters and digits for `text`, as the server abbreviates it.
std::string ShortHash(absl::string_view text);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SHA256_H_
