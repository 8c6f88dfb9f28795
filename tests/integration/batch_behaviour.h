// BatchBehaviour: what tests of counters and batches start from: answers as the
// text that the server sent.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_BATCH_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_BATCH_BEHAVIOUR_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {

class BatchBehaviour : public Behaviour {
 protected:
  // The answer to a publish with a reply subject, or what came instead.
  std::string Ask(const std::string& subject, const Headers& headers,
                  const std::string& data = "",
                  absl::Duration timeout = absl::Seconds(5)) {
    const absl::StatusOr<Message> answer = connection().Request(
        {.subject = subject, .headers = headers, .data = data},
        {.timeout = timeout});
    return answer.ok() ? answer->data : ErrorOf(answer).description;
  }

  // What every version answers to an ordinary publish into `stream`.
  std::string Ack(absl::string_view stream, std::uint64_t sequence) const {
    return absl::StrCat("{\"stream\":\"", stream, "\",",
                        Since("2.11") ? "" : " ", "\"seq\":", sequence, "}");
  }
  static std::string BatchAck(absl::string_view stream, std::uint64_t sequence,
                              absl::string_view batch, std::uint64_t count) {
    return absl::StrCat("{\"stream\":\"", stream, "\",\"seq\":", sequence,
                        ",\"batch\":\"", batch, "\",\"count\":", count, "}");
  }
  static std::string Refusal(absl::string_view stream, int code, int err_code,
                             absl::string_view description) {
    return absl::StrCat("{\"error\":{\"code\":", code,
                        ",\"err_code\":", err_code, ",\"description\":\"",
                        description, "\"},\"stream\":\"", stream,
                        "\",\"seq\":0}");
  }

  // Headers of message `sequence` of `batch`; `commit` "" is none.
  static Headers InBatch(absl::string_view batch, int sequence,
                         absl::string_view commit = "",
                         const Headers& more = {}) {
    Headers headers = more;
    headers.Set("Nats-Batch-Id", batch);
    headers.Set("Nats-Batch-Sequence", absl::StrCat(sequence));
    if (!commit.empty()) headers.Set("Nats-Batch-Commit", commit);
    return headers;
  }

  StoredMessage Get(absl::string_view stream, std::uint64_t sequence) {
    return jetstream().GetMessage(stream, {.seq = sequence}).value();
  }

  // The data of the next message, "none" if there is none.
  static std::string NextOf(Subscription& subscription,
                            absl::Duration timeout = absl::Seconds(5)) {
    const absl::StatusOr<Message> message = subscription.Next(timeout);
    return message.ok() ? message->data : "none";
  }
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_INTEGRATION_BATCH_BEHAVIOUR_H_
