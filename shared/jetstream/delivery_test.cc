#include "windtunnel/delivery.h"

#include <sstream>
#include <vector>

#include "gtest/gtest.h"
#include "windtunnel/errors.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class RecordingRoute : public internal::AckRoute {
 public:
  RecordingRoute() {
    stream = "ORDERS";
    consumer = "billing";
  }
  absl::Status Send(const Delivery&, AckVerb verb, absl::Duration delay,
                    absl::string_view reason) override {
    verbs.push_back(verb);
    last_delay = delay;
    last_reason = std::string(reason);
    return answer;
  }
  absl::Status SendAndConfirm(const Delivery&, const AckSyncOptions&) override {
    return answer;
  }

  absl::Status answer;
  std::vector<AckVerb> verbs;
  absl::Duration last_delay;
  std::string last_reason;
};

class DeliveryTest : public testing::Test {
 protected:
  Delivery NewDelivery() {
    internal::DeliveryNumbers numbers;
    numbers.stream_sequence = 7;
    numbers.consumer_sequence = 9;
    numbers.num_pending = 3;
    numbers.timestamp_nanos = 1'700'000'000'000'000'001;
    numbers.delivered = 2;
    return Delivery(
        MessageBlock::New("orders.new", "NATS/1.0\r\nA: b\r\n\r\n", "book"),
        numbers, route_);
  }

  std::shared_ptr<RecordingRoute> route_ = std::make_shared<RecordingRoute>();
};

// DEL-018, DEL-029
TEST_F(DeliveryTest, KnowsItsMessageAndItsPlace) {
  const Delivery delivery = NewDelivery();
  EXPECT_EQ(delivery.subject(), "orders.new");
  EXPECT_EQ(delivery.data(), "book");
  EXPECT_EQ(delivery.header("A"), "b");
  EXPECT_EQ(delivery.ack_subject(),
            "$JS.ACK.ORDERS.billing.2.7.9.1700000000000000001.3");
  EXPECT_THAT(ParseAckSubject(delivery.ack_subject()),
              IsOkAndHolds(delivery.metadata()));
  EXPECT_EQ(FormatAckSubject(delivery.metadata()), delivery.ack_subject());
}

// DEL-030
TEST_F(DeliveryTest, KeepsALongAckSubjectAsItCame) {
  route_->ack_prefix = "$JS.ACK.hub.szMpdrwD.ORDERS.billing.";
  EXPECT_EQ(NewDelivery().ack_subject(),
            "$JS.ACK.hub.szMpdrwD.ORDERS.billing.2.7.9.1700000000000000001.3");
}

TEST_F(DeliveryTest, IsSettledOnce) {
  Delivery delivery = NewDelivery();
  EXPECT_THAT(delivery.InProgress(), IsOk());
  EXPECT_FALSE(delivery.settled());
  EXPECT_THAT(delivery.Ack(), IsOk());
  EXPECT_TRUE(delivery.settled());
  EXPECT_THAT(delivery.Nak(), ErrorKindIs(ErrorKind::kAlreadySettled));
  EXPECT_THAT(delivery.AckSync(), ErrorKindIs(ErrorKind::kAlreadySettled));
  EXPECT_THAT(route_->verbs,
              testing::ElementsAre(AckVerb::kInProgress, AckVerb::kAck));
}

TEST_F(DeliveryTest, StaysUnsettledWhenTheSendFails) {
  Delivery delivery = NewDelivery();
  route_->answer = absl::UnavailableError("cut");
  EXPECT_THAT(delivery.Ack(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(delivery.settled());
  route_->answer = absl::OkStatus();
  EXPECT_THAT(delivery.AckSync(), IsOk());
  EXPECT_TRUE(delivery.settled());
}

TEST_F(DeliveryTest, NakDelayIsCutAtZeroAndRefusedBeyondInt64) {
  Delivery late = NewDelivery();
  EXPECT_THAT(late.NakWithDelay(absl::InfiniteDuration()), StatusIs(kInvalid));
  EXPECT_FALSE(late.settled());
  EXPECT_THAT(late.NakWithDelay(-absl::Seconds(1)), IsOk());
  EXPECT_EQ(route_->last_delay, absl::ZeroDuration());
  Delivery other = NewDelivery();
  EXPECT_THAT(other.NakWithDelay(absl::Seconds(2)), IsOk());
  EXPECT_EQ(route_->last_delay, absl::Seconds(2));
}

TEST_F(DeliveryTest, TermReasonMustFitOneLine) {
  Delivery delivery = NewDelivery();
  EXPECT_THAT(delivery.TermWithReason("a\nb"), StatusIs(kInvalid));
  EXPECT_THAT(delivery.TermWithReason("poison"), IsOk());
  EXPECT_EQ(route_->last_reason, "poison");
}

TEST_F(DeliveryTest, PrintsWhatItIs) {
  std::ostringstream out;
  out << NewDelivery();
  EXPECT_EQ(out.str(),
            "ORDERS #7 orders.new \"book\" to billing, delivery 2, headers "
            "{A: \"b\"}");
}

// DEL-031
TEST(ParseAckSubject, TakesNineTokensOrElevenAndMore) {
  const absl::StatusOr<DeliveryMetadata> metadata =
      ParseAckSubject("$JS.ACK.hub.szMpdrwD.S.C.1.2.3.4.5.extra");
  ASSERT_THAT(metadata, IsOk());
  EXPECT_EQ(metadata->domain, "hub");
  EXPECT_EQ(metadata->stream, "S");
  EXPECT_EQ(metadata->consumer, "C");
  EXPECT_EQ(metadata->num_pending, 5u);
  EXPECT_EQ(ParseAckSubject("$JS.ACK._.h.S.C.1.2.3.4.5")->domain, "");
  for (const char* wrong :
       {"", "$JS.ACK.S.C.1.2.3.4", "$JS.ACK.S.C.1.2.3.4.5.6",
        "$JS.ACK.S.C.1.2.x.4.5", "$JS.API.S.C.1.2.3.4.5"}) {
    EXPECT_THAT(ParseAckSubject(wrong), StatusIs(kInvalid, HasSubstr(wrong)));
  }
}

TEST(MessageBlock, SharesOneCopyOfTheBytes) {
  MessageBlockPtr first = MessageBlock::New("s", "h", std::string(1000, 'x'));
  MessageBlockPtr second = first;
  EXPECT_EQ(first->data().data(), second->data().data());
  first = MessageBlockPtr();
  EXPECT_EQ(second->subject(), "s");
  EXPECT_EQ(second->header_block(), "h");
  EXPECT_EQ(second->data().size(), 1000u);
}

}  // namespace
}  // namespace windtunnel
