// operator<< of the structs that have field tables: what differs from the
// default, in the server's words.

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "shared/api/consumer_fields.h"
#include "shared/api/stream_fields.h"
#include "shared/api/words.h"
#include "windtunnel/consumer.h"
#include "windtunnel/publish.h"
#include "windtunnel/pull.h"
#include "windtunnel/stream.h"

namespace windtunnel {

namespace {

// The visitor that prints `{name: "ORDERS", max_age: 1h}`.
class Printer {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  template <typename T>
  void Struct(const T& value) {
    Printer members(out_);
    out_ << "{";
    api::VisitFields(members, value);
    if constexpr (std::is_same_v<T, StreamSource>) {
      members.Visit({"domain"}, value.domain);
    }
    out_ << "}";
  }

  template <typename T>
  void Visit(const api::Field& field, const T& value) {
    if constexpr (std::is_same_v<T, absl::Time>) {
      if (value == absl::InfinitePast()) return;
    } else {
      if (value == T{}) return;
    }
    out_ << separator_ << field.name << ": ";
    separator_ = ", ";
    Print(value);
  }

 private:
  void Print(bool value) { out_ << (value ? "true" : "false"); }
  void Print(int value) { out_ << value; }
  void Print(std::int64_t value) { out_ << value; }
  void Print(std::uint64_t value) { out_ << value; }
  void Print(const std::string& value) {
    out_ << "\"" << absl::CEscape(value) << "\"";
  }
  void Print(absl::Duration value) { out_ << absl::FormatDuration(value); }
  void Print(absl::Time value) {
    out_ << absl::FormatTime(value, absl::UTCTimeZone());
  }

  template <typename T>
  void Print(const std::optional<T>& value) {
    Print(*value);
  }

  template <typename T>
  void Print(const std::vector<T>& values) {
    out_ << "[";
    absl::string_view separator = "";
    for (const T& value : values) {
      out_ << separator;
      separator = ", ";
      Print(value);
    }
    out_ << "]";
  }

  template <typename T>
  void Print(const std::map<std::string, T>& values) {
    out_ << "{";
    absl::string_view separator = "";
    for (const auto& [key, value] : values) {
      out_ << separator;
      separator = ", ";
      Print(key);
      out_ << ": ";
      Print(value);
    }
    out_ << "}";
  }

  template <typename T>
    requires std::is_enum_v<T>
  void Print(T value) {
    out_ << value;
  }

  template <typename T>
    requires std::is_class_v<T>
  void Print(const T& value) {
    Struct(value);
  }

  std::ostream& out_;
  absl::string_view separator_ = "";
};

template <typename T>
std::ostream& PrintStruct(std::ostream& out, const T& value) {
  Printer(out).Struct(value);
  return out;
}

template <typename Enum>
std::ostream& PrintWord(std::ostream& out, Enum value) {
  const absl::string_view word = api::WordFor(value);
  if (word.empty()) return out << "unknown(" << static_cast<int>(value) << ")";
  return out << word;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Retention value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, Storage value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, Discard value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, Compression value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, PersistMode value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, DeliverPolicy value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, AckPolicy value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, ReplayPolicy value) {
  return PrintWord(out, value);
}
std::ostream& operator<<(std::ostream& out, PriorityPolicy value) {
  return PrintWord(out, value);
}

std::ostream& operator<<(std::ostream& out, const StreamConfig& config) {
  return PrintStruct(out, config);
}
std::ostream& operator<<(std::ostream& out, const StreamSource& source) {
  return PrintStruct(out, source);
}
std::ostream& operator<<(std::ostream& out, const StreamState& state) {
  return PrintStruct(out, state);
}
std::ostream& operator<<(std::ostream& out, const StreamInfo& info) {
  return PrintStruct(out, info);
}
std::ostream& operator<<(std::ostream& out, const ConsumerConfig& config) {
  return PrintStruct(out, config);
}
std::ostream& operator<<(std::ostream& out, const SequencePair& pair) {
  return PrintStruct(out, pair);
}
std::ostream& operator<<(std::ostream& out, const ConsumerInfo& info) {
  return PrintStruct(out, info);
}
std::ostream& operator<<(std::ostream& out, const PullRequest& request) {
  return PrintStruct(out, request);
}

std::ostream& operator<<(std::ostream& out, const StoredMessage& message) {
  out << "#" << message.sequence << " " << message.subject;
  if (!message.headers.empty()) out << " " << message.headers;
  return out << " \"" << absl::CEscape(message.data) << "\" stored "
             << absl::FormatTime(message.time, absl::UTCTimeZone());
}

std::ostream& operator<<(std::ostream& out, const StoredMessages& found) {
  for (const StoredMessage& message : found.messages) out << message << "\n";
  return out << found.remaining << " remain after #" << found.last_sequence;
}

std::ostream& operator<<(std::ostream& out, const PubAck& ack) {
  out << "#" << ack.sequence << " of " << ack.stream;
  if (!ack.domain.empty()) out << " in domain " << ack.domain;
  if (ack.duplicate) out << ", duplicate";
  if (!ack.value.empty()) out << ", value " << ack.value;
  if (!ack.batch_id.empty()) {
    out << ", batch " << ack.batch_id << " of " << ack.batch_size;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const PullStatus& status) {
  out << status.code << " " << status.description;
  if (status.pending_messages.has_value()) {
    out << ", " << *status.pending_messages << " messages unused";
  }
  if (status.pending_bytes.has_value()) {
    out << ", " << *status.pending_bytes << " bytes unused";
  }
  if (status.last_consumer_sequence.has_value()) {
    out << ", last consumer sequence " << *status.last_consumer_sequence;
  }
  if (status.last_stream_sequence.has_value()) {
    out << ", last stream sequence " << *status.last_stream_sequence;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const PushStatus& status) {
  out << status.code << " " << status.description;
  if (status.last_consumer_sequence.has_value()) {
    out << ", last consumer sequence " << *status.last_consumer_sequence;
  }
  if (status.last_stream_sequence.has_value()) {
    out << ", last stream sequence " << *status.last_stream_sequence;
  }
  if (!status.flow_control_subject.empty()) {
    out << ", flow control at " << status.flow_control_subject;
  }
  return out;
}

}  // namespace windtunnel
