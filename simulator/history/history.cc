#include "simulator/history/history.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace windtunnel::simulation {

void History::RecordText(absl::string_view text) {
  // Eight bytes at a time, put together so that the order of bytes in memory
  // does not matter.
  std::uint64_t word = text.size();
  int used = 0;
  for (const char c : text) {
    word = word << 8 | static_cast<unsigned char>(c);
    if (++used % 8 == 0) Mix(word);
  }
  Mix(word);
}

void History::AddLine(broker::Nanos now, absl::string_view text) {
  const broker::Nanos since = now - start_;
  lines_.push_back(absl::StrFormat("t=+%d.%09d %s", since / broker::kSecond,
                                   since % broker::kSecond, text));
  if (lines_.size() > limit_) lines_.pop_front();
}

std::string History::Text() const {
  std::string text;
  for (const std::string& line : lines_) absl::StrAppend(&text, line, "\n");
  return text;
}

}  // namespace windtunnel::simulation
