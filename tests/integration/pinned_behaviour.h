// PinnedBehaviour: what tests of pinned clients start from.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_PINNED_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_PINNED_BEHAVIOUR_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/groups_behaviour.h"

namespace windtunnel {

class PinnedBehaviour : public GroupsBehaviour {
 protected:
  void MakePinned(absl::Duration timeout = absl::Minutes(1)) {
    MakeGroups(PriorityPolicy::kPinnedClient, {.priority_timeout = timeout});
  }
  // Pins `pull`, which then has no request left, with message 1; its id.
  std::string Pin(PullSubscription& pull) {
    Ask(pull, {});
    Publish("s.a");
    const std::string event = NextPinned(pull);
    const std::string id = PinId();
    EXPECT_EQ(event, By(id, 1));
    return id;
  }
  // `pull` gets message `seq` as the pinned client.
  void ExpectPinned(PullSubscription& pull, std::uint64_t seq) {
    const std::string event = NextPinned(pull);
    EXPECT_EQ(event, By(PinId(), seq));
  }
  // The next advisory as "PINNED A <id>" or "UNPINNED A timeout".
  std::string NextAdvisory(Subscription& advisories,
                           absl::Duration wait = absl::Seconds(2)) {
    absl::StatusOr<Message> message = advisories.Next(wait);
    if (!message.ok()) return ErrorOf(message).description;
    const nlohmann::json advisory = nlohmann::json::parse(message->data);
    const bool pinned = advisory.contains("pinned_id");
    EXPECT_EQ(advisory["type"],
              absl::StrCat("io.nats.jetstream.advisory.v1.consumer_group_",
                           pinned ? "pinned" : "unpinned"));
    EXPECT_EQ(advisory["account"], "$G");
    EXPECT_EQ(advisory["stream"], "S");
    EXPECT_EQ(advisory["consumer"], "C");
    return absl::StrCat(
        pinned ? "PINNED " : "UNPINNED ", advisory["group"].get<std::string>(),
        " ", advisory[pinned ? "pinned_id" : "reason"].get<std::string>());
  }
  std::unique_ptr<Subscription> ListenToAdvisories() {
    return Listen("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_PINNED_BEHAVIOUR_H_
