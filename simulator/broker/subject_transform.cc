#include "simulator/broker/subject_transform.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using Function = TransformToken::Function;

constexpr absl::string_view kOutOfRange = "wildcard index out of range";

// A subject, source or destination by tokens.
struct Tokens {
  std::vector<absl::string_view> tokens;
  bool valid = true;  // White space is no matter here.
  bool ends_in_rest = false;
  std::vector<std::size_t> wildcards;  // Where they are.
};

Tokens Tokenize(absl::string_view subject) {
  Tokens result;
  result.tokens = absl::StrSplit(subject, '.');
  for (std::size_t i = 0; i < result.tokens.size(); ++i) {
    const absl::string_view token = result.tokens[i];
    if (token.empty() || result.ends_in_rest) result.valid = false;
    if (token == ">") result.ends_in_rest = true;
    if (token == "*") result.wildcards.push_back(i);
  }
  return result;
}

// What a token with a function may ask of a source (SRC-074, SRC-076).
absl::Status CheckWildcards(const Profile& profile, const Tokens& source,
                            const TransformToken& parsed,
                            absl::string_view token) {
  if (parsed.function() == Function::kNone) return absl::OkStatus();
  const bool literal = source.wildcards.empty() && !source.ends_in_rest;
  if (literal || profile.transform_needs_wildcard) {
    if (literal && profile.transform_without_wildcards &&
        (parsed.function() == Function::kPartition ||
         parsed.function() == Function::kRandom)) {
      return absl::OkStatus();
    }
    if (source.wildcards.empty()) return BadTransformToken(kOutOfRange, token);
  }
  const auto count = static_cast<std::int64_t>(source.wildcards.size());
  for (const std::int64_t wildcard : parsed.wildcards()) {
    if (wildcard > count) {
      return BadTransformToken(kOutOfRange,
                               absl::StrCat(token, ": [", wildcard, "]"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SubjectTransformer> SubjectTransformer::Parse(
    const Profile& profile, absl::string_view src, absl::string_view dest) {
  if (src.empty()) src = ">";
  SubjectTransformer result;
  result.src_ = std::string(src);
  result.keeps_subject_ =
      (dest.empty() && profile.empty_transform_keeps_subject) ||
      (src == ">" && dest == ">");
  if (result.keeps_subject_) return result;

  const Tokens source = Tokenize(src);
  const Tokens target = Tokenize(dest);
  if (!source.valid || !target.valid || !target.wildcards.empty() ||
      source.ends_in_rest != target.ends_in_rest) {
    return absl::InvalidArgumentError("invalid subject");
  }
  result.src_tokens_ = source.tokens.size();
  result.ends_in_rest_ = target.ends_in_rest;
  const bool literal = source.wildcards.empty() && !source.ends_in_rest;
  std::size_t wildcards_used = 0;
  for (const absl::string_view token : target.tokens) {
    if (literal && profile.transform_needs_all_wildcards) {
      result.dest_.emplace_back(token);
      continue;
    }
    absl::StatusOr<TransformToken> parsed =
        TransformToken::Parse(profile, token);
    if (!parsed.ok()) return parsed.status();
    const absl::Status status = CheckWildcards(profile, source, *parsed, token);
    if (!status.ok()) return status;
    wildcards_used += parsed->wildcards().size();
    if (!literal) parsed->Bind(source.wildcards);
    result.dest_.push_back(*std::move(parsed));
  }
  if (profile.transform_needs_all_wildcards &&
      wildcards_used < source.wildcards.size()) {
    return absl::InvalidArgumentError("invalid subject");
  }
  if (result.ends_in_rest_) result.dest_.pop_back();
  return result;
}

absl::Status SubjectTransformer::CheckTokens(const Profile& profile,
                                             absl::string_view dest) {
  if (dest.empty()) return absl::OkStatus();
  bool rest_seen = false;
  for (const absl::string_view token : absl::StrSplit(dest, '.')) {
    if (token.empty() || rest_seen) {
      return BadTransformToken("invalid transform", token);
    }
    if (TransformToken::IsWrittenAsFunction(token)) {
      if (TransformToken::NamesFunction(profile, token)) continue;
      return BadTransformToken("unknown function", token);
    }
    if (token.find_first_of("\t\n\f\r ") != absl::string_view::npos) {
      return BadTransformToken("invalid transform", "");
    }
    rest_seen = token == ">";
  }
  return absl::OkStatus();
}

absl::Status SubjectTransformer::Check(const Profile& profile,
                                       absl::string_view src,
                                       absl::string_view dest) {
  if (profile.transform_checks_tokens_first) {
    const absl::Status status = CheckTokens(profile, dest);
    if (!status.ok()) return status;
  }
  return Parse(profile, src, dest).status();
}

std::optional<std::string> SubjectTransformer::Apply(
    Choices& choices, absl::string_view subject) const {
  if (src_ != ">" && !SubjectMatches(src_, subject)) return std::nullopt;
  if (keeps_subject_) return std::string(subject);
  const Tokens published = Tokenize(subject);
  if (!published.valid || published.ends_in_rest ||
      !published.wildcards.empty()) {
    return std::nullopt;
  }
  const std::vector<absl::string_view>& tokens = published.tokens;
  std::string result;
  for (const TransformToken& token : dest_) {
    if (&token != &dest_.front()) result.push_back('.');
    token.AppendTo(choices, subject, tokens, result);
  }
  if (ends_in_rest_) {
    for (std::size_t i = src_tokens_ - 1; i < tokens.size(); ++i) {
      if (!dest_.empty() || i >= src_tokens_) result.push_back('.');
      absl::StrAppend(&result, tokens[i]);
    }
  }
  return result;
}

std::optional<std::string> ApplyFirst(
    const std::vector<SubjectTransformer>& transforms, Choices& choices,
    absl::string_view subject) {
  for (const SubjectTransformer& transform : transforms) {
    if (auto result = transform.Apply(choices, subject)) return result;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
