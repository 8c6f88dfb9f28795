#include "shared/api/json_reader.h"

#include <cstddef>
#include <limits>

#include "shared/api/go_time.h"

namespace windtunnel::api {

absl::string_view GoTypeName(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return "bool";
    case Json::value_t::string:
      return "string";
    case Json::value_t::array:
      return "array";
    case Json::value_t::object:
      return "object";
    case Json::value_t::null:
      return "null";
    default:
      return "number";
  }
}

void JsonReader::RefuseType(const Json& json, absl::string_view go_type) {
  if (path_.empty()) {
    return Refuse(absl::StrCat("json: cannot unmarshal ", GoTypeName(json),
                               " into Go value of type ", go_type));
  }
  // Older servers name the struct of a pull request (PUL-008).
  Refuse(absl::StrCat("json: cannot unmarshal ", GoTypeName(json), " into ",
                      is_element_ ? "" : "Go struct field ", struct_name_,
                      path_, " of type ", go_type));
}

void JsonReader::RefuseInteger(const Json& json, absl::string_view go_type) {
  if (!IsNumber(json)) return RefuseType(json, go_type);
  Refuse(absl::StrCat("json: cannot unmarshal number ", ToText(json),
                      " into Go struct field ", struct_name_, path_,
                      " of type ", go_type));
}

void JsonReader::RefuseTime(const Json& json) {
  if (!json.is_string()) return RefuseType(json, "time.Time");
  Refuse(ParseGoTime(json.get_ref<const std::string&>()).error);
}

void JsonReader::Read(const Field& field, const Json& json,
                      std::int64_t& target) {
  if (json.is_null()) return;
  const absl::string_view type = *field.go_type ? field.go_type : "int64";
  using Int64 = std::numeric_limits<std::int64_t>;
  using Int32 = std::numeric_limits<std::int32_t>;
  const std::int64_t max = type == "int32" ? Int32::max() : Int64::max();
  const std::int64_t min = type == "int32" ? Int32::min() : Int64::min();
  if (!json.is_number_integer()) return RefuseInteger(json, type);
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > static_cast<std::uint64_t>(max)) {
    return RefuseInteger(json, type);
  }
  const std::int64_t number = json.get<std::int64_t>();
  if (number < min) return RefuseInteger(json, type);
  target = number;
}

}  // namespace windtunnel::api
