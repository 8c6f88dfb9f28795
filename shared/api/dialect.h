// Dialect: how one server version reads and writes JSON.

#ifndef WINDTUNNEL_SHARED_API_DIALECT_H_
#define WINDTUNNEL_SHARED_API_DIALECT_H_

namespace windtunnel::api {

// Newer than any server: knows all fields.
inline constexpr int kAnyMinor = 1'000'000;

struct Dialect {
  // The 15 of 2.15. Fields of later minors are unknown to it and not shown.
  int minor = 15;
  // Unknown fields are refused (STR-008, CON-005). Some requests never are
  // strict: see API-012.
  bool strict = true;
  // "invalid JSON: <detail>" instead of "invalid JSON" (STR-007).
  bool error_detail = true;
  // `{"stream":"S", "seq":1}` (PUB-001).
  bool pub_ack_has_blank = false;
};

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_DIALECT_H_
