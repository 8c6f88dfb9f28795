#include "shared/jetstream/wire_jetstream.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "shared/api/answers.h"
#include "shared/jetstream/async_publisher.h"

namespace windtunnel {

std::unique_ptr<JetStream> NewJetStreamOverWire(
    Connection& connection, const JetStreamOptions& options) {
  // Every backend's connection is a ConnectionBase.
  return std::make_unique<internal::WireJetStream>(
      static_cast<internal::ConnectionBase&>(connection), options);
}

}  // namespace windtunnel

namespace windtunnel::internal {

namespace {

std::string ApiPrefix(const JetStreamOptions& options) {
  if (!options.api_prefix.empty()) return options.api_prefix + ".";
  if (!options.domain.empty())
    return absl::StrCat("$JS.", options.domain, ".API.");
  return "$JS.API.";
}

}  // namespace

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  if (!name.empty() && name.find_first_of(". \t\r\n") == name.npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, " name \"", absl::CEscape(name),
                   "\" is empty, or has a dot or white space"));
}

WireJetStream::WireJetStream(ConnectionBase& connection,
                             const JetStreamOptions& options)
    : connection_(connection),
      options_(options),
      api_prefix_(ApiPrefix(options)),
      mutex_(connection.runtime()) {}

WireJetStream::~WireJetStream() {
  if (async_publisher_ != nullptr) async_publisher_->Stop();
}

Message WireJetStream::MakeRequest(absl::string_view function,
                                   std::string body) const {
  Message request;
  request.subject = absl::StrCat(api_prefix_, function);
  request.data = std::move(body);
  if (options_.required_api_level != 0) {
    request.headers.Add("Nats-Required-Api-Level",
                        absl::StrCat(options_.required_api_level));
  }
  return request;
}

absl::StatusOr<Message> WireJetStream::Ask(
    absl::string_view function, std::string body,
    std::optional<absl::Duration> timeout, const CancellationToken& token) {
  RequestOptions request_options;
  request_options.timeout = timeout.value_or(options_.timeout);
  request_options.cancellation = token;
  return connection_.Request(MakeRequest(function, std::move(body)),
                             request_options);
}

absl::StatusOr<AccountInfo> WireJetStream::GetAccountInfo(
    const CallOptions& options) {
  return Call("INFO", "", options.timeout, options.cancellation,
              api::DecodeAccountInfo);
}

}  // namespace windtunnel::internal
