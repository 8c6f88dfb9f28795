#include "shared/jetstream/error_catalogue.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace windtunnel::catalogue {

JetStreamError Make(const Entry& entry, absl::string_view detail) {
  constexpr absl::string_view kPlace = "{}";
  const std::size_t place = entry.text.find(kPlace);
  if (place == absl::string_view::npos) {
    return WithDescription(entry, std::string(entry.text));
  }
  return WithDescription(
      entry, absl::StrCat(entry.text.substr(0, place), detail,
                          entry.text.substr(place + kPlace.size())));
}

JetStreamError WithDescription(const Entry& entry, std::string description) {
  return {entry.code, entry.err_code, std::move(description)};
}

JetStreamError MakeInvalidJson(absl::string_view detail) {
  if (detail.empty()) return Make(kInvalidJson);
  return WithDescription(kInvalidJson,
                         absl::StrCat(kInvalidJson.text, ": ", detail));
}

JetStreamError NotSimulated(absl::string_view what) {
  return {501, 0, absl::StrCat("not simulated: ", what)};
}

}  // namespace windtunnel::catalogue
