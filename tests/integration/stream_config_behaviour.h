// StreamConfigBehaviour: what tests of stream configurations start from. They
// write configurations as JSON fields, as any client may.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_STREAM_CONFIG_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_STREAM_CONFIG_BEHAVIOUR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {

// `fields` of a configuration, and what each server says of it.
struct ConfigCase {
  std::string fields;
  JetStreamError since_2_9;
  JetStreamError since_2_10;
  JetStreamError since_2_11;
};

class StreamConfigBehaviour : public Behaviour {
 protected:
  // Creates or updates a memory stream with `fields`.
  nlohmann::json CreateWith(absl::string_view name, absl::string_view fields) {
    return Api(absl::StrCat("STREAM.CREATE.", name), Body(name, fields));
  }
  nlohmann::json UpdateWith(absl::string_view name, absl::string_view fields) {
    return Api(absl::StrCat("STREAM.UPDATE.", name), Body(name, fields));
  }

  // Creates each as "S", which is gone afterwards.
  void ExpectAnswers(const std::vector<ConfigCase>& cases) {
    for (const ConfigCase& one : cases) {
      EXPECT_EQ(ErrorOf(CreateWith("S", one.fields)),
                Since("2.11")   ? one.since_2_11
                : Since("2.10") ? one.since_2_10
                                : one.since_2_9)
          << one.fields;
      jetstream().DeleteStream("S").IgnoreError();
    }
  }
  // The same where only servers since `version` know the fields.
  void ExpectSince(
      absl::string_view version,
      const std::vector<std::pair<std::string, JetStreamError>>& cases) {
    for (const auto& [fields, error] : cases) {
      EXPECT_EQ(ErrorOf(CreateWith("S", fields)), Since(version) ? error : Ok())
          << fields;
      jetstream().DeleteStream("S").IgnoreError();
    }
  }

 private:
  static std::string Body(absl::string_view name, absl::string_view fields) {
    return absl::StrCat(R"({"storage":"memory","name":")", name, "\"",
                        fields.empty() ? "" : ",", fields, "}");
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_STREAM_CONFIG_BEHAVIOUR_H_
