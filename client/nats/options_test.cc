#include "client/nats/options.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/client.h"

namespace windtunnel {
namespace {

using testing::HasSubstr;

constexpr char kUrl[] = "nats://127.0.0.1:1";

// What Connect() says to options that `change` made wrong.
absl::Status Refusal(const std::function<void(ConnectOptions&)>& change,
                     absl::string_view url = kUrl) {
  ThreadRuntime runtime;
  ConnectOptions options;
  change(options);
  return Connect(runtime, url, std::move(options)).status();
}

void ExpectInvalid(const absl::Status& status, const std::string& named) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(named));
}

TEST(ConnectOptionsTest, DefaultsPassTheCheck) {
  const ConnectOptions options;
  EXPECT_EQ(internal::CheckConnectOptions(
                internal::ParseServerUrls(kUrl, options).value(), options),
            absl::OkStatus());
}

TEST(ConnectOptionsTest, DurationsOutOfRangeAreNamed) {
  ExpectInvalid(Refusal([](auto& o) { o.timeout = absl::ZeroDuration(); }),
                "timeout");
  ExpectInvalid(Refusal([](auto& o) { o.timeout = absl::InfiniteDuration(); }),
                "timeout is inf");
  ExpectInvalid(Refusal([](auto& o) { o.reconnect_wait = -absl::Seconds(1); }),
                "reconnect_wait is -1s");
  ExpectInvalid(Refusal([](auto& o) { o.ping_interval = -absl::Seconds(1); }),
                "ping_interval");
}

TEST(ConnectOptionsTest, CountsOutOfRangeAreNamed) {
  ExpectInvalid(Refusal([](auto& o) { o.max_reconnects = -2; }),
                "max_reconnects is -2");
  ExpectInvalid(Refusal([](auto& o) { o.reconnect_buffer_bytes = -2; }),
                "reconnect_buffer_bytes");
  ExpectInvalid(Refusal([](auto& o) { o.max_pings_out = 0; }), "max_pings_out");
}

TEST(ConnectOptionsTest, LineBreaksAreRefused) {
  ExpectInvalid(Refusal([](auto& o) { o.name = "a\r\nb"; }), "name");
  ExpectInvalid(Refusal([](auto& o) { o.token = "a\nb"; }), "token");
  ExpectInvalid(Refusal([](auto& o) {
                  o.user = "u";
                  o.password = std::string("p\0", 2);
                }),
                "password");
}

TEST(ConnectOptionsTest, TextsThatWouldBreakTheGreetingAreRefused) {
  ExpectInvalid(Refusal([](auto& o) { o.name = "a\"b"; }), "name");
  ExpectInvalid(Refusal([](auto& o) { o.token = "a\\b"; }), "token");
  ExpectInvalid(Refusal([](auto& o) {
                  o.user = "u";
                  o.password = "p\"";
                }),
                "password");
}

TEST(ConnectOptionsTest, OnlyOneWayToAuthenticate) {
  ExpectInvalid(Refusal([](auto& o) {
                  o.user = "u";
                  o.token = "t";
                }),
                "user, token");
  ExpectInvalid(
      Refusal([](auto& o) { o.token = "t"; }, "nats://u:p@127.0.0.1:1"),
      "URL, token");
  ExpectInvalid(Refusal([](auto& o) { o.password = "p"; }),
                "password is set without user");
  ExpectInvalid(Refusal([](auto& o) { o.nkey_public = "U"; }),
                "nkey_public is set without nkey_seed_file");
}

TEST(ConnectOptionsTest, CertificateAndKeyBelongTogether) {
  ExpectInvalid(Refusal([](auto& o) {
                  o.tls.enabled = true;
                  o.tls.cert_file = "cert.pem";
                }),
                "tls.cert_file is set without tls.key_file");
}

TEST(ConnectOptionsTest, TlsSettingsWithoutTlsAreRefused) {
  ExpectInvalid(Refusal([](auto& o) { o.tls.skip_verification = true; }),
                "TLS");
}

TEST(ConnectOptionsTest, MissingFilesAreNamed) {
  absl::Status status =
      Refusal([](auto& o) { o.credentials_file = "/no/such.creds"; });
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such.creds"));

  status = Refusal([](auto& o) { o.tls.ca_file = "/"; }, "tls://127.0.0.1:1");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
}

TEST(ConnectOptionsTest, FurtherUrlsAreCheckedToo) {
  ExpectInvalid(Refusal([](auto& o) { o.more_urls = {"ftp://x"}; }), "ftp");
}

}  // namespace
}  // namespace windtunnel
