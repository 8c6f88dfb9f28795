// WithStream: a broker with stream S on `s.>`, for tests of one stream.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_TEST_FIXTURE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_TEST_FIXTURE_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {

inline constexpr ServerVersion kVersions[] = {
    ServerVersion::k2_9, ServerVersion::k2_10, ServerVersion::k2_15};
inline constexpr auto k2_9 = ServerVersion::k2_9;
inline constexpr auto k2_10 = ServerVersion::k2_10;
inline constexpr auto k2_15 = ServerVersion::k2_15;

class WithStream : public TestBroker {
 public:
  explicit WithStream(absl::string_view fields = "",
                      ServerVersion version = k2_15,
                      absl::string_view storage = "memory")
      : TestBroker(version) {
    Configure("CREATE", storage, fields);
  }

  void Configure(absl::string_view call, absl::string_view storage,
                 absl::string_view fields) {
    const std::string answer = Api(
        absl::StrCat("STREAM.", call, ".S"),
        absl::StrCat("{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\"",
                     storage, "\"", fields.empty() ? "" : ",", fields, "}"));
    EXPECT_THAT(answer, testing::Not(testing::HasSubstr("\"error\""))) << answer;
  }

  // "5", "5 duplicate", or the refusal's description.
  std::string Put(absl::string_view subject, absl::string_view data = "",
                  absl::string_view headers = "") {
    const std::string block =
        headers.empty() ? ""
                        : absl::StrCat("NATS/1.0\r\n", headers, "\r\n\r\n");
    std::string name;
    const auto outcome = broker().PublishToStream(context(), client(), subject,
                                                  block, data, &name);
    if (!outcome) return "nobody";
    if (!outcome->answer) return "silence";
    if (outcome->error) return outcome->error->description;
    return absl::StrCat(outcome->sequence,
                        outcome->duplicate ? " duplicate" : "");
  }

  void PutMany(std::initializer_list<absl::string_view> subjects) {
    for (absl::string_view subject : subjects) Put(subject);
  }

  std::vector<std::uint64_t> Present() {
    return stream("S").store().Matching(SubjectFilter());
  }
  StreamState State() { return stream("S").State(false); }
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_TEST_FIXTURE_H_
