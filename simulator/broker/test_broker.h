// TestBroker: a Broker with one client, for tests that drive it directly.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_TEST_BROKER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_TEST_BROKER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

// Always the first of the possibilities.
class FirstChoices : public Choices {
 public:
  std::uint64_t Draw(absl::string_view, std::uint64_t) override { return 0; }
};

class TestBroker {
 public:
  // Not a whole second, so that rounding shows.
  static constexpr Nanos kStart = 1'735'689'600'123'456'789;

  explicit TestBroker(ServerVersion version = ServerVersion::k2_15)
      : broker_(context(), {.version = version}),
        client_(broker_.router().AddClient("test")),
        inbox_(Subscribe("_INBOX.test.*")) {}

  Broker& broker() { return broker_; }
  ClientId client() const { return client_; }
  Nanos now() const { return now_; }
  Context context() { return {now_, choices_}; }
  Stream& stream(absl::string_view name) { return *broker_.FindStream(name); }

  SubscriptionId Subscribe(absl::string_view subject) {
    return broker_.router().Subscribe(client_, subject, "");
  }

  // Moves time, stopping at every deadline on the way.
  void Advance(Nanos duration) {
    const Nanos end = now_ + duration;
    while (broker_.NextDeadline() <= end) {
      now_ = std::max(now_, broker_.NextDeadline());
      broker_.RunDeadlines(context());
    }
    now_ = end;
  }

  // What came since the last call, and where.
  std::vector<Outgoing> Take() {
    return std::exchange(broker_.router().outbox(), {});
  }

  void Publish(absl::string_view subject, absl::string_view data,
               absl::string_view header_block = "") {
    broker_.Publish(context(), client_, subject, "", header_block, data);
  }

  // The answer's header block and data; nullopt if there was none.
  struct Answer {
    std::string header_block;
    std::string data;
  };
  std::vector<Answer> RequestMany(absl::string_view subject,
                                  absl::string_view data,
                                  absl::string_view header_block = "") {
    Take();
    broker_.Publish(context(), client_, subject, "_INBOX.test.1", header_block,
                    data);
    std::vector<Answer> answers;
    for (const Outgoing& outgoing : Take()) {
      if (outgoing.subscription != inbox_) continue;
      answers.push_back({std::string(outgoing.block->header_block()),
                         std::string(outgoing.block->data())});
    }
    return answers;
  }
  std::optional<Answer> Request(absl::string_view subject,
                                absl::string_view data,
                                absl::string_view header_block = "") {
    std::vector<Answer> answers = RequestMany(subject, data, header_block);
    if (answers.empty()) return std::nullopt;
    return std::move(answers.front());
  }
  // The text of the answer; "none" if there was none.
  std::string Ask(absl::string_view subject, absl::string_view data,
                  absl::string_view header_block = "") {
    const std::optional<Answer> answer = Request(subject, data, header_block);
    return answer ? absl::StrCat(answer->header_block, answer->data) : "none";
  }
  std::string Api(absl::string_view function, absl::string_view body,
                  absl::string_view header_block = "") {
    return Ask(absl::StrCat("$JS.API.", function), body, header_block);
  }

 private:
  Nanos now_ = kStart;
  FirstChoices choices_;
  Broker broker_;
  const ClientId client_;
  const SubscriptionId inbox_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_TEST_BROKER_H_
