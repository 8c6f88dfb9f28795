#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/property/stream_config.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

// Fields that servers refuse, whatever the others are, or that need another.
// "^" stands for the root of the stream's subjects.
const std::vector<const char*>& RefusedFields() {
  static const auto* const kFields = new std::vector<const char*>{
      R"({"name":"@Z"})",
      R"({"name":""})",
      R"({"max_age":99999999})",
      R"({"max_age":-1})",
      R"({"duplicate_window":99999999})",
      R"({"duplicate_window":-1})",
      R"({"duplicate_window":7200000000001,"max_age":7200000000000})",
      R"({"num_replicas":-1})",
      R"({"num_replicas":3})",
      R"({"num_replicas":6})",
      R"({"subjects":["^..a"]})",
      R"({"subjects":["^.a "]})",
      R"({"subjects":["^.>","^.b"]})",
      R"({"subjects":["^.b","^.b"]})",
      R"({"subjects":["^.*.x","^.y.*"]})",
      R"({"subjects":["@.>"]})",
      R"({"subjects":["$JS.API.>"],"no_ack":false})",
      R"({"subjects":["$SYS.REQ.@"],"no_ack":false})",
      R"({"sealed":true})",
      R"({"mirror_direct":true})",
      R"({"deny_purge":true,"allow_rollup_hdrs":true})",
      R"({"discard":"old","discard_new_per_subject":true})",
      R"({"discard":"new","discard_new_per_subject":true,)"
      R"("max_msgs_per_subject":-1})",
      R"({"retention":"Limits"})",
      R"({"retention":""})",
      R"({"storage":"disk"})",
      R"({"storage":null})",
      R"({"compression":"gzip"})",
      R"({"discard":"NEW"})",
      R"({"discard":"none"})",
      R"({"max_msgs":"x"})",
      R"({"max_msgs":1.5})",
      R"({"max_msgs":-7})",
      R"({"max_bytes":-2,"max_msg_size":-3})",
      R"({"first_seq":-1})",
      R"({"subjects":"^"})",
      R"({"bogus":1})",
      R"({"template_owner":"t"})",
      R"({"placement":{}})",
      R"({"placement":{"preferred":"x"}})",
      R"({"subject_delete_marker_ttl":999999999})",
      R"({"subject_delete_marker_ttl":-1})",
      R"({"allow_msg_counter":true,"discard":"new"})",
      R"({"allow_msg_counter":true,"allow_msg_ttl":true})",
      R"({"allow_msg_counter":true,"allow_msg_schedules":true})",
      R"({"allow_msg_counter":true,"retention":"workqueue"})",
      R"({"allow_msg_schedules":true,"discard":"new"})",
      R"({"persist_mode":"bogus"})",
      R"({"persist_mode":"async","storage":"memory"})",
      R"({"persist_mode":"async","storage":"file","allow_atomic":true})",
      R"({"republish":{"src":"^.>","dest":"^.x.>"}})",
      R"({"republish":{"src":"^.*","dest":"re.@.*"}})",
      R"({"republish":{"src":"^.>","dest":"re.@"}})",
      R"({"republish":{"src":"^..","dest":"re.@.x"}})",
      R"({"subject_transform":{"src":"^.*","dest":"^.{{wildcard(2)}}"}})",
      R"({"subject_transform":{"src":"^.a","dest":"^.{{wildcard(1)}}"}})",
      R"({"subject_transform":{"src":"^.>","dest":"^.x"}})",
      R"({"subject_transform":{"src":"^..","dest":"^.x"}})",
      R"({"subject_transform":{"src":"^.*","dest":"^.{{bogus(1)}}"}})",
      R"({"subject_transform":{"src":"^.*","dest":"^.{{split(1)}}"}})",
      R"({"subject_transform":{"src":"^.*","dest":"^.{{left(1,2,3)}}"}})",
      R"({"subject_transform":{"src":"^.*","dest":"^.{{left(1,x)}}"}})",
      R"({"mirror":{"name":"@Y"}})",
      R"({"mirror":{"name":""},"subjects":[]})",
      R"({"mirror":{"name":"@Y"},"subjects":[],"first_seq":3})",
      R"({"mirror":{"name":"@Y"},"subjects":[],"sources":[{"name":"@Y"}]})",
      R"({"sources":[{"name":""}]})",
      R"({"sources":[{"name":"@Y"},{"name":"@Y"}]})"};
  return *kFields;
}

// With "pedantic", what servers would set themselves.
const std::vector<const char*>& PedanticFields() {
  static const auto* const kFields = new std::vector<const char*>{
      R"({"max_msgs":-7})",
      R"({"max_bytes":0})",
      R"({"republish":{"dest":"re.@.>"}})",
      R"({"max_age":3600000000000,"duplicate_window":0})",
      R"({"subject_delete_marker_ttl":1000000000})",
      R"({"allow_msg_schedules":true})"};
  return *kFields;
}

std::string Replaced(std::string text, const std::string& root) {
  for (std::size_t at = text.find('^'); at != std::string::npos;
       at = text.find('^', at)) {
    text.replace(at, 1, root);
  }
  return text;
}

void Merge(const char* fields, const StreamScope& scope, json& config) {
  config.update(json::parse(Replaced(fields, scope.root)));
}

}  // namespace

std::string SpoiledStreamConfig(Draft& draft, const StreamScope& scope) {
  Dice& dice = draft.dice;
  if (dice.Percent(12)) {
    return dice.Of<std::string>({"", "{", "[]", "null", "3", "x", "\"x\"", "{}",
                                 R"({"name":3})", R"({"name":"@A",})",
                                 R"({"name":"@A"}})", R"({"name")"});
  }
  json config = scope.config;
  if (config.is_null()) config = AnyStreamConfig(draft, scope);
  if (draft.is(ServerVersion::k2_15) && dice.Percent(15)) {
    Merge(dice.Of(PedanticFields()), scope, config);
    config["pedantic"] = true;
  } else {
    const char* fields = dice.Of(RefusedFields());
    // 2.9.10 takes any name of an origin (SRC-002, SRC-018, SRC-019).
    if (draft.is(ServerVersion::k2_9) && std::strstr(fields, "\"mirror\"")) {
      fields = R"({"max_age":-1})";
    }
    if (draft.is(ServerVersion::k2_9) && std::strstr(fields, "\"sources\"")) {
      fields = R"({"num_replicas":-1})";
    }
    Merge(fields, scope, config);
  }
  return config.dump();
}

}  // namespace windtunnel::conform
