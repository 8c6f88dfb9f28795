#include "windtunnel/testing/matchers.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace windtunnel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StringMatchResultListener;

class NoRoute : public internal::AckRoute {
 public:
  absl::Status Send(const Delivery&, AckVerb, absl::Duration,
                    absl::string_view) override {
    return absl::OkStatus();
  }
  absl::Status SendAndConfirm(const Delivery&, const AckSyncOptions&) override {
    return absl::OkStatus();
  }
};

Delivery NewDelivery(absl::string_view subject, absl::string_view data,
                     std::uint32_t delivered) {
  internal::DeliveryNumbers numbers;
  numbers.delivered = delivered;
  return Delivery(MessageBlock::New(subject, "", data), numbers,
                  std::make_shared<NoRoute>());
}

template <typename T, typename M>
std::string Explain(const T& value, const M& matcher) {
  StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(Matchers, StatusAndStatusOrAreTakenAlike) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::NotFoundError("gone"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("gone")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("go")));
}

TEST(Matchers, IsOkAndHoldsLooksAtTheValue) {
  const absl::StatusOr<std::vector<int>> value = std::vector<int>{1, 2};
  EXPECT_THAT(value, IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_THAT(value, Not(IsOkAndHolds(ElementsAre(2, 1))));
  EXPECT_THAT(absl::StatusOr<std::string>("a"), IsOkAndHolds("a"));
  EXPECT_THAT(absl::StatusOr<int>(absl::UnknownError("")),
              Not(IsOkAndHolds(1)));
}

TEST(Matchers, JetStreamErrorsAreComparedByNumberAndText) {
  const absl::Status status =
      MakeJetStreamStatus({404, 10059, "stream not found"});
  EXPECT_THAT(status, JetStreamErrorIs(kStreamNotFound));
  EXPECT_THAT(status, JetStreamErrorIs(404, 10059, "stream not found"));
  EXPECT_THAT(status, Not(JetStreamErrorIs(404, 10059, "other")));
  EXPECT_THAT(status, Not(JetStreamErrorIs(kConsumerNotFound)));
  EXPECT_THAT(absl::NotFoundError(""), Not(JetStreamErrorIs(kStreamNotFound)));
}

TEST(Matchers, NoRespondersIsAKind) {
  EXPECT_THAT(MakeErrorStatus(ErrorKind::kNoResponders, "nobody"),
              IsNoResponders());
  EXPECT_THAT(absl::UnavailableError("nobody"), Not(IsNoResponders()));
}

TEST(Matchers, FailuresQuoteTheStatus) {
  const absl::StatusOr<int> refused =
      MakeJetStreamStatus({404, 10059, "stream not found"});
  EXPECT_THAT(Explain(refused, IsOk()), HasSubstr("stream not found"));
  EXPECT_THAT(Explain(refused, IsOkAndHolds(1)),
              HasSubstr("stream not found"));
  EXPECT_THAT(Explain(refused, JetStreamErrorIs(kConsumerNotFound)),
              HasSubstr("404/10059"));
}

TEST(Matchers, DeliveriesAreMatchedByDataSubjectAndCount) {
  std::vector<Delivery> deliveries;
  deliveries.push_back(NewDelivery("orders.new", "book", 1));
  deliveries.push_back(NewDelivery("orders.new", "pen", 2));
  EXPECT_THAT(deliveries, ElementsAre(Data("book"), DeliveredTimes(2)));
  EXPECT_THAT(deliveries[0], OnSubject("orders.new"));
  EXPECT_THAT(deliveries[0], Not(Data("pen")));
}

}  // namespace
}  // namespace windtunnel
