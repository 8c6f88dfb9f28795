#include "simulator/broker/header_lines.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kPlainVersion = "NATS/1.0\r\n";
constexpr absl::string_view kLineEnd = "\r\n";

// Where the first line `name` starts; npos if there is none.
std::size_t FindLine(absl::string_view block, absl::string_view name) {
  const std::string start = absl::StrCat("\n", name, ":");
  const std::size_t found = block.find(start);
  return found == absl::string_view::npos ? found : found + 1;
}

}  // namespace

std::string WithHeader(absl::string_view block, absl::string_view name,
                       absl::string_view value) {
  if (block.empty()) block = kPlainVersion;
  if (absl::EndsWith(block, "\r\n\r\n")) absl::ConsumeSuffix(&block, kLineEnd);
  return absl::StrCat(block, name, ": ", value, kLineEnd, kLineEnd);
}

std::string WithHeaderSet(absl::string_view block, absl::string_view name,
                          absl::string_view value) {
  const std::size_t line = FindLine(block, name);
  if (line == absl::string_view::npos) return WithHeader(block, name, value);
  std::size_t start = line + name.size() + 1;
  if (block.substr(start, 1) == " ") ++start;
  const std::size_t end = block.find('\r', start);
  if (end == absl::string_view::npos) return std::string(block);
  return absl::StrCat(block.substr(0, start), value, block.substr(end));
}

std::string WithoutHeader(absl::string_view block, absl::string_view name) {
  std::string kept;
  for (std::size_t line = FindLine(block, name);
       line != absl::string_view::npos; line = FindLine(block, name)) {
    const std::size_t end = block.find(kLineEnd, line);
    // The next line is found by the end of the one before.
    absl::StrAppend(&kept, block.substr(0, line - 1));
    block.remove_prefix(end == absl::string_view::npos ? block.size()
                                                       : end + 1);
  }
  absl::StrAppend(&kept, block);
  if (kept == absl::StrCat(kPlainVersion, kLineEnd)) kept.clear();
  return kept;
}

}  // namespace windtunnel::broker
