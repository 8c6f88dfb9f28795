#include "client/nats/url.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::internal {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ServerUrlTest, ReadsSchemeHostAndPort) {
  absl::StatusOr<ServerUrl> url = ParseServerUrl("tls://example.com:4443");

  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 4443);
  EXPECT_TRUE(url->tls);
  EXPECT_FALSE(url->has_credentials);
}

TEST(ServerUrlTest, SchemeAndPortMayBeLeftOut) {
  absl::StatusOr<ServerUrl> url = ParseServerUrl("localhost");

  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->full, "nats://localhost");
  EXPECT_EQ(url->port, 4222);
}

TEST(ServerUrlTest, ReadsAnIpv6Address) {
  absl::StatusOr<ServerUrl> url = ParseServerUrl("nats://[::1]:4333");

  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 4333);
}

TEST(ServerUrlTest, CredentialsAreNotedAndNeverShown) {
  absl::StatusOr<ServerUrl> url = ParseServerUrl("nats://ann:s3:c@ret@h:1");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_TRUE(url->has_credentials);
  EXPECT_EQ(url->shown, "nats://h:1");
  EXPECT_EQ(url->host, "h");

  EXPECT_THAT(ParseServerUrl("nats://ann:s3cret@h:bad").status().ToString(),
              Not(HasSubstr("s3cret")));
}

TEST(ServerUrlTest, NonsenseIsRefusedAndNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty"},
      {"http://h:1", "unknown scheme 'http'"},
      {"nats://", "no host"},
      {"nats://:4222", "no host"},
      {"nats://h:", "port"},
      {"nats://h:0", "port"},
      {"nats://h:65536", "65536"},
      {"nats://h:port", "'port'"},
      {"nats://h:1:2", "'1:2'"},
      {"nats://[::1", "bracket"},
      {"nats://[::1]x", "between address and port"},
      {"nats://h:1/path", "path"},
      {"nats://a:1,nats://b:2", "list"},
      {"nats://h:1\r\nPUB x 0", "control character"},
      {"nats://a b", "blank"},
      {"nats://@h", "@"},
  };
  for (const auto& [text, named] : cases) {
    absl::StatusOr<ServerUrl> url = ParseServerUrl(text);
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(url.status().message()), HasSubstr(named)) << text;
  }
}

}  // namespace
}  // namespace windtunnel::internal
