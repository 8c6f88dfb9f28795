// GroupsBehaviour: what tests of priority groups start from. Servers before 2.11
// know nothing of them and serve every request in turn.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_GROUPS_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_GROUPS_BEHAVIOUR_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {

class GroupsBehaviour : public ConsumerBehaviour {
 protected:
  // A durable `C` with the groups A and B.
  ConsumerInfo MakeGroups(PriorityPolicy policy, ConsumerConfig config = {}) {
    config.durable_name = "C";
    if (config.ack_policy == AckPolicy::kNone) {
      config.ack_policy = AckPolicy::kExplicit;
    }
    config.priority_policy = policy;
    config.priority_groups = {"A", "B"};
    return Make(std::move(config));
  }
  bool has_groups() const { return Since("2.11"); }

  // Sends `request` for group A, unless it names another, and comes back when
  // it waits as the only one, or as one of `waiting`.
  void Ask(PullSubscription& pull, PullRequest request,
           std::uint64_t waiting = 1) {
    if (request.group.empty()) request.group = "A";
    if (request.expires == absl::ZeroDuration()) {
      request.expires = absl::Seconds(5);
    }
    ASSERT_TRUE(pull.Request(request).ok());
    ASSERT_TRUE(Eventually([&] { return Info().num_waiting == waiting; }));
  }
  // Sends a request that is over as soon as the server has it, or served.
  void Send(PullSubscription& pull, PullRequest request) {
    ASSERT_TRUE(pull.Request(request).ok());
  }
  // The same with any body.
  std::unique_ptr<Subscription> SendRaw(absl::string_view body) {
    const std::string inbox = connection().NewInbox();
    std::unique_ptr<Subscription> answers = Listen(inbox);
    EXPECT_TRUE(connection()
                    .Publish({.subject = "$JS.API.CONSUMER.MSG.NEXT.S.C",
                              .reply = inbox,
                              .data = std::string(body)})
                    .ok());
    return answers;
  }
  // The next event of `pull` as NextEvent() says it, and for a delivery to the
  // pinned client its id: "3 by <id>".
  std::string NextPinned(PullSubscription& pull,
                         absl::Duration wait = absl::Seconds(2)) {
    absl::StatusOr<PullEvent> event = pull.Next(runtime().Now() + wait, {});
    if (absl::IsDeadlineExceeded(event.status())) return "nothing";
    if (!event.ok()) return event.status().ToString();
    const Delivery* delivery = std::get_if<Delivery>(&*event);
    if (delivery == nullptr) {
      const PullStatus& status = std::get<PullStatus>(*event);
      return absl::StrCat(status.code, " ", status.description);
    }
    const std::string seq = absl::StrCat(delivery->stream_sequence());
    const auto id = delivery->header("Nats-Pin-Id");
    return id.has_value() ? absl::StrCat(seq, " by ", *id) : seq;
  }
  // What NextPinned() says of message `seq`.
  std::string By(absl::string_view id, std::uint64_t seq) const {
    return has_groups() ? absl::StrCat(seq, " by ", id) : absl::StrCat(seq);
  }
  // Who is pinned; empty for nobody.
  std::string PinId() {
    const ConsumerInfo info = Info();
    return info.priority_groups.empty()
               ? ""
               : info.priority_groups[0].pinned_client_id;
  }
};

constexpr absl::Duration kShort = absl::Milliseconds(100);

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_GROUPS_BEHAVIOUR_H_
