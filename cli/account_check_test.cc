#include "cli/account_check.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::cli {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const AccountInfo& account) {
  return std::string(CheckLimits(account, NeedsOf(2)).message());
}

StreamInfo StreamOn(std::vector<std::string> subjects) {
  StreamInfo info;
  info.config.name = "ORDERS";
  info.config.subjects = std::move(subjects);
  return info;
}

TEST(CheckLimits, AccountWithoutLimitsIsFine) {
  EXPECT_EQ(CheckLimits({}, NeedsOf(256)), absl::OkStatus());
}

TEST(CheckLimits, LimitsWithRoomAreFine) {
  const AccountInfo account{.streams = 4,
                            .limits = {.max_memory = 1 << 30,
                                       .max_storage = 1 << 30,
                                       .max_streams = 10,
                                       .max_consumers = 100,
                                       .memory_max_stream_bytes = 1 << 24}};
  EXPECT_EQ(CheckLimits(account, NeedsOf(2)), absl::OkStatus());
}

TEST(CheckLimits, StreamsThatAreThereCount) {
  EXPECT_THAT(ErrorOf({.streams = 5, .limits = {.max_streams = 10}}),
              HasSubstr("it needs 6 of max_streams, and the account has 5 left "
                        "of 10"));
}

TEST(CheckLimits, EachLimitIsNamed) {
  EXPECT_THAT(ErrorOf({.limits = {.max_consumers = 2}}),
              HasSubstr("16 of max_consumers"));
  EXPECT_THAT(ErrorOf({.limits = {.max_memory = 0}}),
              HasSubstr("6291456 of memory, and the account has 0 left of 0"));
  EXPECT_THAT(
      ErrorOf({.reserved_storage = 7'000'000,
               .limits = {.max_storage = 8'000'000}}),
      HasSubstr("6291456 of storage, and the account has 1000000 left"));
  EXPECT_THAT(ErrorOf({.limits = {.memory_max_stream_bytes = 10}}),
              HasSubstr("memory_max_stream_bytes"));
  EXPECT_THAT(ErrorOf({.limits = {.storage_max_stream_bytes = 10}}),
              HasSubstr("storage_max_stream_bytes"));
  EXPECT_THAT(ErrorOf({.limits = {.max_ack_pending = 10}}),
              HasSubstr("without a limit of max_ack_pending, which is 10"));
  EXPECT_THAT(ErrorOf({.limits = {.max_bytes_required = true}}),
              HasSubstr("without max_bytes"));
}

TEST(CheckSubjects, StreamsOfOthersOnTheirOwnSubjectsAreFine) {
  EXPECT_EQ(
      CheckSubjects({StreamOn({"orders.>", "in.orders.*", "x"}), StreamOn({})},
                    "WT3K9Q"),
      absl::OkStatus());
}

TEST(CheckSubjects, StreamsThatWouldTakeOurMessagesAreNamed) {
  for (const std::string subject :
       {">", "*.>", "*.new", "*", "in.>", "*.*.x"}) {
    const absl::Status status =
        CheckSubjects({StreamOn({"orders.>", subject})}, "WT3K9Q");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("stream ORDERS takes '" + subject + "'"));
  }
}

}  // namespace
}  // namespace windtunnel::cli
