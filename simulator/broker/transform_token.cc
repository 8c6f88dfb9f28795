#include "simulator/broker/transform_token.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel::broker {

namespace {

using Function = TransformToken::Function;

constexpr absl::string_view kWhiteSpace = "\t\n\f\r ";

struct NamedFunction {
  // Capitals may be small; small letters must be.
  absl::string_view name;
  Function function;
  bool Profile::*since;  // Null: every server has it.
};

// The first that is named in a token is called.
constexpr NamedFunction kFunctions[] = {
    {"Wildcard", Function::kWildcard, nullptr},
    {"Partition", Function::kPartition, nullptr},
    {"SplitFromLeft", Function::kSplitFromLeft, nullptr},
    {"SplitFromRight", Function::kSplitFromRight, nullptr},
    {"SliceFromLeft", Function::kSliceFromLeft, nullptr},
    {"SliceFromRight", Function::kSliceFromRight, nullptr},
    {"Right", Function::kRight, &Profile::transform_left_and_right},
    {"Left", Function::kLeft, &Profile::transform_left_and_right},
    {"Random", Function::kRandom, &Profile::transform_without_wildcards},
    {"Split", Function::kSplit, nullptr},
};

absl::string_view SkipWhiteSpace(absl::string_view text) {
  text.remove_prefix(
      std::min(text.find_first_not_of(kWhiteSpace), text.size()));
  return text;
}

bool ConsumeName(absl::string_view name, absl::string_view& text) {
  if (text.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (text[i] != name[i] && text[i] != absl::ascii_tolower(name[i])) {
      return false;
    }
  }
  text.remove_prefix(name.size());
  return true;
}

// What stands between the parentheses of a call of `name` that `text` starts
// with: up to the last that close it, on the same line.
std::optional<absl::string_view> ReadCall(absl::string_view name,
                                          absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "{{")) return std::nullopt;
  text = SkipWhiteSpace(text);
  if (!ConsumeName(name, text)) return std::nullopt;
  text = SkipWhiteSpace(text);
  if (!absl::ConsumePrefix(&text, "(")) return std::nullopt;
  const absl::string_view line = text.substr(0, text.find('\n'));
  // The parenthesis may end the line, with white space and the braces beyond.
  for (std::size_t close = line.rfind(')'); close != absl::string_view::npos;
       close = close == 0 ? absl::string_view::npos
                          : line.rfind(')', close - 1)) {
    if (SkipWhiteSpace(text.substr(close + 1)).substr(0, 2) == "}}") {
      return text.substr(0, close);
    }
  }
  return std::nullopt;
}

// The arguments of the first call of `name` in `token`.
std::optional<absl::string_view> FindCall(absl::string_view name,
                                          absl::string_view token) {
  for (; !token.empty(); token.remove_prefix(1)) {
    if (auto arguments = ReadCall(name, token)) return arguments;
  }
  return std::nullopt;
}

struct Call {
  Function function;
  absl::string_view arguments;
};

std::optional<Call> ReadCall(const Profile& profile, absl::string_view token) {
  for (const NamedFunction& named : kFunctions) {
    if (named.since != nullptr && !(profile.*named.since)) continue;
    if (auto arguments = FindCall(named.name, token)) {
      return Call{named.function, *arguments};
    }
  }
  return std::nullopt;
}

// White space after a comma belongs to it.
std::vector<absl::string_view> SplitArguments(absl::string_view text) {
  std::vector<absl::string_view> arguments;
  for (std::size_t comma = text.find(','); comma != absl::string_view::npos;
       comma = text.find(',')) {
    arguments.push_back(text.substr(0, comma));
    text = SkipWhiteSpace(text.substr(comma + 1));
  }
  arguments.push_back(text);
  return arguments;
}

// A sign and decimal digits, nothing else.
bool ParseNumber(absl::string_view text, std::int64_t* value) {
  absl::string_view digits = text;
  if (!absl::ConsumePrefix(&digits, "+")) absl::ConsumePrefix(&digits, "-");
  return !digits.empty() &&
         digits.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(text, value);
}

bool ParseArgument(absl::string_view text, std::int64_t* value) {
  while (absl::ConsumePrefix(&text, " ")) {
  }
  while (absl::ConsumeSuffix(&text, " ")) {
  }
  return ParseNumber(text, value);
}

constexpr absl::string_view kNotEnough =
    "not enough arguments passed to the function";
constexpr absl::string_view kTooMany =
    "too many arguments passed to the function";
constexpr absl::string_view kInvalidArgument =
    "function argument is invalid or in the wrong format";

absl::Status Mistake(absl::string_view mistake) {
  return absl::InvalidArgumentError(mistake);
}

// SRC-075: 32 bit FNV-1a.
constexpr std::uint32_t kHashSeed = 2'166'136'261;

std::uint32_t Hash(std::uint32_t hash, absl::string_view text) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
  }
  return hash;
}

// Bytes of the first character of `text`: one if it is no UTF-8.
std::size_t CharacterSize(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first < 0xc2   ? 1
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 1;
  if (size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return size;
}

std::vector<absl::string_view> SplitToken(absl::string_view token,
                                          absl::string_view separator) {
  std::vector<absl::string_view> parts;
  if (separator.empty()) {
    for (; !token.empty(); token.remove_prefix(parts.back().size())) {
      parts.push_back(token.substr(0, CharacterSize(token)));
    }
    return parts;
  }
  for (std::size_t at = token.find(separator); at != absl::string_view::npos;
       at = token.find(separator)) {
    parts.push_back(token.substr(0, at));
    token.remove_prefix(at + separator.size());
  }
  parts.push_back(token);
  return parts;
}

// A separator that starts the token, and one after another, adds no dot.
void AppendSplit(absl::string_view token, absl::string_view separator,
                 std::string& out) {
  const std::vector<absl::string_view> parts = SplitToken(token, separator);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    absl::StrAppend(&out, parts[i]);
    const bool starts = i == 0 && parts[i].empty();
    if (i + 1 < parts.size() && !parts[i + 1].empty() && !starts) {
      out.push_back('.');
    }
  }
}

void AppendSlices(absl::string_view token, std::size_t first, std::size_t size,
                  std::string& out) {
  absl::StrAppend(&out, token.substr(0, first));
  for (std::size_t at = first; at < token.size(); at += size) {
    absl::StrAppend(&out, ".", token.substr(at, size));
  }
}

}  // namespace

absl::Status BadTransformToken(absl::string_view mistake,
                               absl::string_view token) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid mapping destination: ", mistake,
                   token.empty() ? "" : " in ", token));
}

bool TransformToken::IsWrittenAsFunction(absl::string_view token) {
  return token.size() > 4 && absl::ConsumePrefix(&token, "{{") &&
         absl::ConsumeSuffix(&token, "}}");
}

bool TransformToken::NamesFunction(const Profile& profile,
                                   absl::string_view token) {
  const std::optional<Call> call = ReadCall(profile, token);
  return call && (profile.left_and_right_are_checked ||
                  (call->function != Function::kLeft &&
                   call->function != Function::kRight));
}

absl::StatusOr<TransformToken> TransformToken::Parse(const Profile& profile,
                                                     absl::string_view token) {
  TransformToken parsed(token);
  if (std::int64_t wildcard = 0; token.size() > 1 && token[0] == '$' &&
                                 ParseNumber(token.substr(1), &wildcard)) {
    parsed.function_ = Function::kWildcard;
    parsed.wildcards_ = {wildcard};
    return parsed;
  }
  if (!IsWrittenAsFunction(token)) return parsed;
  const std::optional<Call> call = ReadCall(profile, token);
  if (!call) return BadTransformToken("unknown function", token);
  parsed.function_ = call->function;
  const absl::Status status =
      parsed.ReadArguments(profile, SplitArguments(call->arguments));
  if (!status.ok()) return BadTransformToken(status.message(), token);
  return parsed;
}

absl::Status TransformToken::ReadArguments(
    const Profile& profile, const std::vector<absl::string_view>& arguments) {
  switch (function_) {
    case Function::kNone:
      return absl::OkStatus();
    case Function::kWildcard:
      if (arguments.size() > 1) return Mistake(kTooMany);
      if (arguments[0].empty()) return Mistake(kNotEnough);
      return ReadWildcard(arguments[0]);
    case Function::kRandom:
      // The server's text for two arguments as well.
      if (arguments.size() > 1) return Mistake(kNotEnough);
      return ReadNumber(profile, arguments[0]);
    case Function::kPartition: {
      if (arguments.size() < 2 && !profile.transform_without_wildcards) {
        return Mistake(kNotEnough);
      }
      absl::Status status = ReadNumber(profile, arguments[0]);
      for (std::size_t i = 1; status.ok() && i < arguments.size(); ++i) {
        status = ReadWildcard(arguments[i]);
      }
      return status;
    }
    default: {
      if (arguments.size() < 2) return Mistake(kNotEnough);
      if (arguments.size() > 2) return Mistake(kTooMany);
      const absl::Status status = ReadWildcard(arguments[0]);
      if (!status.ok()) return status;
      if (function_ != Function::kSplit) {
        return ReadNumber(profile, arguments[1]);
      }
      if (arguments[1].find(' ') != absl::string_view::npos) {
        return Mistake(kInvalidArgument);
      }
      text_.assign(arguments[1].data(), arguments[1].size());
      return absl::OkStatus();
    }
  }
}

absl::Status TransformToken::ReadNumber(const Profile& profile,
                                        absl::string_view argument) {
  std::int64_t value = 0;
  if (!ParseArgument(argument, &value)) return Mistake(kInvalidArgument);
  number_ = static_cast<std::int32_t>(value);
  const bool below_too =
      function_ != Function::kPartition && function_ != Function::kRandom;
  if (profile.transform_bounds_numbers &&
      (number_ < value || (below_too && number_ > value))) {
    return Mistake(kInvalidArgument);
  }
  return absl::OkStatus();
}

absl::Status TransformToken::ReadWildcard(absl::string_view argument) {
  std::int64_t value = 0;
  if (!ParseArgument(argument, &value)) return Mistake(kInvalidArgument);
  wildcards_.push_back(value);
  return absl::OkStatus();
}

void TransformToken::Bind(
    const std::vector<std::size_t>& positions_of_wildcards) {
  for (const std::int64_t wildcard : wildcards_) {
    positions_.push_back(wildcard < 1 ? 0
                                      : positions_of_wildcards[wildcard - 1]);
  }
}

void TransformToken::AppendTo(Choices& choices, absl::string_view subject,
                              const std::vector<absl::string_view>& tokens,
                              std::string& out) const {
  const absl::string_view token =
      positions_.empty() ? absl::string_view() : tokens[positions_[0]];
  // Functions that cut do so only inside the token.
  const bool cuts =
      number_ > 0 && static_cast<std::size_t>(number_) < token.size();
  const auto number = static_cast<std::size_t>(number_);
  switch (function_) {
    case Function::kNone:
      absl::StrAppend(&out, text_);
      return;
    case Function::kWildcard:
      absl::StrAppend(&out, token);
      return;
    case Function::kPartition: {
      std::uint32_t hash = kHashSeed;
      if (positions_.empty()) hash = Hash(hash, subject);
      for (const std::size_t position : positions_) {
        hash = Hash(hash, tokens[position]);
      }
      // Of no partitions it is 0 on new servers; old ones end there.
      const auto partitions = static_cast<std::uint32_t>(number_);
      absl::StrAppend(&out, partitions == 0 ? 0 : hash % partitions);
      return;
    }
    case Function::kRandom: {
      const auto limit =
          static_cast<std::uint64_t>(std::abs(std::int64_t{number_}));
      absl::StrAppend(&out,
                      limit == 0 ? 0 : choices.Draw("random token", limit));
      return;
    }
    case Function::kSplit:
      AppendSplit(token, text_, out);
      return;
    default:
      break;
  }
  if (!cuts) {
    absl::StrAppend(&out, token);
    return;
  }
  switch (function_) {
    case Function::kSplitFromLeft:
      absl::StrAppend(&out, token.substr(0, number), ".", token.substr(number));
      return;
    case Function::kSplitFromRight:
      absl::StrAppend(&out, token.substr(0, token.size() - number), ".",
                      token.substr(token.size() - number));
      return;
    case Function::kSliceFromLeft:
      AppendSlices(token, number, number, out);
      return;
    case Function::kSliceFromRight: {
      const std::size_t remainder = token.size() % number;
      AppendSlices(token, remainder == 0 ? number : remainder, number, out);
      return;
    }
    case Function::kLeft:
      absl::StrAppend(&out, token.substr(0, number));
      return;
    case Function::kRight:
      absl::StrAppend(&out, token.substr(token.size() - number));
      return;
    default:
      return;
  }
}

}  // namespace windtunnel::broker
