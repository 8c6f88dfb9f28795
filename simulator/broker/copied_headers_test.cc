#include "simulator/broker/copied_headers.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/sha256.h"

namespace windtunnel::broker {
namespace {

const Profile& kOld = ProfileFor(ServerVersion::k2_9);
const Profile& kMiddle = ProfileFor(ServerVersion::k2_10);
const Profile& kNew = ProfileFor(ServerVersion::k2_15);

// SRC-036, SRC-037
TEST(MirroredHeaders, LoseWhatOnlyTheirFirstStreamChecked) {
  const absl::string_view block =
      "NATS/1.0\r\nA: 1\r\nNats-Expected-Stream: O\r\nNats-Batch-Id: b\r\n"
      "Nats-Batched: kept\r\nB: Nats-Expected-\r\n\r\n";
  EXPECT_EQ(MirroredHeaders(kOld, block), block);
  EXPECT_EQ(MirroredHeaders(kMiddle, block), block);
  EXPECT_EQ(MirroredHeaders(kNew, block),
            "NATS/1.0\r\nA: 1\r\nNats-Batched: kept\r\nB: Nats-Expected-\r\n"
            "\r\n");
  EXPECT_EQ(MirroredHeaders(kNew, "NATS/1.0\r\nNats-Batch-Id: b\r\n\r\n"), "");
  EXPECT_EQ(MirroredHeaders(kNew, ""), "");
}

// SRC-047, SRC-048
TEST(SourcedHeaders, EndInWhereTheyComeFrom) {
  EXPECT_EQ(SourcedHeaders(kNew, "", "O 1"),
            "NATS/1.0\r\nNats-Stream-Source: O 1\r\n\r\n");
  EXPECT_EQ(SourcedHeaders(kMiddle,
                           "NATS/1.0\r\nNats-Stream-Source: X 9\r\nA: 1\r\n"
                           "Nats-Expected-Last-Sequence: 3\r\n\r\n",
                           "O 1"),
            "NATS/1.0\r\nA: 1\r\nNats-Stream-Source: O 1\r\n\r\n");
}

// SRC-043 to SRC-046
TEST(SourceHeader, SaysWhatItsVersionKnows) {
  const StreamSource plain{.name = "O"};
  const StreamSource transforms{
      .name = "O",
      .subject_transforms = {{.src = "a.1", .dest = "q.one"}, {.src = "a.2"}}};
  EXPECT_EQ(SourceHeader(kOld, KeyOf(kOld, transforms), 1, "a.1", ""), "O 1");
  EXPECT_EQ(SourceHeader(kMiddle, KeyOf(kMiddle, plain), 1, "a.1", ""),
            "O 1 > >");
  EXPECT_EQ(SourceHeader(kNew, KeyOf(kNew, transforms), 1, "a.1", "identity"),
            "O 1 a.1\fa.2 q.one\f> a.1 identity");
  const StreamSource external{.name = "O",
                              .external = ExternalStream{.api = "JS.x.API"}};
  EXPECT_EQ(KeyOf(kNew, external).name,
            absl::StrCat("O:", ShortHash("JS.x.API")));
}

// SRC-045
TEST(StreamIdentity, IsAHashOfTheTimeOfCreation) {
  EXPECT_EQ(StreamIdentity(1'735'689'600'120'000'000),
            ShortHash("2025-01-01T00:00:00.12Z"));
}

// SRC-055, SRC-056
TEST(ReadSourceHeader, KnowsTheFormsOfAllVersions) {
  const auto read = [](absl::string_view value) {
    return ReadSourceHeader(
        absl::StrCat("NATS/1.0\r\nNats-Stream-Source: ", value, "\r\n\r\n"));
  };
  const SourceKey key{"O", "a.*", ">"};
  EXPECT_EQ(read("O 7")->sequence, 7u);
  EXPECT_TRUE(IsFrom(*read("O 7"), key));
  EXPECT_TRUE(IsFrom(*read("O 7 a.* >"), key));
  EXPECT_FALSE(IsFrom(*read("O 7 > >"), key));
  EXPECT_FALSE(IsFrom(*read("P 7"), key));
  EXPECT_EQ(read("O 7 a.* > a.b id")->identity, "id");
  EXPECT_EQ(read("O"), std::nullopt);
  EXPECT_EQ(read("O x"), std::nullopt);
  EXPECT_EQ(ReadSourceHeader("NATS/1.0\r\nA: 1\r\n\r\n"), std::nullopt);
}

}  // namespace
}  // namespace windtunnel::broker
