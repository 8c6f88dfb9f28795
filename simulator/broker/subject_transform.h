// SubjectTransformer: a mapping of subjects, parsed: what a stream's
// subject_transform, those of its origins and its republish have in common
// (SRC-070 to SRC-082).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_TRANSFORM_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_TRANSFORM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"
#include "simulator/broker/transform_token.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

class SubjectTransformer {
 public:
  // An empty `src` means ">", an empty `dest` keeps the subject (SRC-071).
  // kInvalidArgument with the server's text, which error answers quote:
  // "invalid subject" or "invalid mapping destination: ...".
  static absl::StatusOr<SubjectTransformer> Parse(const Profile& profile,
                                                  absl::string_view src,
                                                  absl::string_view dest);
  // What a configuration with such a transform is refused with, quoted as by
  // Parse(): new servers look at each token of `dest` first (SRC-081). Not for
  // republish, which wants Parse() only.
  static absl::Status Check(const Profile& profile, absl::string_view src,
                            absl::string_view dest);
  // The tokens of `dest` alone, which is all that 2.10 looks at when it checks
  // a source.
  static absl::Status CheckTokens(const Profile& profile,
                                  absl::string_view dest);

  // The new subject; nullopt if the transform does not match `subject`, which
  // is one that was published: no wildcards, no empty tokens.
  std::optional<std::string> Apply(Choices& choices,
                                   absl::string_view subject) const;

 private:
  SubjectTransformer() = default;

  std::string src_;
  std::size_t src_tokens_ = 0;
  bool keeps_subject_ = false;
  bool ends_in_rest_ = false;         // The destination's last token is ">".
  std::vector<TransformToken> dest_;  // Without that.
};

// Several: the first that matches counts. nullopt if none does.
std::optional<std::string> ApplyFirst(
    const std::vector<SubjectTransformer>& transforms, Choices& choices,
    absl::string_view subject);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_TRANSFORM_H_
