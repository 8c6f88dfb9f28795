// Headers: the name-value lines of a message, in order.
//
// Names are compared byte by byte (WIR-069) and may repeat. A message may also
// carry a status, such as 503 for no responders (WIR-075).
//
// Threads: as a std::vector; one writer or many readers.

#ifndef WINDTUNNEL_HEADERS_H_
#define WINDTUNNEL_HEADERS_H_

#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace windtunnel {

class Headers {
 public:
  using Entry = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Entry> entries) : entries_(entries) {}

  // Appends a line; earlier lines of the same name stay.
  void Add(absl::string_view name, absl::string_view value);
  // Removes all lines of `name` and appends one.
  void Set(absl::string_view name, absl::string_view value);
  // Removes all lines of `name`; false if there was none.
  bool Remove(absl::string_view name);

  // The first value of `name`.
  std::optional<absl::string_view> Get(absl::string_view name) const;
  // All values of `name`, in order.
  std::vector<absl::string_view> Values(absl::string_view name) const;

  bool empty() const { return entries_.empty() && status_code_ == 0; }
  const std::vector<Entry>& entries() const { return entries_; }

  // The status line of a message from the server: 0 and "" when it has none.
  int status_code() const { return status_code_; }
  const std::string& status_text() const { return status_text_; }
  void SetStatus(int code, absl::string_view text);

  // kInvalidArgument naming the line if it cannot be written: an empty name, a
  // name with a colon, blank or control character, a value with CR, LF or NUL.
  absl::Status Validate() const;

  // The wire form, from `NATS/1.0` to the empty line; "" for empty headers.
  std::string Encode() const;
  // Reads the wire form. "" gives empty headers. kInvalidArgument if the version
  // line is missing. Lines without a colon are skipped.
  static absl::StatusOr<Headers> Parse(absl::string_view block);

  friend bool operator==(const Headers&, const Headers&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Headers& headers);

 private:
  std::vector<Entry> entries_;
  int status_code_ = 0;
  std::string status_text_;
};

// Finds the first line `name` in the wire form without parsing the rest
// (PUB-011): case-sensitive, at line start, leading blanks of the value skipped.
// Absent and empty are both nullopt.
std::optional<absl::string_view> FindHeader(absl::string_view block,
                                            absl::string_view name);

}  // namespace windtunnel

#endif  // WINDTUNNEL_HEADERS_H_
