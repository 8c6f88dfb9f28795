#include "tests/property/consumer_config_choices.h"

namespace windtunnel::conform {

const std::vector<Choice>& PullChoices() {
  static const auto* const kChoices = new std::vector<Choice>{
      {"max_waiting", 12, {"1", "5", "512"}, {"-1", "0"}},
      {"max_batch", 12, {"1", "10"}, {"-1", "11", "0"}},
      {"max_expires", 12, {"1000000", "5000000000"}, {"-1", "999999", "0"}},
      {"max_bytes", 12, {"1", "1024"}, {"-1", "0"}},
      {"priority_groups",
       6,
       {R"(["g"])", R"(["a","b"])"},
       {"[]", R"([""])", R"(["a b"])", R"(["12345678901234567"])"}},
      {"priority_policy",
       6,
       {R"("overflow")", R"("pinned_client")", R"("prioritized")"},
       {R"("none")", R"("x")", R"("")"}},
      {"priority_timeout", 4, {"1000000000"}, {"-1", "0"}}};
  return *kChoices;
}

const std::vector<Choice>& PushChoices() {
  static const auto* const kChoices = new std::vector<Choice>{
      {"deliver_subject",
       96,
       {R"("in.@.d1")", R"("in.@.d2")", R"("in.@.a*b")"},
       {R"("in.@.*")", R"("in..@")", R"("@.a")", R"("@.b.c")", R"("")",
        R"(".in.@")", R"("in @")", R"(">")", R"("@")"}},
      {"idle_heartbeat",
       35,
       {"100000000", "1000000000"},
       {"99999999", "-1", "0", "1"}},
      {"flow_control", 30, {"true"}, {"false"}},
      {"rate_limit_bps", 15, {"1000"}, {"0", "-1"}},
      {"direct", 12, {"true"}, {"false"}}};
  return *kChoices;
}

const std::vector<Choice>& AllChoices() {
  static const auto* const kChoices = new std::vector<Choice>{
      {"description", 15, {R"("words")", R"("é <&>")"}, {R"("")"}},
      {"deliver_policy",
       20,
       {R"("all")", R"("all")", R"("last")", R"("new")",
        R"("last_per_subject")", R"("by_start_sequence")",
        R"("by_start_time")"},
       {R"("undefined")", R"("")", R"("x")", "1"}},
      {"opt_start_seq", 5, {"1", "3", "100"}, {"0", "-1"}},
      {"opt_start_time",
       5,
       {R"("2020-01-02T03:04:05Z")", R"("2100-01-02T03:04:05.5Z")",
        R"("2100-01-02T05:04:05.5+02:00")"},
       {R"("0001-01-01T00:00:00Z")", R"("x")", R"("")", "null"}},
      {"ack_policy",
       60,
       {R"("explicit")", R"("explicit")", R"("all")", R"("none")"},
       {R"("flow_control")", R"("x")", "1"}},
      {"ack_wait", 15, {"1000000000", "30000000000", "1"}, {"-1", "0"}},
      {"max_deliver", 20, {"1", "2", "3", "5", "-1"}, {"0", "-2"}},
      {"backoff",
       12,
       {"[1000000000]", "[1000000000,2000000000]"},
       {"[]", "[0]", "[-1]", "[1,2,3]", "[1000000000,-5]", "null"}},
      {"filter_subject",
       20,
       {R"("@.a")", R"("@.b.>")", R"("@.*")", R"("@.>")", R"("@.b.c")",
        R"("@.b.*")"},
       {R"("")", R"("@..a")", R"("other")", R"(">")", R"("@.a b")"}},
      {"filter_subjects",
       12,
       {R"(["@.a"])", R"(["@.a","@.b.c"])", R"(["@.b.*","@.a"])"},
       {"[]", R"([""])", R"(["@.a","@.*"])", R"(["@.*.b","@.b.*"])",
        R"(["@.a","@.a"])", R"(["@..a","@.a"])", R"(["@.b.>","other"])", "null",
        R"(["@.a",""])"}},
      {"replay_policy",
       8,
       {R"("instant")", R"("original")"},
       {R"("")", R"("x")"}},
      {"sample_freq",
       8,
       {R"("50")", R"("100%")"},
       {R"("")", R"("abc")", R"("-1")", R"("5%%")", R"("+5")", R"("%")",
        R"("99999999999999999999")", "5", R"("1e2")", R"("0x5")", R"("1_0")"}},
      {"max_ack_pending",
       15,
       {"1", "10", "-1", "1000"},
       {"-2", "0", "11", "51", "99999"}},
      {"headers_only", 8, {"true"}, {"false"}},
      {"deliver_group", 6, {R"("g")"}, {R"("")", R"("a b")"}},
      {"inactive_threshold",
       15,
       {"3600000000000", "7200000000000"},
       {"-1", "0", "10800000000000"}},
      {"num_replicas", 8, {"1", "0"}, {"2", "-1", "5"}},
      {"mem_storage", 8, {"true"}, {"false"}},
      {"sourcing", 5, {"true"}, {"false"}},
      {"metadata",
       10,
       {R"({"k":"v"})", R"({"a":"<1>","b":""})"},
       {"{}", R"({"_nats.req.level":"9"})",
        R"({"_nats.ver":"1","_nats.x":"y"})", "null",
        R"({"_nats.level":"3","k":"v"})"}},
      {"pause_until",
       4,
       {R"("2020-01-02T03:04:05Z")", R"("2100-01-02T03:04:05Z")"},
       {R"("0001-01-01T00:00:00Z")", R"("x")", "null"}},
      // What an idle_heartbeat and its like do to pull consumers, and the
      // bounds of pull requests to push consumers.
      {"idle_heartbeat", 1, {"1000000000"}, {"-1"}},
      {"flow_control", 1, {"true"}, {"false"}},
      {"rate_limit_bps", 1, {"1000"}, {"0"}},
      {"direct", 1, {"true"}, {"false"}},
      {"max_waiting", 2, {"1"}, {"-1"}},
      {"max_batch", 2, {"1"}, {"-1"}},
      {"priority_policy", 1, {R"("overflow")"}, {R"("none")"}}};
  return *kChoices;
}

const std::vector<std::string>& OddValues() {
  static const auto* const kValues =
      new std::vector<std::string>{"1",
                                   "-1",
                                   "1.5",
                                   R"("x")",
                                   R"("")",
                                   "true",
                                   "[]",
                                   "{}",
                                   "null",
                                   R"([1])",
                                   R"({"a":1})",
                                   "1e3",
                                   "9223372036854775808"};
  return *kValues;
}

}  // namespace windtunnel::conform
