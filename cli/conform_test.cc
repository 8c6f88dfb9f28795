// The command as a whole, on servers started for it.

#include "cli/conform.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/run_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/property/program.h"
#include "windtunnel/client.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ConformCommand : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& arguments) {
    Console console{out_, err_};
    return RunConform(arguments, console);
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ConformCommand, WrongUsageIsOneLine) {
  EXPECT_EQ(Run({"--server", "nats://h", "--programs", "many"}), kUsage);
  EXPECT_EQ(err_.str(),
            "windtunnel conform: --programs: 'many' is not a number from 1 to "
            "100000000, see windtunnel conform --help\n");
}

TEST_F(ConformCommand, ServerThatCannotStartIsNamed) {
  EXPECT_EQ(Run({"--spawn", "/no/such/server"}), kCannotRun);
  EXPECT_THAT(err_.str(), HasSubstr("'/no/such/server'"));
}

TEST_F(ConformCommand, ServerThatIsNotThereIsNamedWithoutCredentials) {
  // Nothing listens on the port of echo.
  EXPECT_EQ(Run({"--server", "nats://me:secret@127.0.0.1:7"}), kCannotRun);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("cannot use the server nats://127.0.0.1:7"),
                    testing::Not(HasSubstr("secret"))));
}

TEST_F(ConformCommand, ReplayOfWhatIsNoProgramIsRefused) {
  const std::string path = testing::TempDir() + "/no_program.json";
  std::ofstream(path) << "{}}";
  EXPECT_EQ(Run({"--spawn", "x", "--replay", path}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("'" + path + "' is no program"));
  EXPECT_EQ(Run({"--spawn", "x", "--replay", "/no/such"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("cannot read '/no/such'"));
}

TEST_F(ConformCommand, FilesAreTriedBeforeTheServer) {
  EXPECT_EQ(Run({"--spawn", "x", "--json", "/proc/no/such"}), kCannotRun);
  EXPECT_THAT(err_.str(), HasSubstr("cannot write '/proc/no/such'"));
}

class LiveConformCommand : public ConformCommand {
 protected:
  static const ServerBinary& Newest() {
    static const auto* const found =
        new std::vector<ServerBinary>(FindServers().value());
    return found->back();
  }
  // Names of streams as in the first and at the end.
  static std::vector<std::string> Streams(Connection& connection) {
    return connection.jetstream().StreamNames().value();
  }
  // A file of a test of its own.
  static std::string File(const std::string& name) {
    return absl::StrCat(testing::TempDir(), "/conform_command_", name);
  }

  ThreadRuntime runtime_;
};

TEST_F(LiveConformCommand, AgreementEndsWithZero) {
  const std::string saved = File("agrees.json");
  std::ofstream(saved) << conform::ToJson(
      {.flavour = "pull",
       .actions = {{.subject = "$JS.API.STREAM.CREATE.@A",
                    .body = R"({"name":"@A","subjects":["@.>"]})"},
                   {.subject = "@.x", .body = "book"}}});

  EXPECT_EQ(Run({"--spawn", Newest().path, "--replay", saved}), kSuccess)
      << out_.str() << err_.str();

  EXPECT_THAT(out_.str(), HasSubstr("1 program agrees"));
}

TEST_F(LiveConformCommand, GeneratedProgramsAreReported) {
  const std::string json = File("report.json");

  // Whether they agree is what property_test tells.
  const int status = Run({"--spawn", Newest().path, "--programs", "4",
                          "--shrink-for", "0s", "--json", json});

  const auto report = nlohmann::json::parse(ReadFile(json), nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(status, report["differences"].empty() ? kSuccess : kDifferent);
  EXPECT_EQ(report["programs"], 4);
  EXPECT_EQ(report["server_version"], Newest().version);
  EXPECT_GT(report["tally"]["action: create stream"], 0);
}

TEST_F(LiveConformCommand, DifferencesEndWithOneAndCanBeReplayed) {
  const std::string folder = File("saved");
  std::filesystem::remove_all(folder);

  // The oldest profile and the newest server cannot agree.
  EXPECT_EQ(Run({"--spawn", Newest().path, "--profile", "2.9", "--programs",
                 "2", "--max-differences", "1", "--shrink-for", "1s", "--save",
                 folder, "--junit", File("differs.xml")}),
            kDifferent)
      << out_.str() << err_.str();

  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("difference 1: seed "), HasSubstr("_test.cc"),
                    HasSubstr("NOTE: 2.9 is not the profile")));
  EXPECT_THAT(ReadFile(File("differs.xml")), HasSubstr("<failure "));
  std::string saved;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") saved = entry.path();
  }
  EXPECT_EQ(
      Run({"--spawn", Newest().path, "--profile", "2.9", "--replay", saved}),
      kDifferent);
}

TEST_F(LiveConformCommand, StreamsOfOthersSurvive) {
  auto server = LiveServer::Start(Newest().path).value();
  auto foreign = Connect(runtime_, server->url(), {}).value();
  JetStream& jetstream = foreign->jetstream();
  ASSERT_TRUE(
      jetstream.CreateStream({.name = "ORDERS", .subjects = {"o.>"}}).ok());
  ASSERT_TRUE(jetstream.Publish({.subject = "o.new"}).ok());
  ASSERT_TRUE(jetstream.CreateStream({.name = "WT0000000001A"}).ok());

  EXPECT_LE(
      Run({"--server", server->url(), "--programs", "8", "--shrink-for", "0s"}),
      kDifferent)
      << out_.str() << err_.str();

  EXPECT_THAT(out_.str(), HasSubstr("--clean-up WT0000\n"));
  EXPECT_THAT(Streams(*foreign),
              UnorderedElementsAre("ORDERS", "WT0000000001A"));
  EXPECT_EQ(jetstream.GetStreamInfo("ORDERS")->state.messages, 1);
  EXPECT_EQ(Run({"--server", server->url(), "--clean-up", "WT0000"}), kSuccess);
  EXPECT_THAT(Streams(*foreign), ElementsAre("ORDERS"));
}

TEST_F(LiveConformCommand, InterruptedRunTidiesUpAndReports) {
  auto server = LiveServer::Start(Newest().path).value();
  auto foreign = Connect(runtime_, server->url(), {}).value();
  // Interrupts when programs run.
  std::thread interrupter([&] {
    const absl::Time until = absl::Now() + absl::Minutes(1);
    while (absl::Now() < until && LeftoverPrefixes(Streams(*foreign)).empty()) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    // Past the trial streams of the preparation.
    absl::SleepFor(absl::Seconds(2));
    kill(getpid(), SIGINT);
  });

  EXPECT_EQ(Run({"--server", server->url(), "--programs", "20000"}), 130);
  interrupter.join();

  EXPECT_THAT(out_.str(), HasSubstr("Interrupted: 20000 programs"));
  EXPECT_THAT(Streams(*foreign), IsEmpty());
}

TEST_F(LiveConformCommand, AccountWithTooLowALimitIsRefused) {
  auto server = LiveServer::Start(Newest().path, R"(
accounts {
  A { users: [{user: a, password: a}], jetstream { max_streams: 10 } }
}
no_auth_user: a
)")
                    .value();

  EXPECT_EQ(Run({"--server", server->url(), "--at-once", "8"}), kCannotRun);
  EXPECT_THAT(err_.str(), HasSubstr("needs 24 of max_streams, and the account "
                                    "has 10 left of 10"));
}

TEST_F(LiveConformCommand, AccountWithoutJetStreamIsRefused) {
  auto server = LiveServer::Start(Newest().path, R"(
accounts { A { users: [{user: a, password: a}] } }
no_auth_user: a
)")
                    .value();

  EXPECT_EQ(Run({"--server", server->url()}), kCannotRun);
  EXPECT_THAT(err_.str(), HasSubstr("JetStream cannot be used there: "));
}

TEST_F(LiveConformCommand, StreamThatTakesEverythingIsRefused) {
  auto server = LiveServer::Start(Newest().path).value();
  auto foreign = Connect(runtime_, server->url(), {}).value();
  StreamConfig all{.name = "ALL", .subjects = {">"}};
  all.no_ack = true;
  ASSERT_TRUE(foreign->jetstream().CreateStream(all).ok());

  EXPECT_EQ(Run({"--server", server->url()}), kCannotRun);
  EXPECT_THAT(err_.str(), HasSubstr("stream ALL takes '>'"));
  EXPECT_THAT(Streams(*foreign), ElementsAre("ALL"));
}

}  // namespace
}  // namespace windtunnel::cli
