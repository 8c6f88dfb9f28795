// Configuration of mirrors and sources: filters and transforms.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/stream_config_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(StreamConfigBehaviour, StreamOriginFilterConfigs);

JetStreamError Refused(int err_code, absl::string_view text) {
  return {400, err_code, std::string(text)};
}

JetStreamError Failed(absl::string_view text) {
  return {500, 10049, std::string(text)};
}

const JetStreamError kCycle = {500, kStreamInvalidConfig, "detected cycle"};

// SRC-007
TEST_P(StreamOriginFilterConfigs, FiltersMayBreakACycleSince210) {
  CreateWith("A", R"("subjects": ["a"],
                     "sources": [{"name": "B", "filter_subject": "b"}])");

  EXPECT_EQ(ErrorOf(CreateWith("B", R"("subjects": ["b"],
                  "sources": [{"name": "A", "filter_subject": "a"}])")),
            Since("2.10") ? Ok() : kCycle);
  EXPECT_EQ(ErrorOf(CreateWith("C", R"("subjects": ["c"],
                                       "sources": [{"name": "C",
                                                    "filter_subject": "c"}])")),
            kCycle);
}

// SRC-009, SRC-010, SRC-023
TEST_P(StreamOriginFilterConfigs, FiltersAreCheckedLast) {
  CreateWith("O", R"("subjects": ["o.>"])");
  const JetStreamError misses_mirror = InvalidConfig(
      "mirror 'O' filter subject 'zzz' does not overlap with any origin stream "
      "subject");
  const JetStreamError misses_source = InvalidConfig(
      "source 'O' filter subject 'zzz' does not overlap with any origin stream "
      "subject");
  const JetStreamError bad_mirror =
      Failed("subject filter 'o..a' for the mirror invalid subject");
  const JetStreamError bad_source =
      Failed("subject filter 'o..a' for the source: invalid subject");
  const JetStreamError overlap =
      Refused(10065, "subjects overlap with an existing stream");
  ExpectAnswers({
      {R"("mirror": {"name": "O", "filter_subject": "zzz"})", misses_mirror,
       Ok(), Ok()},
      {R"("sources": [{"name": "O", "filter_subject": "zzz"}])", misses_source,
       Ok(), Ok()},
      {R"("sources": [{"name": "O", "filter_subject": "o.a"}])", Ok(), Ok(),
       Ok()},
      {R"("mirror": {"name": "LATER", "filter_subject": "o..a"})", Ok(),
       bad_mirror, bad_mirror},
      {R"("sources": [{"name": "LATER", "filter_subject": "o..a"}])", Ok(),
       bad_source, bad_source},
      {R"("sources": [{"name": "LATER", "filter_subject": "o..a"}],
          "subjects": ["o.x"])",
       overlap, bad_source, bad_source},
      {R"("sources": [{"name": "LATER", "filter_subject": "o..a"}],
          "subjects": ["x..y"])",
       InvalidConfig("invalid subject"), InvalidConfig("invalid subject"),
       InvalidConfig("invalid subject")},
  });
}

// SRC-011, SRC-012, SRC-013, SRC-014
TEST_P(StreamOriginFilterConfigs, TransformsOfMirrorsAreChecked) {
  const JetStreamError both = Refused(
      10150,
      "mirror with multiple subject transforms cannot also have a single "
      "subject filter");
  const JetStreamError overlap =
      Refused(10152, "mirror subject filters can not overlap");
  const JetStreamError old_source =
      Refused(10151, "mirror subject filter is invalid");
  const JetStreamError source =
      Refused(10151, "mirror transform source: invalid subject o..a");
  const auto transforms = [](absl::string_view list) {
    return absl::StrCat(R"("mirror": {"name": "O", "subject_transforms": [)",
                        list, "]}");
  };
  ExpectAnswers({
      {R"("mirror": {"name": "O", "filter_subject": "a",
                     "subject_transforms": [{"src": "o..a", "dest": "b"}]})",
       Ok(), both, both},
      {transforms(R"({"src": "a.*", "dest": "b.$1"}, {"src": "*.a",
                                                      "dest": ""})"),
       Ok(), overlap, overlap},
      {transforms(R"({"src": "a", "dest": ""}, {"src": "b", "dest": "c"})"),
       Ok(), Ok(), Ok()},
      {transforms(R"({"src": "o..a", "dest": ""})"), Ok(), old_source, source},
      {transforms(R"({"src": "", "dest": ""})"), Ok(), old_source, Ok()},
      {transforms(R"({"src": "a", "dest": "b.*"})"), Ok(),
       Failed("subject transform from 'a' to 'b.*' for the mirror: invalid "
              "subject"),
       Refused(10154, "mirror transform: invalid subject")},
      {transforms(R"({"src": "a.*", "dest": "b.{{wildcard(2)}}"})"), Ok(),
       Failed("subject transform from 'a.*' to 'b.{{wildcard(2)}}' for the "
              "mirror: invalid mapping destination: wildcard index out of "
              "range in {{wildcard(2)}}: [2]"),
       Refused(10154,
               "mirror transform: invalid mapping destination: wildcard index "
               "out of range in {{wildcard(2)}}: [2]")},
  });
}

// SRC-020, SRC-021, SRC-022
TEST_P(StreamOriginFilterConfigs, TransformsOfSourcesAreChecked) {
  const JetStreamError both = Refused(
      10144,
      "source with multiple subject transforms cannot also have a single "
      "subject filter");
  const JetStreamError overlap =
      Refused(10147, "source filters can not overlap");
  const auto transforms = [](absl::string_view list) {
    return absl::StrCat(R"("sources": [{"name": "O", "subject_transforms": [)",
                        list, "]}]");
  };
  ExpectAnswers({
      {R"("sources": [{"name": "O", "filter_subject": "a",
                       "subject_transforms": [{"src": "o..a", "dest": ""}]}])",
       Ok(), both, both},
      {transforms(R"({"src": "a.*", "dest": ""}, {"src": "a.b", "dest": ""})"),
       Ok(), overlap, overlap},
      {transforms(R"({"src": "a.*", "dest": ""}, {"src": "*.a", "dest": ""})"),
       Ok(), Ok(), Ok()},
      {transforms(R"({"src": "o..a", "dest": ""})"), Ok(),
       Refused(10145, "source subject filter is invalid"),
       Refused(10145, "source transform source: invalid subject o..a")},
      {transforms(R"({"src": "", "dest": ""})"), Ok(),
       Refused(10145, "source subject filter is invalid"), Ok()},
      {transforms(R"({"src": "a", "dest": "b.*"})"), Ok(),
       Failed("subject transform from 'a' to 'b.*' for the source: invalid "
              "subject"),
       Refused(10146, "source transform: invalid subject")},
      {transforms(R"({"src": "a.*", "dest": "b.{{twice(1)}}"})"), Ok(),
       Refused(10146, "source transform destination is invalid"),
       Refused(10146,
               "source transform: invalid mapping destination: unknown "
               "function in {{twice(1)}}")},
      {transforms(R"({"src": "a..b", "dest": "b.{{twice(1)}}"})"), Ok(),
       Refused(10146, "source transform destination is invalid"),
       Refused(10145, "source transform source: invalid subject a..b")},
  });
}

}  // namespace
}  // namespace windtunnel
