#include "windtunnel/testing/matchers.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace windtunnel {

namespace {

using testing_internal::StatusMatcher;
using ::testing::_;
using ::testing::Matcher;
using ::testing::MatchResultListener;
using TextMatcher = Matcher<const std::string&>;

class StatusCodeAndMessage {
 public:
  using is_gtest_matcher = void;
  StatusCodeAndMessage(absl::StatusCode code, TextMatcher message)
      : code_(code), message_(std::move(message)) {}

  bool MatchAndExplain(const absl::Status& status,
                       MatchResultListener* listener) const {
    if (status.code() != code_) {
      *listener << "whose code is " << absl::StatusCodeToString(status.code());
      return false;
    }
    return message_.MatchAndExplain(std::string(status.message()), listener);
  }
  void DescribeTo(std::ostream* out) const { Describe("has", out); }
  void DescribeNegationTo(std::ostream* out) const {
    Describe("does not have", out);
  }

 private:
  void Describe(const char* verb, std::ostream* out) const {
    *out << verb << " the code " << absl::StatusCodeToString(code_)
         << " and a message that ";
    message_.DescribeTo(out);
  }

  absl::StatusCode code_;
  TextMatcher message_;
};

class HasJetStreamError {
 public:
  using is_gtest_matcher = void;
  HasJetStreamError(std::optional<int> code, int err_code,
                    TextMatcher description)
      : code_(code),
        err_code_(err_code),
        description_(std::move(description)) {}

  bool MatchAndExplain(const absl::Status& status,
                       MatchResultListener* listener) const {
    const std::optional<JetStreamError> error = GetJetStreamError(status);
    if (!error.has_value()) {
      *listener << "which carries no JetStreamError";
      return false;
    }
    *listener << "which carries " << *error;
    return error->err_code == err_code_ &&
           (!code_.has_value() || error->code == *code_) &&
           description_.Matches(error->description);
  }
  void DescribeTo(std::ostream* out) const { Describe("carries", out); }
  void DescribeNegationTo(std::ostream* out) const {
    Describe("does not carry", out);
  }

 private:
  void Describe(const char* verb, std::ostream* out) const {
    *out << verb << " the JetStreamError ";
    if (code_.has_value()) *out << *code_ << "/";
    *out << err_code_ << " with a description that ";
    description_.DescribeTo(out);
  }

  std::optional<int> code_;
  int err_code_;
  TextMatcher description_;
};

absl::string_view NameOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNone:
      return "none";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kNoResponders:
      return "no responders";
    case ErrorKind::kConnectionClosed:
      return "connection closed";
    case ErrorKind::kConnectionLost:
      return "connection lost";
    case ErrorKind::kAlreadySettled:
      return "already settled";
    case ErrorKind::kNotATask:
      return "not a task";
    case ErrorKind::kNotSimulated:
      return "not simulated";
  }
  return "unknown";
}

class HasErrorKind {
 public:
  using is_gtest_matcher = void;
  explicit HasErrorKind(ErrorKind kind) : kind_(kind) {}

  bool MatchAndExplain(const absl::Status& status,
                       MatchResultListener* listener) const {
    const ErrorKind kind = GetErrorKind(status);
    *listener << "whose kind is \"" << NameOf(kind) << "\"";
    return kind == kind_;
  }
  void DescribeTo(std::ostream* out) const {
    *out << "is an error of kind \"" << NameOf(kind_) << "\"";
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "is no error of kind \"" << NameOf(kind_) << "\"";
  }

 private:
  ErrorKind kind_;
};

std::string DataOf(const Delivery& delivery) {
  return std::string(delivery.data());
}
std::string SubjectOf(const Delivery& delivery) {
  return std::string(delivery.subject());
}

MATCHER(IsOkStatus, negation ? "is an error" : "is OK") { return arg.ok(); }

}  // namespace

StatusMatcher IsOk() { return StatusMatcher(IsOkStatus()); }

StatusMatcher StatusIs(absl::StatusCode code) { return StatusIs(code, _); }

StatusMatcher StatusIs(absl::StatusCode code, TextMatcher message) {
  return StatusMatcher(StatusCodeAndMessage(code, std::move(message)));
}

StatusMatcher JetStreamErrorIs(int err_code) {
  return StatusMatcher(HasJetStreamError(std::nullopt, err_code, _));
}

StatusMatcher JetStreamErrorIs(int code, int err_code,
                               TextMatcher description) {
  return StatusMatcher(
      HasJetStreamError(code, err_code, std::move(description)));
}

StatusMatcher ErrorKindIs(ErrorKind kind) {
  return StatusMatcher(HasErrorKind(kind));
}

StatusMatcher IsNoResponders() {
  return ErrorKindIs(ErrorKind::kNoResponders);
}

DeliveryMatcher Data(TextMatcher data) {
  return ::testing::ResultOf("data", DataOf, std::move(data));
}

DeliveryMatcher DeliveredTimes(Matcher<std::uint64_t> times) {
  return ::testing::Property("delivered", &Delivery::delivered,
                             std::move(times));
}

DeliveryMatcher OnSubject(TextMatcher subject) {
  return ::testing::ResultOf("subject", SubjectOf, std::move(subject));
}

}  // namespace windtunnel
