// A libFuzzer target: whatever clients send, the broker neither crashes, leaks,
// hangs nor takes memory without bound.
//
// An input is text, so that a finding can be read and a seed be written by
// hand:
//
//   9, 0 or 5, alone in the first line   the server: 2.9, 2.10 or 2.15
//   subject\treply\theader;header\tdata  a message from a client
//   +250                                 250 ms pass
//   @subject                             the client listens on `subject`
//   !                                    the server stops and starts again
//
// Fields at the end of a line may be left out. The client listens on `_INBOX.>`
// from the start.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

// Longer programs find no more, only later.
constexpr std::size_t kMaxLines = 200;
constexpr std::int64_t kMaxStep = 60'000;  // ms
// A second of virtual time has not so many events; see the schedules' 1 s and
// the timers' 250 ms.
constexpr int kMaxDeadlines = 100'000;

ServerVersion VersionOf(absl::string_view line) {
  if (line == "9") return ServerVersion::k2_9;
  if (line == "0") return ServerVersion::k2_10;
  return ServerVersion::k2_15;
}

// What the wire carries as a subject.
bool IsSubject(absl::string_view text) {
  return !text.empty() &&
         text.find_first_of(absl::string_view(" \t\r\n\0", 5)) == text.npos;
}

// Draws that never repeat for long: a name that is taken is drawn again.
class MixedChoices : public Choices {
 public:
  std::uint64_t Draw(absl::string_view, std::uint64_t limit) override {
    state_ += 0x9E3779B97F4A7C15;
    return (state_ ^ (state_ >> 29)) % limit;
  }

 private:
  std::uint64_t state_ = 0;
};

class Program {
 public:
  explicit Program(ServerVersion version)
      : broker_(context(), {.version = version}),
        client_(broker_.router().AddClient("fuzz")) {
    broker_.router().Subscribe(client_, "_INBOX.>", "");
  }

  void Run(absl::string_view line) {
    if (line.empty()) return;
    if (line[0] == '+') {
      Advance(line.substr(1));
    } else if (line[0] == '@') {
      Listen(line.substr(1));
    } else if (line == "!") {
      broker_.Stop(context());
      broker_.router().outbox().clear();
      broker_.Start(context());
    } else {
      Publish(line);
    }
    broker_.router().outbox().clear();
  }

 private:
  Context context() { return {now_, choices_}; }

  void Publish(absl::string_view line) {
    const std::vector<absl::string_view> fields =
        absl::StrSplit(line, absl::MaxSplits('\t', 3));
    const auto field = [&](std::size_t i) {
      return i < fields.size() ? fields[i] : absl::string_view();
    };
    if (!IsSubject(field(0))) return;
    if (!field(1).empty() && !IsSubject(field(1))) return;
    std::string block;
    if (!field(2).empty()) {
      block = "NATS/1.0\r\n";
      for (const absl::string_view header : absl::StrSplit(field(2), ';')) {
        absl::StrAppend(&block, header, "\r\n");
      }
      block += "\r\n";
    }
    broker_.Publish(context(), client_, field(0), field(1), block, field(3));
  }

  void Listen(absl::string_view subject) {
    if (!IsSubject(subject)) return;
    broker_.router().Subscribe(client_, subject, "");
    broker_.OnInterestChanged(context(), subject);
  }

  // Stops at every deadline on the way, as the scheduler does.
  void Advance(absl::string_view text) {
    std::int64_t step = 0;
    if (!absl::SimpleAtoi(text, &step)) return;
    const Nanos end =
        now_ + std::clamp<std::int64_t>(step, 0, kMaxStep) * kMillisecond;
    for (int run = 0; broker_.NextDeadline() <= end; ++run) {
      if (run == kMaxDeadlines) {
        std::fprintf(stderr, "time does not pass\n");
        std::abort();
      }
      now_ = std::max(now_, broker_.NextDeadline());
      broker_.RunDeadlines(context());
      broker_.router().outbox().clear();
    }
    now_ = end;
  }

  Nanos now_ = TestBroker::kStart;
  MixedChoices choices_;
  Broker broker_;
  const ClientId client_;
};

}  // namespace
}  // namespace windtunnel::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  lines.resize(std::min(lines.size(), windtunnel::broker::kMaxLines));
  windtunnel::broker::Program program(
      windtunnel::broker::VersionOf(lines.front()));
  for (const absl::string_view line : lines) program.Run(line);
  return 0;
}
