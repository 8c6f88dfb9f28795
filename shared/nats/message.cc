#include "windtunnel/message.h"

#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
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
  if (status.ok() && message.headers.status_code() != 0) {
    status = absl::InvalidArgumentError(
        absl::StrCat("the message to '", message.subject,
                     "' has a status line; only servers send one"));
  }
  return status;
}

}  // namespace windtunnel
