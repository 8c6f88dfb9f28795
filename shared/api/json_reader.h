// JsonReader: the visitor that fills structs from JSON (see field.h), with the
// server's idea of what fits where.

#ifndef WINDTUNNEL_SHARED_API_JSON_READER_H_
#define WINDTUNNEL_SHARED_API_JSON_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/api/dialect.h"
#include "shared/api/field.h"
#include "shared/api/go_quote.h"
#include "shared/api/json.h"
#include "shared/api/time_text.h"
#include "shared/api/words.h"

namespace windtunnel::api {

// How Go's decoder names the type of `json`.
absl::string_view GoTypeName(const Json& json);

class JsonReader {
 public:
  explicit JsonReader(const Dialect& dialect) : dialect_(dialect) {}

  // Goes before the path in type errors.
  void set_struct_name(const char* name) { struct_name_ = name; }

  // Fills `target` from the object `json`; members that are not there keep
  // their value. The first error stays, what follows it is read all the same.
  template <typename T>
  void ReadRoot(const Json& json, T& target) {
    if (*struct_name_ == '\0') struct_name_ = kGoName<T>;
    ReadStruct(json, target);
  }

  template <typename T>
  void Visit(const Field& field, T& target) {
    if (member_.taken || field.since > dialect_.minor ||
        field.until < dialect_.minor ||
        !absl::EqualsIgnoreCase(field.name, member_.key)) {
      return;
    }
    member_.taken = true;
    const std::size_t outer = path_.size();
    absl::StrAppend(&path_, ".", member_.key);
    is_element_ = false;
    Read(field, *member_.value, target);
    path_.resize(outer);
  }

  // What Go's decoder would say, or nullopt.
  const std::optional<std::string>& error() const { return error_; }

 private:
  struct Member {
    Member() = default;
    Member(absl::string_view key, const Json& value)
        : key(key), value(&value) {}
    absl::string_view key;
    const Json* value = nullptr;
    bool taken = false;
  };

  template <typename T>
  void ReadStruct(const Json& json, T& target) {
    if (json.is_null()) return;
    if (!json.is_object()) return RefuseType(json, GoTypeOf<T>());
    for (const auto& [key, value] : json.items()) {
      Member member{key, value};
      std::swap(member_, member);
      VisitFields(*this, target);
      std::swap(member_, member);
      if (!member.taken && dialect_.strict) {
        Refuse(absl::StrCat("json: unknown field ", GoQuote(key)));
      }
    }
  }

  template <typename T>
  static std::string GoTypeOf() {
    if constexpr (std::is_same_v<T, std::string>) return "string";
    if constexpr (std::is_same_v<T, absl::Duration>) return "time.Duration";
    return absl::StrCat("server.", kGoName<T>);
  }

  void Refuse(std::string text) {
    if (!error_.has_value()) error_ = std::move(text);
  }
  void RefuseType(const Json& json, absl::string_view go_type);
  // A number of the wrong form or size is quoted, other values are not.
  void RefuseInteger(const Json& json, absl::string_view go_type);
  void RefuseTime(const Json& json);

  void Read(const Field&, const Json& json, bool& target) {
    if (json.is_null()) return;
    if (!json.is_boolean()) return RefuseType(json, "bool");
    target = json.get<bool>();
  }
  void Read(const Field&, const Json& json, std::string& target) {
    if (json.is_null()) return;
    if (!json.is_string()) return RefuseType(json, "string");
    target = json.get<std::string>();
  }
  void Read(const Field& field, const Json& json, std::int64_t& target);
  void Read(const Field& field, const Json& json, int& target) {
    std::int64_t number = target;
    Read(field, json, number);
    target = static_cast<int>(number);
  }
  void Read(const Field&, const Json& json, std::uint64_t& target) {
    if (json.is_null()) return;
    if (!json.is_number_unsigned()) return RefuseInteger(json, "uint64");
    target = json.get<std::uint64_t>();
  }
  void Read(const Field&, const Json& json, absl::Duration& target) {
    std::int64_t nanos = absl::ToInt64Nanoseconds(target);
    Read({"", 9, Show::kWhenSet, "time.Duration"}, json, nanos);
    target = absl::Nanoseconds(nanos);
  }

  void Read(const Field&, const Json& json, absl::Time& target) {
    if (json.is_null()) return;
    std::optional<absl::Time> time;
    if (json.is_string()) time = ParseRfc3339(json.get<std::string>());
    if (!time.has_value()) return RefuseTime(json);
    target = *time == ZeroTime() ? absl::InfinitePast() : *time;
  }
  // A time that answers always have is unset when it is the zero time.
  void Read(const Field& field, const Json& json,
            std::optional<absl::Time>& target) {
    target.reset();
    if (json.is_null()) return;
    if (json.is_string()) target = ParseRfc3339(json.get<std::string>());
    if (!target.has_value()) return RefuseTime(json);
    if (field.show == Show::kAlways && *target == ZeroTime()) target.reset();
  }

  template <typename T>
  void Read(const Field& field, const Json& json, std::optional<T>& target) {
    target.reset();
    if (json.is_null()) return;
    Read(field, json, target.emplace());
  }

  template <typename T>
  void Read(const Field& field, const Json& json, std::vector<T>& target) {
    target.clear();
    if (json.is_null()) return;
    if (!json.is_array()) {
      constexpr bool kPointers =
          *kGoName<T> != '\0' && !std::is_same_v<T, SubjectTransform>;
      return RefuseType(
          json, absl::StrCat("[]", kPointers ? "*" : "", GoTypeOf<T>()));
    }
    const std::size_t outer = path_.size();
    for (const Json& element : json) {
      absl::StrAppend(&path_, ".", target.size());
      is_element_ = true;
      Read(field, element, target.emplace_back());
      path_.resize(outer);
    }
    is_element_ = false;
  }

  template <typename T>
  void Read(const Field& field, const Json& json,
            std::map<std::string, T>& target) {
    target.clear();
    if (json.is_null()) return;
    if (!json.is_object()) {
      return RefuseType(json, absl::StrCat("map[string]", GoTypeOf<T>()));
    }
    for (const auto& [key, value] : json.items()) {
      const std::size_t outer = path_.size();
      absl::StrAppend(&path_, ".", key);
      Read(field, value, target[key]);
      path_.resize(outer);
    }
  }

  // Unlike the others, these do not take null (STR-010).
  template <typename T>
  requires std::is_enum_v<T>
  void Read(const Field&, const Json& json, T& target) {
    const Word<T>* word =
        json.is_string()
            ? FindWord<T>(json.get_ref<const std::string&>(), dialect_.minor)
            : nullptr;
    if (word != nullptr) {
      target = word->value;
    } else if constexpr (!requires { Words<T>::kRefusal; }) {
      Refuse(absl::StrCat("can not unmarshal ", GoQuote(ToText(json))));
    } else if (std::is_same_v<T, Compression> && !json.is_string() &&
               !json.is_null()) {
      Refuse(absl::StrCat("json: cannot unmarshal ", GoTypeName(json),
                          " into Go value of type string"));
    } else if (absl::EndsWith(Words<T>::kRefusal, " ")) {
      Refuse(absl::StrCat(Words<T>::kRefusal, ToText(json)));
    } else {
      Refuse(ToStd(Words<T>::kRefusal));
    }
  }

  template <typename T>
  requires std::is_class_v<T>
  void Read(const Field&, const Json& json, T& target) {
    ReadStruct(json, target);
  }

  const Dialect& dialect_;
  const char* struct_name_ = "";
  Member member_;
  std::string path_;
  bool is_element_ = false;  // Of an array: the texts differ.
  std::optional<std::string> error_;
};

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_READER_H_
