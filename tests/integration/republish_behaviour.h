// RepublishBehaviour: what tests of republishing start from.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_REPUBLISH_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_REPUBLISH_BEHAVIOUR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {

class RepublishBehaviour : public Behaviour {
 protected:
  static StreamConfig Config(std::optional<Republish> republish) {
    return {.name = "S",
            .subjects = {"r.>", "lit"},
            .storage = Storage::kMemory,
            .republish = std::move(republish)};
  }
  // A stream that takes the copies.
  void CreateTaker() {
    Create({.name = "T", .subjects = {"q.>"}, .storage = Storage::kMemory});
  }
  // A message of `stream` as the API shows it.
  nlohmann::json Raw(const std::string& stream, std::uint64_t seq) {
    return Api(absl::StrCat("STREAM.MSG.GET.", stream),
               absl::StrCat("{\"seq\":", seq, "}"))
        .value("message", nlohmann::json::object());
  }
  // The header block of what "T" stored at `seq`, as soon as it did.
  std::string CopiedHeaders(std::uint64_t seq) {
    EXPECT_TRUE(Eventually([&] { return State("T").last_seq >= seq; }));
    std::string block;
    absl::Base64Unescape(Raw("T", seq).value("hdrs", ""), &block);
    return block;
  }
  // What the header block of a copy ends with.
  std::string Tail(const std::string& subject, std::uint64_t seq,
                   std::uint64_t last_seq, const std::string& more = "") {
    return absl::StrCat(
        "Nats-Stream: S\r\nNats-Subject: ", subject, "\r\nNats-Sequence: ", seq,
        "\r\n",
        Since("2.10")
            ? absl::StrCat("Nats-Time-Stamp: ", Raw("S", seq).value("time", ""),
                           "\r\n")
            : "",
        "Nats-Last-Sequence: ", last_seq, "\r\n", more, "\r\n");
  }
  // Subjects of the copies that came so far, in their order. A message that is
  // surely copied ends the wait: the configuration must send "lit" to "end".
  std::vector<std::string> Copies(Subscription& copies) {
    Publish("lit");
    std::vector<std::string> subjects;
    for (;;) {
      const auto message = copies.Next(absl::Seconds(5));
      if (!message.ok()) return {ErrorOf(message).description};
      if (!message->headers.Get("Nats-Sequence")) continue;
      if (message->headers.Get("Nats-Subject") == "lit") return subjects;
      subjects.push_back(message->subject);
    }
  }
  JetStreamError ErrorWith(const Republish& republish) {
    const auto created = jetstream().CreateStream(Config(republish));
    if (created.ok()) {
      EXPECT_TRUE(jetstream().DeleteStream("S").ok());
    }
    return ErrorOf(created);
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_REPUBLISH_BEHAVIOUR_H_
