#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/report.h"
#include "tests/property/story.h"

namespace windtunnel::cli {

namespace {

// How many bytes of `text` are one character that XML 1.0 allows; 0: none.
std::size_t CharacterSize(absl::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
  };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    return first >= 0x20 || first == '\t' || first == '\n' ? 1 : 0;
  }
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  std::uint32_t code = first & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[size] || code > 0x10FFFF || surrogate || code == 0xFFFE ||
      code == 0xFFFF) {
    return 0;
  }
  return size;
}

std::string Property(absl::string_view name, absl::string_view value) {
  return absl::StrCat("    <property name=\"", name, "\" value=\"",
                      EscapedXml(value), "\"/>\n");
}

std::string TestCase(const Report& report, const std::string& name,
                     const conform::FlavourResult& flavour) {
  const std::string head =
      absl::StrCat("  <testcase classname=\"windtunnel.conform\" name=\"",
                   EscapedXml(name), "\"");
  if (flavour.differing == 0) return head + "/>\n";
  std::string stories;
  for (const conform::Difference& difference : report.result.differences) {
    if (difference.program.flavour != name) continue;
    absl::StrAppend(&stories, "seed ", difference.seed, "\n",
                    conform::Story(difference), "\n");
  }
  return absl::StrCat(head, ">\n    <failure type=\"difference\" message=\"",
                      flavour.differing, " of ", flavour.programs,
                      " programs differ\">", EscapedXml(stories),
                      "</failure>\n  </testcase>\n");
}

}  // namespace

std::string EscapedXml(absl::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 0) {
      absl::StrAppendFormat(&escaped, "\\x%02x",
                            static_cast<std::uint8_t>(text[0]));
    } else if (text[0] == '&') {
      escaped += "&amp;";
    } else if (text[0] == '<') {
      escaped += "&lt;";
    } else if (text[0] == '>') {
      escaped += "&gt;";
    } else if (text[0] == '"') {
      escaped += "&quot;";
    } else {
      absl::StrAppend(&escaped, text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return escaped;
}

std::string ToJUnit(const Report& report) {
  int failures = 0;
  std::string cases;
  for (const auto& [name, flavour] : report.result.flavours) {
    if (flavour.differing > 0) ++failures;
    cases += TestCase(report, name, flavour);
  }
  // A run that did not come to its end has not passed.
  const bool unfinished = report.signal != 0 || !report.lost.empty();
  if (unfinished) {
    absl::StrAppend(
        &cases,
        "  <testcase classname=\"windtunnel.conform\" name=\"finished\">\n"
        "    <error type=\"unfinished\" message=\"",
        EscapedXml(report.lost.empty() ? "interrupted" : report.lost),
        "\"/>\n  </testcase>\n");
  }
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
      "<testsuite name=\"windtunnel conform\" tests=\"",
      report.result.flavours.size() + (unfinished ? 1 : 0), "\" failures=\"",
      failures, "\" errors=\"", unfinished ? 1 : 0, "\" skipped=\"0\" time=\"",
      absl::StrFormat("%.3f", absl::ToDoubleSeconds(report.result.took)),
      "\" timestamp=\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%S", report.start, absl::UTCTimeZone()),
      "\">\n  <properties>\n", Property("server", report.server),
      Property("server_version", report.server_version),
      Property("profile", report.profile),
      Property("seed", absl::StrCat(report.arguments.seed)),
      Property("programs", absl::StrCat(report.result.programs)),
      "  </properties>\n", cases, "  <system-out>",
      EscapedXml(absl::StrCat(FlavourTable(report.result), "\n",
                              TallyText(report.result.tally), "\n",
                              Verdict(report))),
      "</system-out>\n</testsuite>\n");
}

}  // namespace windtunnel::cli
