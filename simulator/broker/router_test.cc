#include "simulator/broker/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Answers draws one after the other: 0, 1, 2, ... modulo the limit.
class CountingChoices : public Choices {
 public:
  std::uint64_t Draw(absl::string_view what, std::uint64_t limit) override {
    EXPECT_EQ(what, "queue_member");
    return draws_++ % limit;
  }
  std::uint64_t draws() const { return draws_; }

 private:
  std::uint64_t draws_ = 0;
};

class RouterTest : public testing::Test {
 protected:
  int Publish(absl::string_view subject, absl::string_view reply = "") {
    return router_.Route(context_, subject,
                         MessageBlock::New(subject, "", "data"), reply);
  }
  bool Deliver(Inbox& inbox) {
    return router_.RouteDelivery(context_, inbox,
                                 MessageBlock::New("stored", "", ""), nullptr,
                                 {.stream_sequence = 5});
  }
  SubscriptionId Subscribe(absl::string_view subject,
                           absl::string_view queue = "") {
    return router_.Subscribe(client_, subject, queue);
  }
  // The subscriptions that messages went to; empties the outbox.
  std::vector<SubscriptionId> Receivers() {
    std::vector<SubscriptionId> receivers;
    for (const Outgoing& out : std::exchange(router_.outbox(), {})) {
      receivers.push_back(out.subscription);
    }
    return receivers;
  }

  CountingChoices choices_;
  const Context context_{.now = 0, .choices = choices_};
  Router router_{/*no_responders_names_subject=*/true};
  const ClientId client_ = router_.AddClient("one");
};

TEST_F(RouterTest, EachMatchingSubscriptionGetsACopy) {
  // COR-002 COR-004
  const SubscriptionId star = Subscribe("a.*");
  const SubscriptionId rest = Subscribe("a.>");
  Subscribe("b.*");
  const SubscriptionId literal = Subscribe("a.1");
  const SubscriptionId again = Subscribe("a.1");

  EXPECT_EQ(Publish("a.1"), 4);
  EXPECT_THAT(Receivers(), ElementsAre(star, rest, literal, again));
  EXPECT_EQ(Publish("a.1.2"), 1);
  EXPECT_THAT(Receivers(), ElementsAre(rest));
  EXPECT_EQ(Publish("a"), 0);
}

TEST_F(RouterTest, WildcardsStandForWholeTokens) {
  // COR-002 COR-003
  Subscribe("a.*.>");
  Subscribe("b*");
  EXPECT_EQ(Publish("a.1"), 0);
  EXPECT_EQ(Publish("a.1.2"), 1);
  EXPECT_EQ(Publish("b1"), 0);
  EXPECT_EQ(Publish("b*"), 1);
}

TEST_F(RouterTest, ASubjectThatLooksLikeAWildcardIsALiteral) {
  // WIR-059
  Subscribe("foo.bar");
  const SubscriptionId star = Subscribe("foo.*");
  EXPECT_EQ(Publish("foo.*"), 1);
  EXPECT_THAT(Receivers(), ElementsAre(star));
}

TEST_F(RouterTest, AnEmptyTokenReachesNobody) {
  // WIR-059
  Subscribe(">");
  Subscribe("a..b");
  Subscribe("a.*.b");
  EXPECT_EQ(Publish("a..b"), 0);
  EXPECT_EQ(Publish(".a"), 0);
  EXPECT_EQ(Publish("a."), 0);
  EXPECT_EQ(Publish(""), 0);
  EXPECT_FALSE(router_.HasInterest("a..b"));
}

TEST_F(RouterTest, CopiesCarryClientSubjectAndReply) {
  const ClientId other = router_.AddClient("two");
  router_.Subscribe(other, "a", "");
  Publish("a", "inbox");
  ASSERT_EQ(router_.outbox().size(), 1u);
  const Outgoing& out = router_.outbox().front();
  EXPECT_EQ(out.client, other);
  EXPECT_EQ(out.block->subject(), "a");
  EXPECT_EQ(out.reply, "inbox");
  EXPECT_FALSE(out.last);
}

TEST_F(RouterTest, OneMemberOfAQueueGroupGetsIt) {
  // COR-005 COR-007
  const SubscriptionId first = Subscribe("q", "group");
  const SubscriptionId plain = Subscribe("q");
  const SubscriptionId second = Subscribe("q", "group");
  EXPECT_EQ(Publish("q"), 2);
  EXPECT_THAT(Receivers(), ElementsAre(first, plain));
  EXPECT_EQ(Publish("q"), 2);
  EXPECT_THAT(Receivers(), ElementsAre(plain, second));
}

TEST_F(RouterTest, AGroupIsItsNameAndTheMessageSubject) {
  // COR-006
  const SubscriptionId wide = Subscribe("z.*", "g");
  const SubscriptionId exact = Subscribe("z.1", "g");
  const SubscriptionId other = Subscribe("z.1", "h");
  EXPECT_EQ(Publish("z.1"), 2);
  EXPECT_THAT(Receivers(), ElementsAre(wide, other));
  EXPECT_EQ(Publish("z.1"), 2);
  EXPECT_THAT(Receivers(), ElementsAre(exact, other));
  EXPECT_EQ(choices_.draws(), 2u);  // A group of one is no choice.
}

TEST_F(RouterTest, UnsubscribedGetsNoMore) {
  // COR-011
  const SubscriptionId wild = Subscribe("a.*.c");
  const SubscriptionId literal = Subscribe("a.b.c");
  router_.Unsubscribe(wild);
  router_.Unsubscribe(12345);
  EXPECT_EQ(Publish("a.b.c"), 1);
  router_.Unsubscribe(literal);
  EXPECT_EQ(Publish("a.b.c"), 0);
}

TEST_F(RouterTest, AutoUnsubscribeCountsFromTheStart) {
  // WIR-100 COR-021
  const SubscriptionId id = Subscribe("a");
  Publish("a");
  router_.UnsubscribeAfter(id, 2);
  EXPECT_EQ(Publish("a"), 1);
  ASSERT_EQ(router_.outbox().size(), 2u);
  EXPECT_FALSE(router_.outbox()[0].last);
  EXPECT_TRUE(router_.outbox()[1].last);
  EXPECT_EQ(Publish("a"), 0);
}

TEST_F(RouterTest, AutoUnsubscribeAlreadyReachedRemovesAtOnce) {
  // WIR-100
  const SubscriptionId id = Subscribe("a");
  Publish("a");
  Publish("a");
  router_.UnsubscribeAfter(id, 2);
  EXPECT_FALSE(router_.HasInterest("a"));
}

TEST_F(RouterTest, LimitedQueueMemberLeavesTheRestToOthers) {
  // COR-020
  const SubscriptionId limited = Subscribe("q", "g");
  const SubscriptionId other = Subscribe("q", "g");
  router_.UnsubscribeAfter(limited, 3);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Publish("q"), 1);
  const std::vector<SubscriptionId> receivers = Receivers();
  EXPECT_EQ(std::count(receivers.begin(), receivers.end(), limited), 3);
  EXPECT_EQ(std::count(receivers.begin(), receivers.end(), other), 47);
}

TEST_F(RouterTest, ARemovedClientHearsNothing) {
  // COR-024
  const ClientId other = router_.AddClient("two");
  router_.Subscribe(other, "a", "");
  router_.Subscribe(other, "a.>", "");
  const SubscriptionId mine = Subscribe("a");
  router_.RemoveClient(other);
  EXPECT_EQ(Publish("a"), 1);
  EXPECT_THAT(Receivers(), ElementsAre(mine));
  EXPECT_EQ(Publish("a.b"), 0);
}

TEST_F(RouterTest, QueueInterestIsThatOfTheGroup) {
  // PSH-004 PSH-005
  Subscribe("deliver", "g");
  EXPECT_TRUE(router_.HasInterest("deliver"));
  EXPECT_TRUE(router_.HasListener("deliver", "g"));
  EXPECT_FALSE(router_.HasListener("deliver", "h"));
  EXPECT_FALSE(router_.HasListener("deliver", ""));
  Subscribe("deliver");
  EXPECT_TRUE(router_.HasListener("deliver", ""));
}

TEST_F(RouterTest, DeliveriesFindTheInboxAsSubscriptionsChange) {
  // API-204
  Inbox inbox{.subject = "_INBOX.x.1", .client = client_};
  EXPECT_FALSE(Deliver(inbox));
  EXPECT_FALSE(router_.HasInterest(inbox));
  const SubscriptionId first = Subscribe("_INBOX.x.*");
  EXPECT_TRUE(router_.HasInterest(inbox));
  EXPECT_TRUE(Deliver(inbox));
  EXPECT_TRUE(Deliver(inbox));
  EXPECT_EQ(router_.outbox()[0].block->subject(), "stored");
  EXPECT_EQ(router_.outbox()[0].numbers.stream_sequence, 5u);
  EXPECT_THAT(Receivers(), ElementsAre(first, first));
  const SubscriptionId second = Subscribe("_INBOX.x.1");
  EXPECT_TRUE(Deliver(inbox));
  EXPECT_THAT(Receivers(), ElementsAre(first, second));
  router_.Unsubscribe(first);
  EXPECT_TRUE(Deliver(inbox));
  EXPECT_THAT(Receivers(), ElementsAre(second));
  router_.UnsubscribeAfter(second, 3);
  EXPECT_TRUE(Deliver(inbox));
  EXPECT_FALSE(Deliver(inbox));
}

TEST_F(RouterTest, StatusGoesToTheInbox) {
  Inbox inbox{.subject = "_INBOX.x.1", .client = client_};
  router_.RouteStatus(context_, inbox, "NATS/1.0 404 No Messages\r\n\r\n");
  EXPECT_THAT(Receivers(), IsEmpty());
  Subscribe("_INBOX.x.*");
  router_.RouteStatus(context_, inbox, "NATS/1.0 404 No Messages\r\n\r\n");
  ASSERT_EQ(router_.outbox().size(), 1u);
  EXPECT_EQ(router_.outbox()[0].block->subject(), "_INBOX.x.1");
  EXPECT_EQ(router_.outbox()[0].block->header_block(),
            "NATS/1.0 404 No Messages\r\n\r\n");
}

TEST_F(RouterTest, NoRespondersNamesTheSubject) {
  // COR-013 COR-014
  const SubscriptionId listener = Subscribe("_INBOX.x.*");
  router_.RouteNoResponders(context_, client_, "nobody", "_INBOX.x.1");
  ASSERT_EQ(router_.outbox().size(), 1u);
  const Outgoing& out = router_.outbox()[0];
  EXPECT_EQ(out.subscription, listener);
  EXPECT_EQ(out.block->subject(), "_INBOX.x.1");
  EXPECT_EQ(out.block->header_block(),
            "NATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n");
}

TEST_F(RouterTest, NoRespondersIsBareOnOldServers) {
  // COR-014
  Router old(/*no_responders_names_subject=*/false);
  const ClientId client = old.AddClient("one");
  old.Subscribe(client, "reply", "");
  old.RouteNoResponders(context_, client, "nobody", "reply");
  ASSERT_EQ(old.outbox().size(), 1u);
  EXPECT_EQ(old.outbox()[0].block->header_block().size(), 16u);
}

TEST_F(RouterTest, NoRespondersIsForThePublishersPlainSubscription) {
  // COR-013 COR-015
  const ClientId other = router_.AddClient("two");
  router_.Subscribe(other, "reply", "");
  Subscribe("reply", "queue");
  router_.RouteNoResponders(context_, client_, "nobody", "reply");
  EXPECT_THAT(Receivers(), IsEmpty());
}

TEST_F(RouterTest, NoRespondersDoesNotCountForAutoUnsubscribe) {
  // COR-017
  const SubscriptionId id = Subscribe("reply");
  router_.UnsubscribeAfter(id, 1);
  router_.RouteNoResponders(context_, client_, "nobody", "reply");
  router_.RouteNoResponders(context_, client_, "nobody", "reply");
  EXPECT_THAT(Receivers(), ElementsAre(id, id));
  EXPECT_EQ(Publish("reply"), 1);
  EXPECT_EQ(Publish("reply"), 0);
}

TEST_F(RouterTest, ManySubscriptionsComeAndGo) {
  std::vector<SubscriptionId> ids;
  for (int i = 0; i < 10'000; ++i) {
    ids.push_back(Subscribe(i % 2 == 0 ? absl::StrCat("s.", i, ".*")
                                       : absl::StrCat("s.", i, ".x")));
  }
  EXPECT_EQ(Publish("s.5000.x"), 1);
  EXPECT_THAT(Receivers(), ElementsAre(ids[5000]));
  EXPECT_EQ(Publish("s.5001.x"), 1);
  for (const SubscriptionId id : ids) router_.Unsubscribe(id);
  EXPECT_FALSE(router_.HasInterest("s.5000.x"));
}

}  // namespace
}  // namespace windtunnel::broker
