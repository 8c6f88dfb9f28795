#include "client/nats/options.h"

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/nats/status.h"

namespace windtunnel::internal {

namespace {

// nats.c keeps some of its times as milliseconds in an int.
constexpr absl::Duration kLongest =
    absl::Milliseconds(std::numeric_limits<std::int32_t>::max());

// nats.c counts bytes in an int and derives them as 1024 times this.
constexpr int kPendingMessagesMax = std::numeric_limits<int>::max() / 1024;

std::int64_t Milliseconds(absl::Duration duration) {
  return absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)));
}

absl::Status CheckDuration(absl::string_view name, absl::Duration value,
                           absl::Duration least) {
  if (value >= least && value <= kLongest) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "ConnectOptions::", name, " is ", absl::FormatDuration(value),
      ", not between ", absl::FormatDuration(least), " and ",
      absl::FormatDuration(kLongest)));
}

absl::Status CheckCount(absl::string_view name, int value, int least) {
  if (value >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "ConnectOptions::", name, " is ", value, ", less than ", least));
}

// What nats.c writes into its JSON greeting as it is: a quote or a backslash
// would make that something else.
absl::Status CheckGreeting(absl::string_view name, const std::string& value) {
  if (value.find_first_of("\"\\") == std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "ConnectOptions::", name,
      " contains a quote or a backslash, which nats.c cannot send"));
}

// Line breaks would end the line that carries the text to the server.
absl::Status CheckText(absl::string_view name, const std::string& value) {
  constexpr absl::string_view kRefused("\r\n\0", 3);
  if (value.find_first_of(kRefused.data(), 0, kRefused.size()) ==
      std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "ConnectOptions::", name, " contains a line break or a NUL character"));
}

absl::Status CheckReadable(absl::string_view name, const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  // A folder can be opened, but not read.
  std::ifstream file(path);
  if (file && (file.peek(), !file.bad()) && file.rdbuf()->in_avail() >= 0) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat(
      "ConnectOptions::", name, ": the file '", path, "' cannot be read"));
}

absl::Status FirstError(std::initializer_list<absl::Status> statuses) {
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckNumbers(const ConnectOptions& options) {
  return FirstError({
      CheckDuration("timeout", options.timeout, absl::Milliseconds(1)),
      CheckCount("max_reconnects", options.max_reconnects, -1),
      CheckDuration("reconnect_wait", options.reconnect_wait,
                    absl::ZeroDuration()),
      CheckCount("reconnect_buffer_bytes", options.reconnect_buffer_bytes, -1),
      CheckDuration("ping_interval", options.ping_interval,
                    absl::Milliseconds(1)),
      CheckCount("max_pings_out", options.max_pings_out, 1),
  });
}

absl::Status CheckTexts(const ConnectOptions& options) {
  return FirstError({
      CheckText("name", options.name),
      CheckText("user", options.user),
      CheckText("password", options.password),
      CheckText("token", options.token),
      CheckText("credentials_file", options.credentials_file),
      CheckText("nkey_public", options.nkey_public),
      CheckText("nkey_seed_file", options.nkey_seed_file),
      CheckText("tls.ca_file", options.tls.ca_file),
      CheckText("tls.cert_file", options.tls.cert_file),
      CheckText("tls.key_file", options.tls.key_file),
      CheckText("tls.expected_hostname", options.tls.expected_hostname),
      CheckGreeting("name", options.name),
      CheckGreeting("user", options.user),
      CheckGreeting("password", options.password),
      CheckGreeting("token", options.token),
  });
}

absl::Status CheckFiles(const ConnectOptions& options) {
  return FirstError({
      CheckReadable("credentials_file", options.credentials_file),
      CheckReadable("nkey_seed_file", options.nkey_seed_file),
      CheckReadable("tls.ca_file", options.tls.ca_file),
      CheckReadable("tls.cert_file", options.tls.cert_file),
      CheckReadable("tls.key_file", options.tls.key_file),
  });
}

absl::Status CheckTogether(absl::string_view name, const std::string& value,
                           absl::string_view needed_name,
                           const std::string& needed) {
  if (value.empty() || !needed.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("ConnectOptions::", name, " is set without ", needed_name));
}

absl::Status CheckAuthentication(const std::vector<ServerUrl>& urls,
                                 const ConnectOptions& options) {
  absl::Status complete = FirstError({
      CheckTogether("password", options.password, "user", options.user),
      CheckTogether("nkey_public", options.nkey_public, "nkey_seed_file",
                    options.nkey_seed_file),
      CheckTogether("nkey_seed_file", options.nkey_seed_file, "nkey_public",
                    options.nkey_public),
  });
  if (!complete.ok()) return complete;
  bool in_url = false;
  for (const ServerUrl& url : urls) in_url = in_url || url.has_credentials;
  std::string ways;
  int count = 0;
  const std::pair<bool, absl::string_view> given[] = {
      {in_url, "URL"},
      {!options.user.empty(), "user"},
      {!options.token.empty(), "token"},
      {!options.credentials_file.empty(), "credentials_file"},
      {!options.nkey_public.empty(), "nkey_public"},
  };
  for (const auto& [set, name] : given) {
    if (!set) continue;
    absl::StrAppend(&ways, count++ == 0 ? "" : ", ", name);
  }
  if (count <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("more than one way to authenticate: ", ways));
}

bool WantsTls(const std::vector<ServerUrl>& urls, const TlsOptions& tls) {
  for (const ServerUrl& url : urls) {
    if (url.tls) return true;
  }
  return tls.enabled;
}

absl::Status CheckTls(const std::vector<ServerUrl>& urls,
                      const TlsOptions& tls) {
  absl::Status pair = FirstError({
      CheckTogether("tls.cert_file", tls.cert_file, "tls.key_file",
                    tls.key_file),
      CheckTogether("tls.key_file", tls.key_file, "tls.cert_file",
                    tls.cert_file),
  });
  if (!pair.ok() || WantsTls(urls, tls)) return pair;
  if (tls.ca_file.empty() && tls.cert_file.empty() &&
      tls.expected_hostname.empty() && !tls.skip_verification) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "ConnectOptions::tls has settings, but TLS is neither enabled nor asked "
      "for by a tls:// URL");
}

// Collects the first status that is not NATS_OK.
class Steps {
 public:
  void operator()(natsStatus status) {
    if (status_ == NATS_OK) status_ = status;
  }
  natsStatus status() const { return status_; }

 private:
  natsStatus status_ = NATS_OK;
};

void SetServers(natsOptions* to, const std::vector<ServerUrl>& urls,
                const ConnectOptions& options, Steps& step) {
  std::vector<const char*> servers;
  for (const ServerUrl& url : urls) servers.push_back(url.full.c_str());
  step(natsOptions_SetServers(to, servers.data(),
                              static_cast<int>(servers.size())));
  step(natsOptions_SetNoRandomize(to, !options.randomize_servers));
}

void SetAuthentication(natsOptions* to, const ConnectOptions& options,
                       Steps& step) {
  if (!options.user.empty()) {
    step(natsOptions_SetUserInfo(to, options.user.c_str(),
                                 options.password.c_str()));
  }
  if (!options.token.empty()) {
    step(natsOptions_SetToken(to, options.token.c_str()));
  }
  if (!options.credentials_file.empty()) {
    step(natsOptions_SetUserCredentialsFromFiles(
        to, options.credentials_file.c_str(), nullptr));
  }
  if (!options.nkey_public.empty()) {
    step(natsOptions_SetNKeyFromSeed(to, options.nkey_public.c_str(),
                                     options.nkey_seed_file.c_str()));
  }
}

absl::Status SetTls(natsOptions* to, const TlsOptions& tls) {
  Steps step;
  step(natsOptions_SetSecure(to, true));
  step(natsOptions_SkipServerVerification(to, tls.skip_verification));
  if (!tls.expected_hostname.empty()) {
    step(natsOptions_SetExpectedHostname(to, tls.expected_hostname.c_str()));
  }
  if (step.status() != NATS_OK) {
    return FromNatsStatus(step.status(), "setting up TLS");
  }
  Steps load;
  if (!tls.ca_file.empty()) {
    load(natsOptions_LoadCATrustedCertificates(to, tls.ca_file.c_str()));
  }
  if (!tls.cert_file.empty()) {
    load(natsOptions_LoadCertificatesChain(to, tls.cert_file.c_str(),
                                           tls.key_file.c_str()));
  }
  if (load.status() == NATS_OK) return absl::OkStatus();
  // The files can be read, so what they hold is wrong.
  return absl::InvalidArgumentError(
      FromNatsStatus(load.status(), "ConnectOptions::tls").message());
}

void SetReconnecting(natsOptions* to, const ConnectOptions& options,
                     Steps& step) {
  step(natsOptions_SetAllowReconnect(to, options.max_reconnects != 0));
  step(natsOptions_SetMaxReconnect(to, options.max_reconnects));
  step(natsOptions_SetReconnectWait(to, Milliseconds(options.reconnect_wait)));
  if (options.reconnect_buffer_bytes > 0) {
    step(natsOptions_SetReconnectBufSize(to, options.reconnect_buffer_bytes));
  }
  step(natsOptions_SetPingInterval(to, Milliseconds(options.ping_interval)));
  step(natsOptions_SetMaxPingsOut(to, options.max_pings_out));
}

}  // namespace

absl::StatusOr<std::vector<ServerUrl>> ParseServerUrls(
    absl::string_view url, const ConnectOptions& options) {
  std::vector<absl::string_view> texts = {url};
  texts.insert(texts.end(), options.more_urls.begin(), options.more_urls.end());
  std::vector<ServerUrl> urls;
  for (const absl::string_view text : texts) {
    absl::StatusOr<ServerUrl> parsed = ParseServerUrl(text);
    if (!parsed.ok()) return parsed.status();
    urls.push_back(*std::move(parsed));
  }
  return urls;
}

absl::Status CheckConnectOptions(const std::vector<ServerUrl>& urls,
                                 const ConnectOptions& options) {
  return FirstError({CheckNumbers(options), CheckTexts(options),
                     CheckAuthentication(urls, options),
                     CheckTls(urls, options.tls), CheckFiles(options)});
}

absl::StatusOr<NatsOptionsPtr> MakeNatsOptions(
    const std::vector<ServerUrl>& urls, const ConnectOptions& options) {
  natsOptions* created = nullptr;
  Steps step;
  step(natsOptions_Create(&created));
  NatsOptionsPtr owner(created);
  if (created == nullptr) {
    return FromNatsStatus(step.status(), "preparing the connection");
  }
  SetServers(created, urls, options, step);
  SetAuthentication(created, options, step);
  SetReconnecting(created, options, step);
  step(natsOptions_SetName(created, options.name.c_str()));
  step(natsOptions_SetTimeout(created, Milliseconds(options.timeout)));
  step(natsOptions_SetNoEcho(created, options.no_echo));
  step(natsOptions_SetSendAsap(created, options.send_asap));
  // A few threads serve all subscriptions; subscriptions have bounds of their
  // own, so those of nats.c must not be met first.
  step(natsOptions_UseGlobalMessageDelivery(created, true));
  step(natsOptions_SetMaxPendingMsgs(created, kPendingMessagesMax));
  if (step.status() != NATS_OK) {
    return FromNatsStatus(step.status(), "setting a connection option");
  }
  if (WantsTls(urls, options.tls)) {
    absl::Status status = SetTls(created, options.tls);
    if (!status.ok()) return status;
  }
  return owner;
}

}  // namespace windtunnel::internal
