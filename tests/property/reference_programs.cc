#include "tests/property/reference_programs.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/property/generate.h"
#include "tests/property/reference_program_maker.h"

namespace windtunnel::conform {

void ReferenceProgramMaker::Anything() {
  const int what = dice_.Below(100);
  if (what < 24) return Publish();
  if (what < 44) return Pull();
  if (what < 66) return Settle();
  if (what < 82) return Advance();
  if (what < 86) return Delete();
  if (what < 90) return Purge();
  if (what < 93) return Get();
  if (what < 95) return UpdateStream();
  if (what < 97) return UpdateConsumer();
  if (what < 98) return Drop();
  CreateConsumer(dice_.Of({"c0", "c1", "c2"}));
}

ReferenceProgramMaker::Headers ReferenceProgramMaker::PublishHeaders(
    const std::string& stream, const std::string& subject) {
  Headers headers;
  const ReferenceStream* hosted = Hosted(stream);
  const Sequence last = hosted == nullptr ? 0 : hosted->last_sequence();
  const auto nearly = [&](Sequence right) {
    if (dice_.Percent(65)) return absl::StrCat(right);
    return absl::StrCat(static_cast<std::int64_t>(right) + Between(-1, 1));
  };
  if (dice_.Percent(30)) {
    headers.emplace_back("Nats-Msg-Id", absl::StrCat("id-", Between(1, 3)));
  }
  if (dice_.Percent(8))
    headers.emplace_back("Nats-Expected-Last-Sequence", nearly(last));
  if (dice_.Percent(8)) {
    const ReferenceMessage* newest =
        hosted == nullptr ? nullptr : hosted->Last(Named(subject));
    headers.emplace_back("Nats-Expected-Last-Subject-Sequence",
                         nearly(newest == nullptr ? 0 : newest->sequence));
    if (dice_.Percent(20)) {
      headers.emplace_back("Nats-Expected-Last-Subject-Sequence-Subject",
                           Filter(stream));
    }
  }
  if (dice_.Percent(4)) {
    headers.emplace_back("Nats-Expected-Last-Msg-Id",
                         absl::StrCat("id-", Between(1, 3)));
  }
  if (dice_.Percent(3)) {
    headers.emplace_back("Nats-Expected-Stream", dice_.Of({"@A", "@B"}));
  }
  if (dice_.Percent(6)) {
    headers.emplace_back("Nats-Rollup", dice_.Of({"sub", "sub", "all", "odd"}));
  }
  if (dice_.Percent(12)) headers.emplace_back("K", "v");
  return headers;
}

void ReferenceProgramMaker::Publish() {
  const std::string stream = Stream();
  const std::string subject = dice_.Percent(98) ? Subject(stream) : "@.nobody";
  std::string data = absl::StrCat(++published_);
  if (dice_.Percent(20)) data += std::string(dice_.Below(60), '.');
  if (dice_.Percent(3)) data.clear();
  draft_.Publish(subject, data, PublishHeaders(stream, subject));
  Done();
}

void ReferenceProgramMaker::Pull() {
  const std::string consumer = Consumer();
  Json request = {{"batch", Between(1, 5)}};
  if (dice_.Percent(45)) request["no_wait"] = true;
  // Not at the same instant as anything else: which of two timers comes first
  // is nobody's business.
  if (dice_.Percent(45)) {
    request["expires"] = Millis({7, 20, 60, 150, 500}) + 1237 + dice_.Below(97);
  }
  if (dice_.Percent(10)) request["max_bytes"] = Between(40, 200);
  if (request.contains("expires") && dice_.Percent(15)) {
    request["idle_heartbeat"] = request["expires"].get<Nanos>() /
                                (dice_.Percent(95) ? Between(2, 4) : 1);
  }
  std::string body = request.dump();
  if (dice_.Percent(15)) body = dice_.Of({"", "2", "4", "none"});
  draft_.Pull(absl::StrCat("@", StreamOf(consumer), ".", consumer),
              absl::StrCat(consumer, ".", dice_.Below(2)), body);
  Done();
}

std::string ReferenceProgramMaker::Payload() {
  const int what = dice_.Below(100);
  if (what < 38) return dice_.Of({"+ACK", "+ACK", "+ACK", "", "+OK"});
  if (what < 56) return "-NAK";
  if (what < 68) {
    return absl::StrCat("-NAK {\"delay\":", Millis({0, 5, 15, 40, 120}), "}");
  }
  if (what < 70) return dice_.Of({"-NAK 25ms", "-NAK 25", "-NAK{}"});
  if (what < 80) return "+WPI";
  if (what < 90) return dice_.Of({"+TERM", "+TERM why"});
  if (what < 97) {
    return dice_.Of({"+NXT", "+NXT 2", "+NXT {\"batch\":2,\"no_wait\":true}"});
  }
  return dice_.Of({"+ACK ", "+nak", "+WPI x"});
}

void ReferenceProgramMaker::Settle() {
  if (model_.acks().empty()) return Pull();
  const int count = static_cast<int>(model_.acks().size());
  const int pick = dice_.Below(dice_.Percent(75) ? std::min(count, 3) : count);
  // Deliveries do not come to where acknowledgements are confirmed: the
  // simulator is known to confirm what makes room after it has used it.
  std::string payload = Payload();
  const std::string inbox =
      absl::StartsWith(payload, "+NXT") ? "next" : "settled";
  Action& action =
      draft_.Settle(pick, std::move(payload), dice_.Percent(75) ? inbox : "");
  if (dice_.Percent(8)) {
    action.token = Between(3, 4);
    action.change = Between(-2, 2);
  }
  Done();
}

void ReferenceProgramMaker::Advance() {
  std::vector<Nanos> deadlines = {model_.NextDue(), model_.NextDue()};
  for (const auto& [name, hosted] : model_.streams()) {
    for (const Nanos due : hosted.stream->Deadlines()) deadlines.push_back(due);
    for (const auto& [consumer_name, consumer] : hosted.consumers) {
      for (const Nanos due : consumer->Deadlines()) deadlines.push_back(due);
    }
  }
  Nanos duration = Millis({1, 3, 10, 25, 60, 130, 300});
  if (dice_.Percent(75)) {
    const Nanos due = dice_.Of(deadlines);
    const Nanos off =
        dice_.Of<Nanos>({-1, 0, 1, -kMillisecond, kMillisecond,
                         kMillisecond - 1, kMillisecond + 1, 2 * kMillisecond});
    if (due != kNever && due + off > model_.now())
      duration = due + off - model_.now();
  }
  draft_.Advance(absl::Nanoseconds(duration));
  Done();
}

void ReferenceProgramMaker::Delete() {
  const std::string stream = Stream();
  const Json request = {{"seq", std::max<Sequence>(SequenceIn(stream), 1)}};
  draft_.Api("STREAM.MSG.DELETE.@" + stream, request);
  Done();
}

void ReferenceProgramMaker::Purge() {
  const std::string stream = Stream();
  Json request = Json::object();
  if (dice_.Percent(60))
    request["filter"] = dice_.Percent(50) ? Subject(stream) : Filter(stream);
  if (dice_.Percent(40)) request["seq"] = SequenceIn(stream);
  if (dice_.Percent(request.contains("seq") ? 5 : 40))
    request["keep"] = Between(0, 3);
  draft_.Api("STREAM.PURGE.@" + stream, request);
  Done();
}

void ReferenceProgramMaker::Get() {
  const std::string stream = Stream();
  Json request = {{"seq", SequenceIn(stream)}};
  if (dice_.Percent(30)) request = {{"last_by_subj", Filter(stream)}};
  if (dice_.Percent(30)) {
    request = {{"next_by_subj", Filter(stream)}, {"seq", SequenceIn(stream)}};
  }
  const bool direct =
      dice_.Percent(40) &&
      (request.size() > 1 || !request.contains("seq") || request["seq"] > 0);
  draft_.Api((direct ? "DIRECT.GET.@" : "STREAM.MSG.GET.@") + stream, request);
  Done();
}

void ReferenceProgramMaker::Info() {
  const std::string consumer = Consumer();
  if (consumers_.count(consumer) > 0 && dice_.Percent(65)) {
    draft_.Api(
        absl::StrCat("CONSUMER.INFO.@", StreamOf(consumer), ".", consumer));
  } else {
    draft_.Api("STREAM.INFO.@" + Stream());
  }
  Done();
}

void ReferenceProgramMaker::Drop() {
  const std::string consumer = Consumer();
  draft_.Api(
      absl::StrCat("CONSUMER.DELETE.@", StreamOf(consumer), ".", consumer));
  Done();
  consumers_.erase(consumer);
}

Program ModelProgramOf(std::uint64_t seed) {
  return ReferenceProgramMaker(Dice(seed)).Make();
}

rc::Gen<Program> AnyModelProgram() {
  return [](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(
        ReferenceProgramMaker(Dice(random)).Make(), &Smaller);
  };
}

}  // namespace windtunnel::conform
