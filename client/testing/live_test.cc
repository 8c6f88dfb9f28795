#include "client/testing/live_test.h"

namespace windtunnel {

ConnectionEventHandler EventLog::Handler() {
  return [this](ConnectionEvent event, absl::string_view text) {
    MutexLock lock(mutex_);
    events_.emplace_back(event, text);
    changed_.NotifyAll();
  };
}

bool EventLog::Has(ConnectionEvent event) const {
  for (const auto& [seen, text] : events_) {
    if (seen == event) return true;
  }
  return false;
}

bool EventLog::Saw(ConnectionEvent event) {
  MutexLock lock(mutex_);
  while (!Has(event)) {
    if (!changed_.WaitFor(mutex_, kPatience).ok()) return Has(event);
  }
  return true;
}

std::string EventLog::TextOf(ConnectionEvent event) {
  if (!Saw(event)) return "no such event";
  MutexLock lock(mutex_);
  for (const auto& [seen, text] : events_) {
    if (seen == event) return text;
  }
  return "";
}

std::string LiveTest::Binary() {
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
  return found.ok() ? found->back().path : found.status().ToString();
}

LiveServer& LiveTest::SharedServer() {
  static const std::unique_ptr<LiveServer> server = OwnServer();
  return *server;
}

std::unique_ptr<LiveServer> LiveTest::OwnServer(absl::string_view config) {
  return LiveServer::Start(Binary(), config).value();
}

ConnectOptions LiveTest::Quick(absl::string_view name) {
  ConnectOptions options;
  options.name = std::string(name);
  options.timeout = absl::Seconds(10);
  options.max_reconnects = -1;
  options.reconnect_wait = absl::Milliseconds(10);
  return options;
}

std::unique_ptr<Connection> LiveTest::ConnectTo(const LiveServer& server,
                                                ConnectOptions options) {
  return ConnectTo(server.url(), std::move(options));
}

std::unique_ptr<Connection> LiveTest::ConnectTo(const std::string& url,
                                                ConnectOptions options) {
  return Connect(runtime_, url, std::move(options)).value();
}

std::unique_ptr<Subscription> LiveTest::Listen(Connection& connection,
                                               SubscribeOptions options) {
  std::unique_ptr<Subscription> subscription =
      connection.Subscribe(options).value();
  EXPECT_EQ(connection.Flush(kPatience), absl::OkStatus());
  return subscription;
}

std::string LiveTest::NextData(Subscription& subscription) {
  absl::StatusOr<Message> message = subscription.Next(kPatience);
  return message.ok() ? message->data : message.status().ToString();
}

}  // namespace windtunnel
