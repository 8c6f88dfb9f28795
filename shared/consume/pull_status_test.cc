#include "shared/consume/pull_status.h"

#include "gtest/gtest.h"

namespace windtunnel::internal {
namespace {

absl::StatusCode CodeFor(int code, absl::string_view description) {
  return ToStatus({.code = code, .description = std::string(description)}).code();
}

// PUL-029, PUL-031, PUL-033, PUL-044
TEST(PullStatusMeaning, TheEndOfAServedRequestIsNoError) {
  EXPECT_EQ(CodeFor(404, "No Messages"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeFor(408, "Request Timeout"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeFor(408, "Requests Pending"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeFor(409, "Batch Completed"), absl::StatusCode::kOk);
}

// PUL-002, PUL-015, PUL-048
TEST(PullStatusMeaning, TellsWhetherTheConsumerCanBePulledFrom) {
  EXPECT_EQ(CodeFor(503, ""), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeFor(409, "Consumer Deleted"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeFor(409, "Consumer is push based"),
            absl::StatusCode::kFailedPrecondition);
}

// PUL-011, PUL-012, PUL-013, PUL-014, PUL-022, PUL-042
TEST(PullStatusMeaning, TellsWrongRequestsFromExceededBounds) {
  EXPECT_EQ(CodeFor(400, "Bad Request - heartbeat value too large"),
            absl::StatusCode::kInvalidArgument);
  for (const char* text :
       {"Exceeded MaxRequestBatch of 2", "Exceeded MaxRequestExpires of 1s",
        "Exceeded MaxRequestMaxBytes of 500", "Exceeded MaxWaiting",
        "Message Size Exceeds MaxBytes"}) {
    EXPECT_EQ(CodeFor(409, text), absl::StatusCode::kResourceExhausted) << text;
  }
  EXPECT_EQ(Classify({.code = 409, .description = "Exceeded MaxWaiting"}),
            PullEnd::kBusy);
}

// PUL-049, PUL-050
TEST(PullStatusMeaning, WhatIsNotKnownMayPass) {
  for (const char* text :
       {"Server Shutdown", "Leadership Change", "Something New"}) {
    EXPECT_EQ(CodeFor(409, text), absl::StatusCode::kUnavailable) << text;
  }
  EXPECT_EQ(CodeFor(423, "Nats-Pin-Id mismatch"),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace windtunnel::internal
