#include "cli/run_prefix.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace windtunnel::cli {

namespace {

constexpr std::size_t kPrefixSize = 6;
constexpr int kNumberSize = 6;  // Or more.
constexpr absl::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool IsLetter(char c) { return kLetters.find(c) != absl::string_view::npos; }

std::string PrefixOf(std::uint64_t number) {
  std::string prefix = "WT";
  while (prefix.size() < kPrefixSize) {
    prefix += kLetters[number % kLetters.size()];
    number /= kLetters.size();
  }
  return prefix;
}

// "WT3K9Q000017A": prefix, number of the program, stream.
bool LooksLikeOurs(absl::string_view stream) {
  if (stream.size() < kPrefixSize + kNumberSize + 1) return false;
  const absl::string_view number =
      stream.substr(kPrefixSize, stream.size() - kPrefixSize - 1);
  return IsRunPrefix(stream.substr(0, kPrefixSize)) &&
         std::all_of(number.begin(), number.end(), absl::ascii_isdigit) &&
         absl::string_view("ABC").find(stream.back()) !=
             absl::string_view::npos;
}

}  // namespace

bool IsRunPrefix(absl::string_view text) {
  return text.size() == kPrefixSize && absl::StartsWith(text, "WT") &&
         std::all_of(text.begin(), text.end(), IsLetter);
}

std::string DrawPrefix(const std::vector<std::string>& streams) {
  // The golden ratio spreads numbers that are near to each other.
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;
  std::uint64_t number =
      (static_cast<std::uint64_t>(absl::GetCurrentTimeNanos()) ^
       (static_cast<std::uint64_t>(getpid()) << 40)) *
      kSpread;
  for (;; ++number) {
    const std::string prefix = PrefixOf(number >> 20);
    if (std::none_of(streams.begin(), streams.end(),
                     [&](const std::string& stream) {
                       return absl::StartsWith(stream, prefix);
                     })) {
      return prefix;
    }
    number += kSpread;
  }
}

std::string ProgramName(absl::string_view prefix, int number) {
  return absl::StrFormat("%s%0*d", prefix, kNumberSize, number);
}

std::vector<std::string> LeftoverPrefixes(
    const std::vector<std::string>& streams) {
  std::set<std::string> prefixes;
  for (const std::string& stream : streams) {
    if (LooksLikeOurs(stream)) prefixes.insert(stream.substr(0, kPrefixSize));
  }
  return {prefixes.begin(), prefixes.end()};
}

absl::StatusOr<int> DeleteStreamsOf(JetStream& jetstream,
                                    absl::string_view prefix) {
  absl::StatusOr<std::vector<std::string>> names =
      jetstream.StreamNames(ListStreamsOptions{});
  if (!names.ok()) return names.status();
  int deleted = 0;
  absl::Status first_error;
  for (const std::string& name : *names) {
    if (!absl::StartsWith(name, prefix)) continue;
    const absl::Status status = jetstream.DeleteStream(name, CallOptions{});
    if (status.ok()) ++deleted;
    // Its program may have deleted it meanwhile.
    if (!status.ok() && !absl::IsNotFound(status)) first_error.Update(status);
  }
  if (!first_error.ok()) return first_error;
  return deleted;
}

}  // namespace windtunnel::cli
