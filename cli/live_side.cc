#include "cli/live_side.h"

#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/account_check.h"
#include "cli/run_prefix.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::cli {

namespace {

constexpr absl::Duration kLostAfter = absl::Seconds(20);
constexpr absl::Duration kWatchInterval = absl::Milliseconds(100);

// The same error with `text` before what it says.
absl::Status With(absl::string_view text, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(text, ": ", status.message()));
}

ServerVersion ProfileOf(const ConformArguments& arguments, const World& world) {
  for (ServerVersion version :
       {ServerVersion::k2_9, ServerVersion::k2_10, ServerVersion::k2_15}) {
    if (arguments.profile == NameOf(version)) return version;
  }
  return world.version();
}

std::string GreetingOf(const LiveSide& side) {
  const std::string profile = NameOf(side.profile);
  const std::string version = side.world->server_version();
  std::string text = absl::StrCat("nats-server ", version, " at ", side.shown,
                                  ", profile ", profile, "\n");
  if (!absl::StartsWith(version, absl::StrCat(profile, "."))) {
    absl::StrAppend(
        &text, "NOTE: ", profile, " is not the profile of nats-server ",
        version,
        NameOf(side.world->version()) == profile
            ? ", which has none: it is held against the newest, and what is "
              "new or changed in it shows as differences\n"
            : ": differences between the two versions are to be expected\n");
  }
  return text;
}

// That a stream can be made there, stores, and can be deleted.
absl::Status TryStream(JetStream& jetstream, const std::string& prefix,
                       Storage storage) {
  const std::string name = absl::StrCat(ProgramName(prefix, 0), "A");
  const std::string subject = absl::StrCat(ProgramName(prefix, 0), ".try");
  absl::Status status =
      jetstream
          .CreateStream(
              {.name = name, .subjects = {subject}, .storage = storage})
          .status();
  if (!status.ok()) return status;
  status = jetstream.Publish({.subject = subject}).status();
  status.Update(jetstream.DeleteStream(name, CallOptions{}));
  return status;
}

}  // namespace

std::string NameOf(ServerVersion profile) {
  std::ostringstream text;
  text << profile;
  return text.str();
}

absl::StatusOr<LiveSide> OpenLiveSide(const ConformArguments& arguments) {
  LiveSide side;
  absl::StatusOr<std::unique_ptr<World>> world;
  if (!arguments.spawn.empty()) {
    side.shown = arguments.spawn;
    auto server = LiveServer::Start(arguments.spawn);
    if (!server.ok()) return With("--spawn", server.status());
    side.server = *std::move(server);
    world = SharedWorldOn(*side.server);
  } else {
    side.shown = WithoutCredentials(arguments.server);
    world = SharedWorldAt(arguments.server);
  }
  const std::string cannot = absl::StrCat("cannot use the server ", side.shown);
  if (!world.ok()) return With(cannot, world.status());
  side.world = *std::move(world);
  auto connection = side.world->Connect("windtunnel-conform");
  if (!connection.ok()) return With(cannot, connection.status());
  side.connection = *std::move(connection);
  side.profile = ProfileOf(arguments, *side.world);
  side.greeting = GreetingOf(side);
  return side;
}

absl::StatusOr<Preparation> PrepareAccount(Connection& connection,
                                           int at_once) {
  JetStream& jetstream = connection.jetstream();
  absl::StatusOr<AccountInfo> account = jetstream.GetAccountInfo();
  if (!account.ok()) {
    return With("JetStream cannot be used there", account.status());
  }
  const Needs needs = NeedsOf(at_once);
  absl::Status status = CheckLimits(*account, needs);
  if (!status.ok()) return status;
  absl::StatusOr<std::vector<StreamInfo>> streams = jetstream.ListStreams();
  if (!streams.ok()) return With("cannot list streams", streams.status());
  std::vector<std::string> names;
  for (const StreamInfo& stream : *streams) names.push_back(stream.config.name);

  Preparation preparation;
  preparation.prefix = DrawPrefix(names);
  status = CheckSubjects(*streams, preparation.prefix);
  if (!status.ok()) return status;
  for (Storage storage : {Storage::kMemory, Storage::kFile}) {
    status = TryStream(jetstream, preparation.prefix, storage);
    if (!status.ok()) {
      DeleteStreamsOf(jetstream, preparation.prefix).status().IgnoreError();
      return With(storage == Storage::kMemory
                      ? "cannot work with a stream in memory"
                      : "cannot work with a stream in files",
                  status);
    }
  }
  preparation.checked =
      absl::StrCat("The account has ", streams->size(),
                   " streams, none of which takes what "
                   "programs publish. They need up to ",
                   needs.streams, " streams at a time with ", needs.consumers,
                   " consumers and ", needs.stream_bytes,
                   " bytes each, which its limits allow.\n");
  const std::vector<std::string> leftovers = LeftoverPrefixes(names);
  if (!leftovers.empty()) {
    preparation.notice = absl::StrCat(
        "There are streams of other runs. If those have ended: --clean-up ",
        absl::StrJoin(leftovers, ", --clean-up "), "\n");
  }
  return preparation;
}

ServerWatch::ServerWatch(Connection& connection, std::function<void()> lost)
    : thread_([this, &connection, lost = std::move(lost)] {
        absl::Time last_seen = absl::Now();
        while (!ended_ && !was_lost_) {
          absl::SleepFor(kWatchInterval);
          if (connection.connected()) last_seen = absl::Now();
          if (connection.closed() || absl::Now() - last_seen > kLostAfter) {
            was_lost_ = true;
            lost();
          }
        }
      }) {}

ServerWatch::~ServerWatch() {
  ended_ = true;
  thread_.join();
}

}  // namespace windtunnel::cli
