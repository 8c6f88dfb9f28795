#include "tests/property/draft.h"

#include "absl/strings/str_cat.h"

namespace windtunnel::conform {

Action& Draft::Api(absl::string_view operation, const std::string& body) {
  return Add({.subject = absl::StrCat("$JS.API.", operation), .body = body});
}

Action& Draft::Publish(
    absl::string_view subject, std::string data,
    std::vector<std::pair<std::string, std::string>> headers) {
  return Add({.subject = std::string(subject),
              .headers = std::move(headers),
              .body = std::move(data)});
}

Action& Draft::Pull(absl::string_view consumer, absl::string_view inbox,
                    const std::string& body) {
  return Add({.kind = Action::Kind::kSend,
              .subject = absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.", consumer),
              .reply = absl::StrCat("in.@.", inbox),
              .body = body});
}

Action& Draft::Settle(int pick, std::string payload, absl::string_view reply) {
  return Add({.kind = Action::Kind::kSettle,
              .reply = reply.empty() ? "" : absl::StrCat("in.@.", reply),
              .body = std::move(payload),
              .pick = pick});
}

Action& Draft::Advance(absl::Duration duration) {
  return Add({.kind = Action::Kind::kAdvance, .duration = duration});
}

std::int64_t Draft::Wait() {
  constexpr std::int64_t kHour = 3'600'000'000'000;
  if (!program.timed) return (1 + dice.Below(3)) * kHour;
  // Two or three in a row mostly end far from a tick, too: what nobody waits
  // for shows only later that it fell due just before or after.
  const std::int64_t tick = absl::ToInt64Nanoseconds(kTick);
  const std::int64_t ticks = dice.Below(4);
  return ticks * tick + tick / 4 + dice.Below(3) * tick / 16;
}

void Draft::MayTick() {
  if (!program.timed || !dice.Percent(55)) return;
  Advance((dice.Percent(70) ? 1 : 2 + dice.Below(3)) * kTick);
}

}  // namespace windtunnel::conform
