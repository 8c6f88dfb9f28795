#include "windtunnel/headers.h"

#include <algorithm>
#include <cstddef>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace windtunnel {

namespace {

constexpr absl::string_view kVersion = "NATS/1.0";
// nats.c would end a value at a NUL.
constexpr absl::string_view kNotInValue("\r\n\0", 3);

// Takes the first line off `block`, without its line end.
absl::string_view TakeLine(absl::string_view& block) {
  const std::size_t end = block.find('\n');
  absl::string_view line = block.substr(0, end);
  block.remove_prefix(end == absl::string_view::npos ? block.size() : end + 1);
  if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
  return line;
}

absl::string_view SkipBlanks(absl::string_view text) {
  const std::size_t start = text.find_first_not_of(' ');
  return start == absl::string_view::npos ? absl::string_view()
                                          : text.substr(start);
}

bool CanBeInName(char c) { return c > ' ' && c != ':' && c != '\x7f'; }

}  // namespace

void Headers::Add(absl::string_view name, absl::string_view value) {
  entries_.emplace_back(name, value);
}

void Headers::Set(absl::string_view name, absl::string_view value) {
  Remove(name);
  Add(name, value);
}

bool Headers::Remove(absl::string_view name) {
  const auto removed =
      std::remove_if(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.first == name; });
  const bool found = removed != entries_.end();
  entries_.erase(removed, entries_.end());
  return found;
}

std::optional<absl::string_view> Headers::Get(absl::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return entry.second;
  }
  return std::nullopt;
}

std::vector<absl::string_view> Headers::Values(absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (const Entry& entry : entries_) {
    if (entry.first == name) values.push_back(entry.second);
  }
  return values;
}

void Headers::SetStatus(int code, absl::string_view text) {
  status_code_ = code;
  status_text_ = std::string(text);
}

absl::Status Headers::Validate() const {
  for (const auto& [name, value] : entries_) {
    if (name.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the header with value \"", absl::CEscape(value), "\" has no name"));
    }
    // Bytes beyond ASCII are negative chars here and may be in a name.
    const bool name_ok =
        std::all_of(name.begin(), name.end(),
                    [](char c) { return c < 0 || CanBeInName(c); });
    if (!name_ok) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header name \"", absl::CEscape(name),
                       "\" has a colon, blank or control character"));
    }
    if (value.find_first_of(kNotInValue.data(), 0, kNotInValue.size()) !=
        std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value \"", absl::CEscape(value), "\" of header \"",
                       name, "\" has a line end or a NUL character"));
    }
  }
  return absl::OkStatus();
}

std::string Headers::Encode() const {
  if (empty()) return "";
  std::size_t size = kVersion.size() + status_text_.size() + 16;
  for (const auto& [name, value] : entries_) {
    size += name.size() + value.size() + 4;
  }
  std::string block;
  block.reserve(size);
  block.append(kVersion.data(), kVersion.size());
  if (status_code_ != 0) absl::StrAppendFormat(&block, " %03d", status_code_);
  if (!status_text_.empty()) block.append(" ").append(status_text_);
  block.append("\r\n");
  for (const auto& [name, value] : entries_) {
    block.append(name).append(": ").append(value).append("\r\n");
  }
  block.append("\r\n");
  return block;
}

absl::StatusOr<Headers> Headers::Parse(absl::string_view block) {
  Headers headers;
  if (block.empty()) return headers;
  absl::string_view first = TakeLine(block);
  if (!absl::ConsumePrefix(&first, kVersion)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the header block starts with \"", absl::CEscape(first.substr(0, 20)),
        "\" instead of the version line"));
  }
  first = absl::StripAsciiWhitespace(first);
  if (absl::SimpleAtoi(first.substr(0, 3), &headers.status_code_)) {
    const absl::string_view text =
        absl::StripLeadingAsciiWhitespace(first.substr(3));
    headers.status_text_ = std::string(text);
  }
  while (!block.empty()) {
    const absl::string_view line = TakeLine(block);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    headers.Add(line.substr(0, colon), SkipBlanks(line.substr(colon + 1)));
  }
  return headers;
}

std::ostream& operator<<(std::ostream& out, const Headers& headers) {
  out << "{";
  absl::string_view separator = "";
  if (headers.status_code_ != 0) {
    out << headers.status_code_;
    if (!headers.status_text_.empty()) out << " " << headers.status_text_;
    separator = ", ";
  }
  for (const auto& [name, value] : headers.entries_) {
    out << separator << name << ": \"" << absl::CEscape(value) << "\"";
    separator = ", ";
  }
  return out << "}";
}

std::optional<absl::string_view> FindHeader(absl::string_view block,
                                            absl::string_view name) {
  if (name.empty()) return std::nullopt;
  for (std::size_t at = block.find(name); at != absl::string_view::npos;
       at = block.find(name, at + name.size())) {
    const std::size_t colon = at + name.size();
    if (at == 0 || block[at - 1] != '\n') continue;
    if (colon >= block.size() || block[colon] != ':') continue;
    absl::string_view rest = block.substr(colon + 1);
    const absl::string_view value = SkipBlanks(TakeLine(rest));
    if (value.empty()) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace windtunnel
