#include "tests/property/consumed_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace windtunnel::conform {

using nlohmann::json;

void ConsumedStream::Create(const std::string& kind) {
  kind_ = kind;
  removes_ = dice_.Percent(draft_.program.timed ? 25 : 50);
  config_ = {{"name", "@A"},
             {"subjects", {"@.>"}},
             {"storage", dice_.Percent(70) ? "memory" : "file"}};
  if (kind == "file") config_["storage"] = "file";
  const int retention = kind == "interest" ? 70 : dice_.Below(100);
  if (retention >= 60) {
    config_["retention"] = retention >= 80 ? "workqueue" : "interest";
  }
  if (kind != "large") SetLimits();
  draft_.Api("STREAM.CREATE.@A", config_).look = false;
  stored_ = dice_.Below(9);
  for (int i = 0; i < stored_; ++i) Publish(false);
}

void ConsumedStream::SetLimits() {
  if (dice_.Percent(30)) config_["max_msgs"] = 5 + dice_.Below(8);
  if (dice_.Percent(15)) config_["max_bytes"] = 400 + dice_.Below(1200);
  if (!loses_subjects() && dice_.Percent(20)) {
    config_["max_msgs_per_subject"] = 1 + dice_.Below(3);
  }
  if (dice_.Percent(8)) config_["discard"] = "new";
  if (!draft_.program.timed) return;
  if (dice_.Percent(35)) {
    short_window_ = true;
    config_["duplicate_window"] =
        absl::ToInt64Nanoseconds(kTick) + draft_.Wait();
  } else if (dice_.Percent(20)) {
    config_["max_age"] = draft_.Wait() + 2 * draft_.Wait();
    config_["duplicate_window"] = 100'000'000;
  }
}

void ConsumedStream::Publish(bool look) {
  const std::string subject = absl::StrCat(
      "@.", dice_.Of<const char*>({"a", "a", "b", "b", "c", "d.e"}));
  std::vector<std::pair<std::string, std::string>> headers;
  if (dice_.Percent(25)) {
    headers.emplace_back("X", std::string(dice_.Below(30), 'x'));
  }
  if (dice_.Percent(short_window_ ? 45 : 5)) {
    headers.emplace_back("Nats-Msg-Id", absl::StrCat(dice_.Below(3)));
  }
  const int size = dice_.Percent(15) ? 150 : dice_.Below(40);
  draft_.Publish(subject, std::string(size, 'd'), std::move(headers)).look =
      look;
  ++published_;
}

int ConsumedStream::AnySequence() {
  return 1 + dice_.Below(dice_.Percent(90) ? std::max(1, published_) : 40);
}

void ConsumedStream::Delete() {
  if (!removes_) return Publish(true);
  json request = {{"seq", AnySequence()}};
  if (dice_.Percent(15)) request["no_erase"] = true;
  draft_.Api("STREAM.MSG.DELETE.@A", request);
}

void ConsumedStream::Purge() {
  if (!removes_) return Publish(true);
  json request = json::object();
  if (dice_.Percent(50)) {
    request["filter"] =
        absl::StrCat("@.", dice_.Of<const char*>({"a", "b", "*", "d.>"}));
  }
  if (dice_.Percent(30)) {
    request["seq"] = AnySequence();
  } else if (dice_.Percent(30)) {
    request["keep"] = 1 + dice_.Below(4);
  }
  draft_.Api("STREAM.PURGE.@A", request.empty() ? "" : request.dump());
}

void ConsumedStream::Update() {
  if (kind_ == "large") return Publish(true);
  if (dice_.Percent(50)) config_["max_msgs"] = 3 + dice_.Below(9);
  if (dice_.Percent(20)) config_["max_bytes"] = 300 + dice_.Below(900);
  if (!loses_subjects() && dice_.Percent(30)) {
    config_["max_msgs_per_subject"] = 1 + dice_.Below(3);
  }
  if (dice_.Percent(10))
    config_["discard"] = dice_.Of<const char*>({"new", "old"});
  draft_.Api("STREAM.UPDATE.@A", config_);
}

}  // namespace windtunnel::conform
