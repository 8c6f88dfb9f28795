// Message: what core NATS carries. A plain value.
//
//   connection.Publish({.subject = "orders.new", .data = "book"});

#ifndef WINDTUNNEL_MESSAGE_H_
#define WINDTUNNEL_MESSAGE_H_

#include <iosfwd>
#include <string>

#include "windtunnel/headers.h"

namespace windtunnel {

struct Message {
  std::string subject = {};
  std::string reply = {};  // Where an answer is wanted; "" for nowhere.
  Headers headers = {};
  std::string data = {};  // Any bytes, possibly none.

  friend bool operator==(const Message&, const Message&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Message& message);
};

// kInvalidArgument naming what cannot travel on the wire: a subject or reply
// with white space or NUL, a header name or value of the wrong form, a status
// line, which only servers send.
absl::Status CheckMessageForWire(const Message& message);

}  // namespace windtunnel

#endif  // WINDTUNNEL_MESSAGE_H_
