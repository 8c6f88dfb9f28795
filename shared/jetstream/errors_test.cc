#include "windtunnel/errors.h"

#include "gtest/gtest.h"
#include "shared/jetstream/error_catalogue.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

absl::StatusCode CodeOf(const JetStreamError& error) {
  return MakeJetStreamStatus(error).code();
}

// API-002
TEST(Errors, StatusCarriesTheServersTriple) {
  const JetStreamError error = {404, 10059, "stream not found; a b"};
  const absl::Status status = MakeJetStreamStatus(error);
  EXPECT_EQ(GetJetStreamError(status), error);
  EXPECT_EQ(GetErrorKind(status), ErrorKind::kNone);
  EXPECT_EQ(status.message(), "stream not found; a b (404/10059)");
}

TEST(Errors, OtherStatusesCarryNothing) {
  EXPECT_EQ(GetJetStreamError(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(GetJetStreamError(absl::NotFoundError("")), std::nullopt);
  EXPECT_EQ(GetErrorKind(absl::NotFoundError("")), ErrorKind::kNone);
}

TEST(Errors, CodesAreAsTellingAsTheServerAllows) {
  using absl::StatusCode;
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kStreamNotFound)),
            StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kStreamNameExist)),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kConsumerAlreadyExists)),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kStreamWrongLastSequence, "3")),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kStreamInvalidConfig, "why")),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(catalogue::Make(catalogue::kStreamStoreFailed,
                                   "maximum messages exceeded")),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf({503, 10077, "disk broken"}), StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf({429, 10210, ""}), StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf({408, 0, ""}), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CodeOf({400, 1, ""}), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({500, 1, ""}), StatusCode::kInternal);
}

TEST(Errors, KindsHaveTheirCodes) {
  const absl::Status status =
      MakeErrorStatus(ErrorKind::kNoResponders, "nobody listens on a");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               "nobody listens on a"));
  EXPECT_THAT(status, IsNoResponders());
  EXPECT_EQ(GetJetStreamError(status), std::nullopt);
}

TEST(Errors, WhatTheSimulatorDoesNotModelIsUnimplemented) {
  const absl::Status status =
      MakeJetStreamStatus(catalogue::NotSimulated("num_replicas"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnimplemented,
                               testing::HasSubstr("num_replicas")));
  EXPECT_THAT(status, ErrorKindIs(ErrorKind::kNotSimulated));
}

TEST(ErrorCatalogue, DetailTakesItsPlaceInTheText) {
  EXPECT_EQ(catalogue::Make(catalogue::kSequenceNotFound, "3"),
            (JetStreamError{400, 10043, "sequence 3 not found"}));
  EXPECT_EQ(catalogue::Make(catalogue::kBadRequest, "ignored"),
            (JetStreamError{400, 10003, "bad request"}));
  EXPECT_EQ(
      catalogue::WithDescription(catalogue::kConsumerPullRequiresAck, "older"),
      (JetStreamError{400, 10084, "older"}));
}

}  // namespace
}  // namespace windtunnel
