#include "tests/integration/behaviour.h"

#include <ostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel {
namespace {

int MinorOf(ServerVersion version) {
  switch (version) {
    case ServerVersion::k2_9:
      return 9;
    case ServerVersion::k2_10:
      return 10;
    case ServerVersion::k2_15:
      return 15;
  }
  return 0;
}

// What a live server may say while it still removes the folders of deleted
// streams: ask again.
bool StoreIsBusy(const JetStreamError& error) {
  return error.err_code == 10049 &&
         error.description == "error creating store for stream";
}

nlohmann::json ParseAnswer(const absl::StatusOr<Message>& answer) {
  if (!answer.ok()) {
    return {{"error", {{"description", ErrorOf(answer).description}}}};
  }
  nlohmann::json parsed = nlohmann::json::parse(answer->data, nullptr, false);
  if (!parsed.is_discarded()) return parsed;
  return {
      {"error", {{"description", absl::StrCat("not JSON: ", answer->data)}}}};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const WorldCase& world_case) {
  return out << world_case.name;
}

JetStreamError ErrorOf(const absl::Status& status) {
  if (status.ok()) return Ok();
  if (std::optional<JetStreamError> error = GetJetStreamError(status)) {
    return *error;
  }
  switch (GetErrorKind(status)) {
    case ErrorKind::kTimeout:
      return Timeout();
    case ErrorKind::kNoResponders:
      return NoResponders();
    default:
      return {.description = status.ToString()};
  }
}

JetStreamError ErrorOf(const nlohmann::json& answer) {
  if (!answer.is_object() || !answer.contains("error")) return Ok();
  const nlohmann::json& error = answer["error"];
  return {.code = error.value("code", 0),
          .err_code = error.value("err_code", 0),
          .description = error.value("description", "")};
}

JetStreamError InvalidConfig(absl::string_view description) {
  return {500, kStreamInvalidConfig, std::string(description)};
}
JetStreamError BadRequest() { return {400, kBadRequest, "bad request"}; }
JetStreamError StreamNotFound() {
  return {404, kStreamNotFound, "stream not found"};
}
JetStreamError NoMessageFound() {
  return {404, kNoMessageFound, "no message found"};
}
JetStreamError Ok() { return {.description = "OK"}; }
JetStreamError Timeout() { return {.description = "timeout"}; }
JetStreamError NoResponders() { return {.description = "no responders"}; }

void Behaviour::SetUp() { StartWorld({}); }

void Behaviour::StartWorld(const WorldOptions& options) {
  world_ = GetParam().make(options);
  ASSERT_NE(world_, nullptr) << "no world " << GetParam().name
                             << "; scripts/nats-servers gets the servers, "
                                "WINDTUNNEL_NATS_SERVERS says "
                                "where they are";
  absl::StatusOr<std::unique_ptr<Connection>> connected =
      world_->Connect("behaviour");
  ASSERT_TRUE(connected.ok()) << connected.status();
  connection_ = *std::move(connected);
  if (GetParam().over_wire) {
    over_wire_ = NewJetStreamOverWire(*connection_, {});
  }
  jetstream_ = over_wire_ ? over_wire_.get() : &connection_->jetstream();
}

void Behaviour::TearDown() {
  over_wire_ = nullptr;
  connection_ = nullptr;
  world_ = nullptr;
}

bool Behaviour::Since(absl::string_view version) const {
  int minor = 0;
  if (!absl::ConsumePrefix(&version, "2.") ||
      !absl::SimpleAtoi(version, &minor)) {
    ADD_FAILURE() << "not a version: " << version;
  }
  return MinorOf(world_->version()) >= minor;
}

JetStreamError Behaviour::InvalidJson(absl::string_view detail) const {
  return {
      400, 10025,
      Since("2.11") ? absl::StrCat("invalid JSON: ", detail) : "invalid JSON"};
}

bool Behaviour::Eventually(const std::function<bool()>& condition,
                           absl::Duration timeout) {
  const absl::Time deadline = runtime().Now() + timeout;
  while (!condition()) {
    if (runtime().Now() >= deadline) return false;
    Advance(absl::Milliseconds(5));
  }
  return true;
}

nlohmann::json Behaviour::Api(absl::string_view operation,
                              absl::string_view body, absl::Duration timeout) {
  nlohmann::json answer;
  Eventually([&] {
    answer = ParseAnswer(
        connection().Request({.subject = absl::StrCat("$JS.API.", operation),
                              .data = std::string(body)},
                             {.timeout = timeout}));
    return !StoreIsBusy(ErrorOf(answer));
  });
  return answer;
}

nlohmann::json Behaviour::RawPublish(const Message& message,
                                     absl::Duration timeout) {
  return ParseAnswer(connection().Request(message, {.timeout = timeout}));
}

std::string Behaviour::FreshName() {
  static int names = 0;
  return absl::StrCat("F", ++names);
}

StreamInfo Behaviour::Create(const StreamConfig& config) {
  absl::StatusOr<StreamInfo> created;
  Eventually([&] {
    created = jetstream().CreateStream(config);
    return !StoreIsBusy(ErrorOf(created));
  });
  return std::move(created).value();
}

StreamInfo Behaviour::Update(const StreamConfig& config) {
  return jetstream().UpdateStream(config).value();
}

PubAck Behaviour::Publish(absl::string_view subject, absl::string_view data,
                          const PublishOptions& options) {
  return jetstream()
      .Publish({.subject = std::string(subject), .data = std::string(data)},
               options)
      .value();
}

StreamState Behaviour::State(absl::string_view stream) {
  return jetstream().GetStreamInfo(stream).value().state;
}

std::string Behaviour::DataAt(absl::string_view stream,
                              std::uint64_t sequence) {
  absl::StatusOr<StoredMessage> message =
      jetstream().GetMessage(stream, {.seq = sequence});
  return message.ok() ? message->data : ErrorOf(message).description;
}

std::unique_ptr<Subscription> Behaviour::Listen(absl::string_view subject,
                                                absl::string_view queue_group) {
  std::unique_ptr<Subscription> subscription =
      connection()
          .Subscribe({.subject = std::string(subject),
                      .queue_group = std::string(queue_group)})
          .value();
  EXPECT_EQ(connection().Flush(absl::Seconds(5)), absl::OkStatus());
  return subscription;
}

}  // namespace windtunnel
