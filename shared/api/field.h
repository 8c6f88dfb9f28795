// The field tables: each struct's fields, listed once.
//
// VisitFields(visitor, object) calls visitor.Visit(field, member) for each
// field, in the server's order. What writes, reads or prints JSON is a visitor;
// whatever differs by field or by server version is in the Field.

#ifndef WINDTUNNEL_SHARED_API_FIELD_H_
#define WINDTUNNEL_SHARED_API_FIELD_H_

#include <concepts>
#include <type_traits>

#include "shared/api/dialect.h"

namespace windtunnel::api {

enum class Show {
  kWhenSet,  // Answers leave it out at its default.
  kAlways,   // Answers always have it.
};

struct Field {
  const char* name;
  int since = 9;  // The minor of the first server that knows it.
  Show show = Show::kWhenSet;
  // What the server's own type is called, where its texts say so and it is not
  // int64; "int32" also has that type's range.
  const char* go_type = "";
  int until = kAnyMinor;  // The minor of the last server that knows it.
};

// What the server calls the struct, for the texts of its errors. "" if unnamed.
template <typename T>
inline constexpr const char* kGoName = "";

// `T` or `const T`: tables serve readers and writers.
template <typename T, typename Struct>
concept Like = std::same_as<std::remove_const_t<T>, Struct>;

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_FIELD_H_
