#include "client/nats/url.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/nats/status.h"

namespace windtunnel::internal {

namespace {

absl::Status Invalid(absl::string_view shown, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the server URL '", shown, "' ", why));
}

bool HasBlankOrControl(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_isspace(c) || absl::ascii_iscntrl(c)) return true;
  }
  return false;
}

// Splits `address` at the colon before the port; an IPv6 address is in
// brackets.
absl::Status SplitAddress(absl::string_view address, ServerUrl& url) {
  absl::string_view port;
  bool has_port = false;
  if (absl::ConsumePrefix(&address, "[")) {
    const std::size_t end = address.find(']');
    if (end == absl::string_view::npos) {
      return Invalid(url.shown, "has an opening bracket and no closing one");
    }
    port = address.substr(end + 1);
    address = address.substr(0, end);
    has_port = !port.empty();
    if (has_port && !absl::ConsumePrefix(&port, ":")) {
      return Invalid(url.shown, "has text between address and port");
    }
  } else if (const std::size_t colon = address.find(':');
             colon != absl::string_view::npos) {
    port = address.substr(colon + 1);
    address = address.substr(0, colon);
    has_port = true;
  }
  if (address.empty()) return Invalid(url.shown, "has no host");
  url.host = std::string(address);
  if (has_port && (!absl::SimpleAtoi(port, &url.port) || url.port < 1 ||
                   url.port > 65'535)) {
    return Invalid(url.shown, absl::StrCat("has '", port,
                                           "' as its port, not 1 to 65535"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServerUrl> ParseServerUrl(absl::string_view url) {
  ServerUrl parsed;
  if (url.empty()) return absl::InvalidArgumentError("the server URL is empty");
  absl::string_view scheme = "nats";
  absl::string_view rest = url;
  if (const std::size_t end = url.find("://"); end != absl::string_view::npos) {
    scheme = url.substr(0, end);
    rest = url.substr(end + 3);
  }
  absl::string_view address = rest;
  if (const std::size_t at = rest.rfind('@'); at != absl::string_view::npos) {
    address = rest.substr(at + 1);
    parsed.has_credentials = true;
    if (at == 0) return Invalid(address, "has an @ with nothing before it");
  }
  parsed.shown = absl::StrCat(scheme, "://", address);
  if (HasBlankOrControl(url)) {
    return Invalid(HasBlankOrControl(parsed.shown) ? "" : parsed.shown,
                   "contains a blank or a control character");
  }
  if (scheme != "nats" && scheme != "tls") {
    return Invalid(parsed.shown,
                   absl::StrCat("has the unknown scheme '", scheme,
                                "'; known are nats and tls"));
  }
  if (address.find(',') != absl::string_view::npos) {
    return Invalid(parsed.shown, "is a list; further ones go to more_urls");
  }
  absl::ConsumeSuffix(&address, "/");
  if (absl::StrContains(address, "/") || absl::StrContains(address, "?")) {
    return Invalid(parsed.shown, "has a path");
  }
  absl::Status status = SplitAddress(address, parsed);
  if (!status.ok()) return status;
  parsed.tls = scheme == "tls";
  parsed.full = absl::StrCat(scheme, "://", rest);
  return parsed;
}

absl::StatusOr<ServerUrl> ConnectedUrl(natsConnection* connection) {
  char url[1024] = "";
  const natsStatus status =
      natsConnection_GetConnectedUrl(connection, url, sizeof(url));
  if (status != NATS_OK) return FromNatsStatus(status, "the URL of the server");
  return ParseServerUrl(url);
}

}  // namespace windtunnel::internal
