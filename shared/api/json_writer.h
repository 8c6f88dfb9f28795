// JsonWriter: the visitor that turns structs into JSON (see field.h).

#ifndef WINDTUNNEL_SHARED_API_JSON_WRITER_H_
#define WINDTUNNEL_SHARED_API_JSON_WRITER_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/api/dialect.h"
#include "shared/api/field.h"
#include "shared/api/json.h"
#include "shared/api/time_text.h"
#include "shared/api/words.h"

namespace windtunnel::api {

class JsonWriter {
 public:
  // Writes a request: only what differs from the default.
  JsonWriter() = default;
  // Writes an answer of a server.
  explicit JsonWriter(const Dialect& dialect) : dialect_(&dialect) {}

  template <typename T>
  void Visit(const Field& field, const T& value) {
    if (dialect_ != nullptr && field.since > dialect_->minor) return;
    const bool always =
        dialect_ != nullptr && field.show == Show::kAlways;
    if (always || !IsDefault(value)) {
      json_[field.name] = Write(field, value);
    }
  }

  // What was met that JSON cannot carry. Answers never fail.
  const absl::Status& status() const { return status_; }
  Json Take() && { return std::move(json_); }

  template <typename T>
  Json WriteStruct(const T& value) {
    JsonWriter writer;
    writer.dialect_ = dialect_;
    VisitFields(writer, value);
    status_.Update(writer.status_);
    return std::move(writer.json_);
  }

 private:
  // Zero is the default of every field, also where the struct's is another.
  template <typename T>
  static bool IsDefault(const T& value) {
    if constexpr (std::is_same_v<T, absl::Time>) {
      return false;
    } else {
      return value == T{};
    }
  }

  Json Write(const Field&, bool value) { return value; }
  Json Write(const Field&, int value) { return value; }
  Json Write(const Field&, std::int64_t value) { return value; }
  Json Write(const Field&, std::uint64_t value) { return value; }
  Json Write(const Field&, const std::string& value) { return value; }

  Json Write(const Field& field, absl::Duration value) {
    // How long ago something was that never was (SRC-039).
    if (dialect_ != nullptr && value == absl::InfiniteDuration()) return -1;
    const std::int64_t nanos = absl::ToInt64Nanoseconds(value);
    // The conversion saturates.
    if (nanos == std::numeric_limits<std::int64_t>::max() ||
        nanos == std::numeric_limits<std::int64_t>::min()) {
      Refuse(field, absl::FormatDuration(value),
             "is beyond int64 nanoseconds");
    }
    return nanos;
  }

  Json Write(const Field& field, absl::Time value) {
    if (dialect_ == nullptr && !CanFormatRfc3339(value)) {
      Refuse(field, absl::FormatTime(value, absl::UTCTimeZone()),
             "is outside the years 1 to 9999");
    }
    return FormatRfc3339(value);
  }

  Json Write(const Field& field, const std::optional<absl::Time>& value) {
    return Write(field, value.value_or(ZeroTime()));
  }

  template <typename T>
  Json Write(const Field& field, const std::optional<T>& value) {
    return value.has_value() ? Write(field, *value) : Json();
  }

  template <typename T>
  Json Write(const Field& field, const std::vector<T>& values) {
    Json array = Json::array();
    for (const T& value : values) array.push_back(Write(field, value));
    return array;
  }

  template <typename T>
  Json Write(const Field& field, const std::map<std::string, T>& values) {
    // operator[] would search: a page of subjects has up to 100,000 (API-067).
    Json::object_t object;
    for (const auto& [key, value] : values) {
      object.emplace_back(key, Write(field, value));
    }
    return object;
  }

  template <typename T>
    requires std::is_enum_v<T>
  Json Write(const Field&, T value) {
    return ToStd(WordFor(value));
  }

  template <typename T>
    requires std::is_class_v<T>
  Json Write(const Field&, const T& value) {
    return WriteStruct(value);
  }

  void Refuse(const Field& field, absl::string_view value,
              absl::string_view why) {
    status_.Update(absl::InvalidArgumentError(
        absl::StrCat(field.name, ": ", value, " ", why)));
  }

  const Dialect* dialect_ = nullptr;  // Null: a request.
  Json json_ = Json::object();
  absl::Status status_;
};

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_WRITER_H_
