#include "windtunnel/message.h"

#include <ostream>

#include "absl/strings/escaping.h"
#include "windtunnel/subject.h"

namespace windtunnel {

std::ostream& operator<<(std::ostream& out, const Message& message) {
  out << message.subject;
  if (!message.reply.empty()) out << " (reply to " << message.reply << ")";
  if (!message.headers.empty()) out << " " << message.headers;
  return out << " \"" << absl::CEscape(message.data) << "\"";
}

absl::Status CheckMessageForWire(const Message& message) {
  absl::Status status = CheckSubjectForWire(message.subject);
  if (status.ok() && !message.reply.empty()) {
    status = CheckSubjectForWire(message.reply);
  }
  if (status.ok()) status = message.headers.Validate();
  return status;
}

}  // namespace windtunnel
