#include "cli/options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace windtunnel::cli {

namespace {

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 80;

absl::Status Wrong(absl::string_view text) {
  return absl::InvalidArgumentError(text);
}

const Option* Find(const std::vector<Option>& options, absl::string_view name) {
  const auto found =
      std::find_if(options.begin(), options.end(),
                   [&](const Option& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

// Breaks `text` into lines that begin in kHelpColumn; the first already does.
std::string Wrapped(absl::string_view text) {
  std::string lines;
  std::size_t column = kHelpColumn;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column > kHelpColumn && column + 1 + word.size() > kHelpWidth) {
      absl::StrAppend(&lines, "\n", std::string(kHelpColumn, ' '));
      column = kHelpColumn;
    }
    if (column > kHelpColumn) {
      lines += ' ';
      ++column;
    }
    absl::StrAppend(&lines, word);
    column += word.size();
  }
  return lines;
}

}  // namespace

TakeValue TakeSwitch(bool& target) {
  return [&target](absl::string_view) {
    target = true;
    return std::string();
  };
}

TakeValue TakeText(std::string& target) {
  return [&target](absl::string_view value) -> std::string {
    target = std::string(value);
    return "";
  };
}

TakeValue TakeNumber(int& target, int least, int most) {
  return [&target, least, most](absl::string_view value) -> std::string {
    int number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < least || number > most) {
      return absl::StrCat("a number from ", least, " to ", most);
    }
    target = number;
    return "";
  };
}

TakeValue TakeSeed(std::uint64_t& target) {
  return [&target](absl::string_view value) -> std::string {
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(value, &number)) {
      return absl::StrCat("a number from 0 to ", UINT64_MAX);
    }
    target = number;
    return "";
  };
}

TakeValue TakeDuration(absl::Duration& target) {
  return [&target](absl::string_view value) -> std::string {
    absl::Duration duration;
    if (!absl::ParseDuration(value, &duration) ||
        duration < absl::ZeroDuration() ||
        duration == absl::InfiniteDuration()) {
      return "a duration such as 90s or 1m30s";
    }
    target = duration;
    return "";
  };
}

TakeValue TakeChoice(std::string& target, std::vector<std::string> choices) {
  return [&target, choices = std::move(choices)](
             absl::string_view value) -> std::string {
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      return absl::StrCat("one of ", absl::StrJoin(choices, ", "));
    }
    target = std::string(value);
    return "";
  };
}

TakeValue TakeList(std::vector<std::string>& target) {
  return [&target](absl::string_view value) -> std::string {
    std::vector<std::string> parts = absl::StrSplit(value, ',');
    if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
      return "a list of names with commas between them";
    }
    target = std::move(parts);
    return "";
  };
}

absl::StatusOr<std::set<std::string>> ParseOptions(
    const std::vector<std::string>& arguments,
    const std::vector<Option>& options) {
  std::set<std::string> given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view argument = arguments[i];
    if (!absl::StartsWith(argument, "-")) {
      return Wrong(absl::StrCat("unexpected argument '", argument, "'"));
    }
    const std::size_t equals = argument.find('=');
    const absl::string_view name = argument.substr(0, equals);
    const Option* const option = Find(options, name);
    if (option == nullptr) {
      return Wrong(absl::StrCat("unknown option '", name, "'"));
    }
    absl::string_view value;
    if (equals != absl::string_view::npos) {
      value = argument.substr(equals + 1);
      if (option->value.empty()) {
        return Wrong(absl::StrCat(name, " takes no value: '", argument, "'"));
      }
    } else if (!option->value.empty() && i + 1 < arguments.size() &&
               !absl::StartsWith(arguments[i + 1], "--")) {
      value = arguments[++i];
    }
    if (value.empty() && !option->value.empty()) {
      return Wrong(
          absl::StrCat(name, " needs a value: ", name, " ", option->value));
    }
    const std::string wanted = option->take(value);
    if (!wanted.empty()) {
      return Wrong(absl::StrCat(name, ": '", value, "' is not ", wanted));
    }
    given.insert(option->name);
  }
  return given;
}

std::string Describe(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    std::string left = absl::StrCat("  ", option.name, " ", option.value);
    left += left.size() < kHelpColumn
                ? std::string(kHelpColumn - left.size(), ' ')
                : absl::StrCat("\n", std::string(kHelpColumn, ' '));
    absl::StrAppend(&text, left, Wrapped(option.help), "\n");
  }
  return text;
}

}  // namespace windtunnel::cli
