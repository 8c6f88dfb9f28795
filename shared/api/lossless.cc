#include "shared/api/lossless.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"
#include "shared/api/field.h"
#include "shared/api/request_fields.h"
#include "shared/api/words.h"

namespace windtunnel::api {

namespace {

// The most text, so that no request can be too long for a connection.
constexpr std::size_t kMaxText = 4'096;

// The visitor (see field.h) that answers the question.
class Judge {
 public:
  enum class Kind { kRequest, kAnswer };
  Judge(const Dialect& dialect, Kind kind) : dialect_(dialect), kind_(kind) {}

  bool lossless() const {
    return lossless_ && (kind_ == Kind::kAnswer || text_ <= kMaxText);
  }

  template <typename T>
  void Visit(const Field& field, const T& value) {
    if (!lossless_) return;
    const bool known =
        field.since <= dialect_.minor && dialect_.minor <= field.until;
    lossless_ = known ? Fits(field, value) : value == T{};
  }

 private:
  bool Fits(const Field&, bool) { return true; }
  bool Fits(const Field&, int) { return true; }
  bool Fits(const Field&, std::uint64_t) { return true; }
  bool Fits(const Field&, std::int64_t value) {
    // Some fields are that narrow.
    return value >= std::numeric_limits<std::int32_t>::min() &&
           value <= std::numeric_limits<std::int32_t>::max();
  }
  bool Fits(const Field&, const std::string& value) {
    text_ += value.size();
    return IsPlainText(value);
  }
  bool Fits(const Field&, absl::Duration value) {
    const std::int64_t nanos = absl::ToInt64Nanoseconds(value);
    return nanos != std::numeric_limits<std::int64_t>::max() &&
           nanos != std::numeric_limits<std::int64_t>::min() &&
           absl::Nanoseconds(nanos) == value;
  }
  bool Fits(const Field&, absl::Time value) {
    if (value == absl::InfinitePast()) return kind_ == Kind::kAnswer;
    return IsNanos(value);
  }
  bool Fits(const Field&, const std::optional<absl::Time>& value) {
    return !value.has_value() || IsNanos(*value);
  }
  template <typename T>
  bool Fits(const Field& field, const std::optional<T>& value) {
    return !value.has_value() || Fits(field, *value);
  }
  template <typename T>
  bool Fits(const Field& field, const std::vector<T>& values) {
    text_ += values.size();
    return std::all_of(values.begin(), values.end(),
                       [&](const T& value) { return Fits(field, value); });
  }
  template <typename T>
  bool Fits(const Field& field, const std::map<std::string, T>& values) {
    text_ += values.size();
    return std::all_of(values.begin(), values.end(), [&](const auto& entry) {
      return Fits(field, entry.first) && Fits(field, entry.second);
    });
  }
  template <typename T>
  requires std::is_enum_v<T>
  bool Fits(const Field&, T value) {
    const Word<T>* word = FindWord<T>(WordFor(value), dialect_.minor);
    return word != nullptr && word->value == value;
  }
  // These are not read as they are written.
  bool Fits(const Field&, const StreamSource&) { return false; }
  bool Fits(const Field&, const StreamSourceInfo&) { return false; }
  template <typename T>
  requires std::is_class_v<T>
  bool Fits(const Field&, const T& value) {
    VisitFields(*this, value);
    return lossless_;
  }

  // Whole nanoseconds from 1970 on.
  static bool IsNanos(absl::Time time) {
    const std::int64_t nanos = absl::ToUnixNanos(time);
    return nanos > 0 && absl::FromUnixNanos(nanos) == time;
  }

  const Dialect& dialect_;
  const Kind kind_;
  bool lossless_ = true;
  std::size_t text_ = 0;
};

template <typename T>
bool IsLosslessAs(Judge::Kind kind, const Dialect& dialect, const T& value) {
  Judge judge(dialect, kind);
  VisitFields(judge, value);
  return judge.lossless();
}

}  // namespace

bool IsLossless(const Dialect& dialect, const StreamConfigRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const ConsumerCreateRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const StreamInfoRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const PageRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const PurgeRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const MessageGetRequest& request) {
  return IsLosslessAs(Judge::Kind::kRequest, dialect, request);
}

bool IsLossless(const Dialect& dialect, const StreamInfo& info) {
  return IsLosslessAs(Judge::Kind::kAnswer, dialect, info);
}

bool IsLossless(const Dialect& dialect, const ConsumerInfo& info) {
  return IsLosslessAs(Judge::Kind::kAnswer, dialect, info);
}

bool IsPlainText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace windtunnel::api
