#include "tests/property/stream_messages.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace windtunnel::conform {

std::string StreamMessages::AnySubject(const StreamScope& scope) {
  if (!scope.config.contains("subjects") && dice_.Percent(80)) {
    return scope.name;
  }
  static const auto* const kRests = new std::vector<const char*>{
      "0", "0", "0", "1", "1", "1", "k.1", "k.1", "k.2", "2", "ab-cde"};
  // Wildcards are not published: servers match them in look-ups.
  if (dice_.Percent(2)) {
    return absl::StrCat(scope.root,
                        dice_.Of<const char*>({"", ".x.y.z", "..a"}));
  }
  return absl::StrCat(scope.root, ".", dice_.Of(*kRests));
}

std::string StreamMessages::AnyData(const StreamScope& scope) {
  if (scope.config.value("allow_msg_counter", false) && dice_.Percent(95)) {
    return "";
  }
  if (dice_.Percent(8)) return "";
  return std::string(dice_.Percent(15) ? 150 : 1 + dice_.Below(40), 'd');
}

std::string StreamMessages::Ttl() {
  static const auto* const kLong = new std::vector<std::string>{
      "1h", "never", "NEVER", "7200", "1h30m", "3600s", "4h0.5s"};
  static const auto* const kWrong = new std::vector<std::string>{
      "0", "0s", "999ms", "-1", "1.5", "x", "-1h", "1d"};
  if (dice_.Percent(20)) return dice_.Of(*kWrong);
  if (draft_.program.timed && dice_.Percent(75)) {
    return dice_.Of<std::string>({"1", "1s", "1999ms", "2s", "1500ms"});
  }
  return dice_.Of(*kLong);
}

void StreamMessages::AddExpected(const StreamScope& scope,
                                 const std::string& subject, int rarity,
                                 HeaderList& headers) {
  const auto wrong = [&]() -> std::string {
    if (dice_.Percent(25)) {
      return dice_.Of<std::string>({"x", "-1", "007", "18446744073709551616"});
    }
    return absl::StrCat(dice_.Below(scope.published + 2));
  };
  const std::string stream = scope.name.substr(1);
  if (dice_.Below(100 * rarity) < 12) {
    headers.emplace_back(
        "Nats-Expected-Last-Sequence",
        dice_.Percent(70) ? absl::StrCat("<last ", stream, ">") : wrong());
  }
  if (!LosesSubjects(draft_, scope) && dice_.Below(100 * rarity) < 14) {
    headers.emplace_back("Nats-Expected-Last-Subject-Sequence",
                         dice_.Percent(70)
                             ? absl::StrCat("<last ", stream, " ", subject, ">")
                             : wrong());
    // Up to 2.10.27 the first header whose name begins so counts, and nats.c
    // has an order of its own.
    if (draft_.is(ServerVersion::k2_15) && dice_.Percent(30)) {
      const char* rest = dice_.Of<const char*>({".0", ".*", ".>", ".k.1"});
      headers.emplace_back(
          "Nats-Expected-Last-Subject-Sequence-Subject",
          dice_.Percent(15) ? ">" : absl::StrCat(scope.root, rest));
    }
  } else if (dice_.Below(100 * rarity) < 1) {
    headers.emplace_back("Nats-Expected-Last-Subject-Sequence-Subject",
                         subject);
  }
  if (dice_.Below(100 * rarity) < 5) {
    headers.emplace_back("Nats-Expected-Last-Msg-Id",
                         absl::StrCat("m", dice_.Below(4)));
  }
  if (dice_.Below(100 * rarity) < 6) {
    headers.emplace_back("Nats-Expected-Stream",
                         dice_.Percent(75) ? scope.name : "x");
  }
}

void StreamMessages::AddSchedule(const StreamScope& scope, int rarity,
                                 HeaderList& headers) {
  const bool allowed = scope.config.value("allow_msg_schedules", false);
  if (dice_.Below(100 * rarity) >= (allowed ? 25 : 2)) return;
  if (dice_.Percent(12)) {
    headers.emplace_back("Nats-Schedule-Next",
                         dice_.Percent(85) ? "purge" : "x");
    headers.emplace_back(
        "Nats-Scheduler",
        absl::StrCat(scope.root, dice_.Percent(60) ? ".0" : ".1"));
    return;
  }
  static const auto* const kLater = new std::vector<std::string>{
      "<at>at 2100-01-01T00:00:00Z", "<at>at 2100-06-01T02:00:00+02:00",
      "<at>every 1h", "<at>yearly", "0 0 0 1 1 *"};
  static const auto* const kWrong = new std::vector<std::string>{
      "<at>at x", "<at>every 1ms", "<at>AT 2100-01-01T00:00:00Z",
      "x",        "0 0 0 1 13 *",  "0 0 0 1 1",
      "<at>never"};
  headers.emplace_back("Nats-Schedule", dice_.Percent(15) ? dice_.Of(*kWrong)
                                                          : dice_.Of(*kLater));
  if (draft_.program.timed && dice_.Percent(70)) {
    headers.back().second =
        dice_.Percent(30) ? "<at>at 2020-01-01T00:00:00Z"
                          : absl::StrCat("<at>at <now+",
                                         StreamWait(draft_) / 1'000'000, "ms>");
  }
  static const auto* const kTargets = new std::vector<const char*>{
      ".t", ".t", ".t", ".2", ".2", ".k.1", ".*", "", ".0"};
  if (dice_.Percent(95)) {
    headers.emplace_back("Nats-Schedule-Target",
                         absl::StrCat(scope.root, dice_.Of(*kTargets)));
  }
  if (dice_.Percent(15)) headers.emplace_back("Nats-Schedule-TTL", Ttl());
  if (dice_.Percent(10)) {
    headers.emplace_back("Nats-Schedule-Rollup",
                         dice_.Percent(80) ? "sub" : "all");
  }
  if (dice_.Percent(15)) {
    headers.emplace_back(
        "Nats-Schedule-Source",
        absl::StrCat(scope.root, dice_.Of<const char*>({".1", ".1", ".*"})));
  }
  if (dice_.Percent(10)) {
    headers.emplace_back("Nats-Schedule-Time-Zone",
                         dice_.Of<std::string>({"UTC", "Nowhere"}));
  }
}

// What servers store, drop or refuse, but that few publish.
void StreamMessages::AddOdd(HeaderList& headers) {
  switch (dice_.Below(7)) {
    case 0:
      headers.emplace_back("nats-msg-id", "m1");
      break;
    case 1:
      headers.emplace_back("Nats-Msg-Id", "m1");
      headers.emplace_back("Nats-Msg-Id", "m2");
      break;
    case 2:
      headers.emplace_back("Nats-Stream-Source", "@Y 1 > > @.a.0 x");
      break;
    case 3:
      headers.emplace_back("Nats-Marker-Reason", "Purge");
      break;
    case 4:
      headers.emplace_back("Nats-Required-Api-Level",
                           dice_.Of<std::string>({"1", "99", "x"}));
      break;
    case 5:
      headers.emplace_back("KV-Operation",
                           dice_.Of<std::string>({"DEL", "PURGE"}));
      break;
    default:
      headers.emplace_back("Nats-Msg-Id", "");
  }
}

HeaderList StreamMessages::AnyHeaders(const StreamScope& scope,
                                      const std::string& subject, int rarity) {
  HeaderList headers;
  const auto now = [&](int chance) {
    return dice_.Below(100 * rarity) < chance;
  };
  const bool counter = scope.config.value("allow_msg_counter", false);
  if (counter ? dice_.Percent(93) : now(3)) {
    static const auto* const kWrong =
        new std::vector<std::string>{"1.5", "abc", "0x10", "--1", "+", "1_000"};
    headers.emplace_back(
        "Nats-Incr", dice_.Percent(10) ? dice_.Of(*kWrong)
                     : dice_.Percent(15)
                         ? dice_.Of<std::string>({"+2", "007", "-0",
                                                  "99999999999999999999999999"})
                         : absl::StrCat(dice_.Below(9) - 4));
  }
  if (now(22)) {
    headers.emplace_back("Nats-Msg-Id", absl::StrCat("m", dice_.Below(6)));
  }
  AddExpected(scope, subject, counter ? 4 * rarity : rarity, headers);
  if (now(scope.config.value("allow_rollup_hdrs", false) ? 12 : 3)) {
    headers.emplace_back(
        "Nats-Rollup",
        dice_.Of<std::string>({"sub", "sub", "sub", "all", "SUB", "All", "x"}));
  }
  if (now(scope.config.value("allow_msg_ttl", false) ? 20 : 4)) {
    headers.emplace_back("Nats-TTL", Ttl());
  }
  AddSchedule(scope, rarity, headers);
  if (now(4)) AddOdd(headers);
  if (now(20)) headers.emplace_back("X", std::string(dice_.Below(40), 'x'));
  return headers;
}

void StreamMessages::Add(StreamScope& scope, const std::string& subject,
                         HeaderList headers, std::string data) {
  bool answered = !scope.unanswered;
  for (const auto& [name, value] : headers) {
    // Servers up to 2.10.27 drop what has a wrong value (PUB-045).
    if (name == "Nats-Rollup" && value == "x" &&
        !draft_.is(ServerVersion::k2_15)) {
      answered = false;
    }
  }
  ++scope.published;
  Action& action = draft_.Publish(subject, std::move(data), std::move(headers));
  action.look = dice_.Percent(75);
  if (answered && dice_.Percent(95)) return;
  action.kind = Action::Kind::kSend;
  if (dice_.Percent(70)) action.reply = "in.@.pub";
}

void StreamMessages::Publish(StreamScope& scope) {
  const std::string subject = AnySubject(scope);
  Add(scope, subject, AnyHeaders(scope, subject, 1), AnyData(scope));
}

void StreamMessages::InBatch(StreamScope& scope, int number, bool commit) {
  int& sequence = atomic_[number];
  const std::string subject = AnySubject(scope);
  HeaderList headers = AnyHeaders(scope, subject, 5);
  const int odd = dice_.Below(100);
  headers.emplace_back("Nats-Batch-Id",
                       odd == 0 ? std::string(dice_.Percent(50) ? 64 : 65, 'b')
                                : absl::StrCat("b", number));
  sequence = odd < 4 ? dice_.Below(4) : sequence + 1;
  if (odd == 4) {
    if (dice_.Percent(50)) headers.emplace_back("Nats-Batch-Sequence", "x");
  } else {
    headers.emplace_back("Nats-Batch-Sequence", absl::StrCat(sequence));
  }
  if (commit) {
    headers.emplace_back(
        "Nats-Batch-Commit",
        dice_.Percent(70) ? "1" : dice_.Of<std::string>({"eob", "eob", "x"}));
    sequence = 0;
  }
  Add(scope, subject, std::move(headers), AnyData(scope));
}

void StreamMessages::AtomicBatch(StreamScope& scope) {
  const int number = dice_.Below(2);
  if (dice_.Percent(50)) return InBatch(scope, number, dice_.Percent(30));
  const int length = 1 + dice_.Below(4);
  for (int i = 1; i <= length; ++i) {
    InBatch(scope, number, i == length && dice_.Percent(90));
  }
}

void StreamMessages::FastBatch(StreamScope& scope) {
  const int number = dice_.Below(2);
  int& sequence = fast_[number];
  const int length = dice_.Percent(40) ? 1 : 1 + dice_.Below(4);
  for (int i = 1; i <= length; ++i) {
    const int odd = dice_.Below(100);
    const bool ping = sequence > 0 && odd >= 90 && odd < 95;
    if (!ping) sequence = odd < 5 ? dice_.Below(5) : sequence + 1;
    int operation = sequence == 1 ? 0 : 1;
    if (ping) {
      operation = 4;
    } else if (dice_.Percent(i == length ? 30 : 5)) {
      operation = 2 + dice_.Below(2);
    } else if (odd > 96) {
      operation = dice_.Below(7);
    }
    const std::string subject = AnySubject(scope);
    Action& action = draft_.Add(
        {.kind = Action::Kind::kSend,
         .subject = subject,
         .reply = absl::StrCat("fast.@.f", number, ".",
                               dice_.Of<const char*>({"10", "2", "2", "0"}),
                               dice_.Percent(60) ? ".ok." : ".fail.", sequence,
                               ".", operation, ".$FI"),
         .headers = AnyHeaders(scope, subject, 4),
         .body = AnyData(scope)});
    action.look = dice_.Percent(60);
    if (operation == 2 || operation == 3) sequence = 0;
    ++scope.published;
  }
}

}  // namespace windtunnel::conform
