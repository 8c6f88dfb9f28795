#include "client/nats/message.h"

#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/nats/status.h"

namespace windtunnel::internal {

namespace {

// The header block as it came over the wire. nats.c keeps a received message in
// one piece: subject, NUL, reply and NUL if there is one, header block and NUL
// if there is one, data. Its own functions are no way to read the block: they
// lose the order of the names, give an empty value the text of the next line,
// and do not tell a status line from a header called Status.
absl::string_view HeaderBlock(const natsMsg& received) {
  const char* before = natsMsg_GetReply(&received);
  if (before == nullptr) before = natsMsg_GetSubject(&received);
  const char* begin = before + std::strlen(before) + 1;
  const char* data = natsMsg_GetData(&received);
  if (data <= begin) return {};
  return {begin, static_cast<std::size_t>(data - begin - 1)};
}

}  // namespace

absl::StatusOr<NatsMsgPtr> ToNatsMsg(const Message& message) {
  if (message.data.size() > std::numeric_limits<int>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the message to ", message.subject, " is over 2 GiB"));
  }
  natsMsg* created = nullptr;
  natsStatus status = natsMsg_Create(
      &created, message.subject.c_str(),
      message.reply.empty() ? nullptr : message.reply.c_str(),
      message.data.data(), static_cast<int>(message.data.size()));
  NatsMsgPtr owner(created);
  for (const auto& [name, value] : message.headers.entries()) {
    if (status != NATS_OK) break;
    status = natsMsgHeader_Add(created, name.c_str(), value.c_str());
  }
  if (status != NATS_OK) {
    return FromNatsStatus(status,
                          absl::StrCat("a message to ", message.subject));
  }
  return owner;
}

Message FromNatsMsg(const natsMsg& received) {
  Message message;
  message.subject = natsMsg_GetSubject(&received);
  if (const char* reply = natsMsg_GetReply(&received); reply != nullptr) {
    message.reply = reply;
  }
  message.data.assign(
      natsMsg_GetData(&received),
      static_cast<std::size_t>(natsMsg_GetDataLength(&received)));
  // The server passes on what a publisher sent, so the block may be malformed;
  // such a message arrives without headers.
  if (absl::StatusOr<Headers> headers = Headers::Parse(HeaderBlock(received));
      headers.ok()) {
    message.headers = *std::move(headers);
  }
  return message;
}

}  // namespace windtunnel::internal
