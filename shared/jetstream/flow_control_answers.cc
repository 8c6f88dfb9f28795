#include "shared/jetstream/flow_control_answers.h"

#include "absl/strings/str_cat.h"
#include "windtunnel/message.h"

namespace windtunnel::internal {

void FlowControlAnswers::Answer(const PushStatus& status) {
  if (status.flow_control_subject.empty() ||
      status.flow_control_subject == answered_) {
    return;
  }
  Message answer;
  answer.subject = status.flow_control_subject;
  if (acknowledge_taken_ && last_consumer_sequence_ > 0) {  // CON-174
    answer.headers.Add("Nats-Last-Consumer",
                       absl::StrCat(last_consumer_sequence_));
    answer.headers.Add("Nats-Last-Stream", absl::StrCat(last_stream_sequence_));
  }
  if (connection_.Publish(answer).ok()) answered_ = answer.subject;
}

}  // namespace windtunnel::internal
