// TransformToken: one token of the destination of a subject transform: literal
// text, or a function of the tokens of the subject (SRC-074 to SRC-082).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_TRANSFORM_TOKEN_H_
#define WINDTUNNEL_SIMULATOR_BROKER_TRANSFORM_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/profile.h"

namespace windtunnel::broker {

class TransformToken {
 public:
  enum class Function {
    kNone,  // The text itself.
    kWildcard,
    kPartition,
    kSplitFromLeft,
    kSplitFromRight,
    kSliceFromLeft,
    kSliceFromRight,
    kRight,
    kLeft,
    kRandom,
    kSplit,
  };

  // Literal text.
  explicit TransformToken(absl::string_view text) : text_(text) {}
  // kInvalidArgument with the server's text if `token` is written as a function
  // and is none, or not called as it wants.
  static absl::StatusOr<TransformToken> Parse(const Profile& profile,
                                              absl::string_view token);
  // True if `token` is written as a function, in "{{" and "}}".
  static bool IsWrittenAsFunction(absl::string_view token);
  // True if a function is called somewhere in `token`.
  static bool NamesFunction(const Profile& profile, absl::string_view token);

  Function function() const { return function_; }
  // Which wildcards of the source it takes, from 1. Numbers below 1 stand for
  // the first token of the subject.
  const std::vector<std::int64_t>& wildcards() const { return wildcards_; }

  // Says which tokens of the subject its wildcards are.
  void Bind(const std::vector<std::size_t>& positions_of_wildcards);
  // Appends what it makes of `subject`, whose tokens are `tokens`.
  void AppendTo(Choices& choices, absl::string_view subject,
                const std::vector<absl::string_view>& tokens,
                std::string& out) const;

 private:
  absl::Status ReadArguments(const Profile& profile,
                             const std::vector<absl::string_view>& arguments);
  absl::Status ReadNumber(const Profile& profile, absl::string_view argument);
  absl::Status ReadWildcard(absl::string_view argument);

  Function function_ = Function::kNone;
  std::string text_;  // The separator of kSplit.
  std::vector<std::int64_t> wildcards_;
  std::vector<std::size_t> positions_;
  std::int32_t number_ = 0;
};

// The server's text for a mistake in `token`.
absl::Status BadTransformToken(absl::string_view mistake,
                               absl::string_view token);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_TRANSFORM_TOKEN_H_
