// Changing a header block line by line, as the server rewrites what it stores.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_HEADER_LINES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_HEADER_LINES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

// `block` with one more line at its end; "" becomes a block.
std::string WithHeader(absl::string_view block, absl::string_view name,
                       absl::string_view value);
// `block` with `value` in the first line `name`, or with one more line.
std::string WithHeaderSet(absl::string_view block, absl::string_view name,
                          absl::string_view value);
// `block` without its lines `name`; "" if no line is left.
std::string WithoutHeader(absl::string_view block, absl::string_view name);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_HEADER_LINES_H_
