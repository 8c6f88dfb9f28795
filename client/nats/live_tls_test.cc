// TLS, with certificates made for the test by the openssl program.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/testing/live_test.h"
#include "gtest/gtest.h"

namespace windtunnel {
namespace {

namespace fs = std::filesystem;

class LiveTlsTest : public LiveTest {
 protected:
  static void SetUpTestSuite() {
    std::string folder = fs::temp_directory_path() / "windtunnel-tls-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    MakeAuthority("ca");
    MakeAuthority("other_ca");
    MakeCertificate("server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    MakeCertificate("client", "subjectAltName=DNS:client");
  }

  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string Path(absl::string_view file) {
    return folder_ / std::string(file);
  }

  static void Run(const std::string& arguments) {
    const std::string command = absl::StrCat(
        "cd ", folder_.string(), " && openssl ", arguments, " 2>log");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  static void MakeAuthority(const std::string& name) {
    Run(
        absl::StrCat("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
                     "-nodes -days 2 -subj /CN=",
                     name, " -keyout ", name, ".key -out ", name, ".pem"));
  }

  static void MakeCertificate(const std::string& name,
                              const std::string& extension) {
    std::ofstream(folder_ / (name + ".ext")) << extension << "\n";
    Run(
        absl::StrCat("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                     "-subj /CN=",
                     name, " -keyout ", name, ".key -out ", name, ".csr"));
    Run(absl::StrCat("x509 -req -days 2 -in ", name, ".csr -CA ca.pem -CAkey ",
                     "ca.key -CAcreateserial -extfile ", name, ".ext -out ",
                     name, ".pem"));
  }

  static std::unique_ptr<LiveServer> TlsServer(absl::string_view more = "") {
    return OwnServer(absl::StrCat("tls { cert_file: \"", Path("server.pem"),
                                  "\", key_file: \"", Path("server.key"), "\" ",
                                  more, " }\n"));
  }

  static std::string TlsUrl(const LiveServer& server) {
    return absl::StrCat("tls://127.0.0.1:", server.port());
  }

  absl::Status TryConnect(const std::string& url, const TlsOptions& tls) {
    ConnectOptions options = Quick();
    options.tls = tls;
    return Connect(runtime_, url, std::move(options)).status();
  }

 private:
  static inline fs::path folder_;
};

TEST_F(LiveTlsTest, TrustedServerIsAccepted) {
  auto server = TlsServer();

  EXPECT_EQ(TryConnect(TlsUrl(*server), {.ca_file = Path("ca.pem")}),
            absl::OkStatus());
}

TEST_F(LiveTlsTest, UntrustedServerIsRefused) {
  auto server = TlsServer();

  EXPECT_EQ(TryConnect(TlsUrl(*server), {}).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(
      TryConnect(TlsUrl(*server), {.ca_file = Path("other_ca.pem")}).code(),
      absl::StatusCode::kUnavailable);
}

TEST_F(LiveTlsTest, VerificationCanBeSkipped) {
  auto server = TlsServer();

  EXPECT_EQ(TryConnect(TlsUrl(*server), {.skip_verification = true}),
            absl::OkStatus());
}

TEST_F(LiveTlsTest, HostOfTheCertificateMustBeTheExpectedOne) {
  auto server = TlsServer();

  EXPECT_EQ(TryConnect(TlsUrl(*server), {.ca_file = Path("ca.pem"),
                                         .expected_hostname = "localhost"}),
            absl::OkStatus());
  EXPECT_EQ(TryConnect(TlsUrl(*server), {.ca_file = Path("ca.pem"),
                                         .expected_hostname = "elsewhere"})
                .code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(LiveTlsTest, ServerMayAskForAClientCertificate) {
  auto server = TlsServer(
      absl::StrCat(", ca_file: \"", Path("ca.pem"), "\", verify: true"));

  EXPECT_EQ(TryConnect(TlsUrl(*server), {.ca_file = Path("ca.pem"),
                                         .cert_file = Path("client.pem"),
                                         .key_file = Path("client.key")}),
            absl::OkStatus());
  EXPECT_FALSE(TryConnect(TlsUrl(*server), {.ca_file = Path("ca.pem")}).ok());
}

TEST_F(LiveTlsTest, FilesThatAreNoCertificatesAreRefused) {
  EXPECT_EQ(
      TryConnect("tls://127.0.0.1:1", {.ca_file = Path("server.ext")}).code(),
      absl::StatusCode::kInvalidArgument);
}

TEST_F(LiveTlsTest, MessagesTravelEncrypted) {
  auto server = TlsServer();
  ConnectOptions options = Quick();
  options.tls.ca_file = Path("ca.pem");
  auto connection = ConnectTo(TlsUrl(*server), std::move(options));
  auto subscription = Listen(*connection, {.subject = "tls"});

  ASSERT_EQ(connection->Publish({.subject = "tls", .data = "secret"}),
            absl::OkStatus());

  EXPECT_EQ(NextData(*subscription), "secret");
  EXPECT_EQ(connection->server_version(), server->version());
}

}  // namespace
}  // namespace windtunnel
