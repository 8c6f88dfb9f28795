// Matchers for GoogleTest: statuses, JetStream's errors, deliveries.
//
//   EXPECT_THAT(jetstream.CreateStream(config), IsOk());
//   EXPECT_THAT(jetstream.StreamNames(), IsOkAndHolds(ElementsAre("ORDERS")));
//   EXPECT_THAT(jetstream.GetStreamInfo("NONE"),
//               JetStreamErrorIs(kStreamNotFound));
//   EXPECT_THAT(batch.deliveries, ElementsAre(Data("book"), DeliveredTimes(2)));
//
// All status matchers take absl::Status, absl::StatusOr and a reference to either.

#ifndef WINDTUNNEL_TESTING_MATCHERS_H_
#define WINDTUNNEL_TESTING_MATCHERS_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "windtunnel/delivery.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace testing_internal {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

// Matches anything that has a status by a matcher for absl::Status.
class StatusMatcher {
 public:
  explicit StatusMatcher(::testing::Matcher<const absl::Status&> matcher)
      : matcher_(std::move(matcher)) {}

  using is_gtest_matcher = void;
  template <typename T>
  bool MatchAndExplain(const T& value,
                       ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(value);
    const bool matches = matcher_.MatchAndExplain(status, listener);
    // A StatusOr prints as bytes.
    if (!matches) *listener << ", whose status is " << status;
    return matches;
  }
  void DescribeTo(std::ostream* out) const { matcher_.DescribeTo(out); }
  void DescribeNegationTo(std::ostream* out) const {
    matcher_.DescribeNegationTo(out);
  }

 private:
  ::testing::Matcher<const absl::Status&> matcher_;
};

template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename T>
  operator ::testing::Matcher<T>() const {  // NOLINT: implicit, as gmock's are.
    return ::testing::Matcher<T>(new Typed<T>(inner_));
  }

 private:
  template <typename T>
  class Typed : public ::testing::MatcherInterface<T> {
   public:
    using Value = typename std::remove_cvref_t<T>::value_type;

    explicit Typed(const Inner& inner)
        : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

    bool MatchAndExplain(
        T value, ::testing::MatchResultListener* listener) const override {
      if (!value.ok()) {
        *listener << "whose status is " << value.status();
        return false;
      }
      *listener << "which holds " << ::testing::PrintToString(*value);
      ::testing::StringMatchResultListener inner;
      const bool matches = inner_.MatchAndExplain(*value, &inner);
      if (!inner.str().empty()) *listener << ", " << inner.str();
      return matches;
    }
    void DescribeTo(std::ostream* out) const override {
      *out << "is OK and holds a value that ";
      inner_.DescribeTo(out);
    }
    void DescribeNegationTo(std::ostream* out) const override {
      *out << "is an error or holds a value that ";
      inner_.DescribeNegationTo(out);
    }

   private:
    ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

}  // namespace testing_internal

// Matches an OK absl::Status, or an absl::StatusOr with a value.
testing_internal::StatusMatcher IsOk();

// Matches an absl::StatusOr whose value `inner` matches.
template <typename Inner>
testing_internal::IsOkAndHoldsMatcher<Inner> IsOkAndHolds(Inner inner) {
  return testing_internal::IsOkAndHoldsMatcher<Inner>(std::move(inner));
}

// Matches an error of `code`, with a message that `message` matches.
testing_internal::StatusMatcher StatusIs(absl::StatusCode code);
testing_internal::StatusMatcher StatusIs(
    absl::StatusCode code, ::testing::Matcher<const std::string&> message);

// Matches a refusal by the server with that err_code. In the longer form also
// the code, such as 404, and the server's text.
testing_internal::StatusMatcher JetStreamErrorIs(int err_code);
testing_internal::StatusMatcher JetStreamErrorIs(
    int code, int err_code,
    ::testing::Matcher<const std::string&> description = ::testing::_);

// Matches an error of that kind, as GetErrorKind() says.
testing_internal::StatusMatcher ErrorKindIs(ErrorKind kind);
// Nobody listened: PUB-008.
testing_internal::StatusMatcher IsNoResponders();

// --- Deliveries --------------------------------------------------------------

using DeliveryMatcher = ::testing::Matcher<const Delivery&>;

DeliveryMatcher Data(::testing::Matcher<const std::string&> data);
// How often it was delivered, this time included.
DeliveryMatcher DeliveredTimes(::testing::Matcher<std::uint64_t> times);
DeliveryMatcher OnSubject(::testing::Matcher<const std::string&> subject);

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTING_MATCHERS_H_
