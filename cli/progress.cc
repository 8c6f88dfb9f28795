#include "cli/progress.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace windtunnel::cli {

namespace {

constexpr absl::Duration kTerminalInterval = absl::Milliseconds(100);
constexpr absl::Duration kLogInterval = absl::Seconds(10);
constexpr absl::string_view kErase = "\r\x1b[K";

}  // namespace

std::string InWords(const conform::Progress& progress) {
  std::string text =
      absl::StrCat(progress.done, "/", progress.programs, " programs");
  const double minutes = absl::ToDoubleMinutes(progress.took);
  if (progress.done > 0 && minutes > 0) {
    absl::StrAppend(&text, ", ",
                    static_cast<int>(progress.done / minutes + 0.5), "/min");
    const int missing = progress.programs - progress.done;
    if (missing > 0) {
      const absl::Duration left =
          absl::Ceil(progress.took / progress.done * missing, absl::Seconds(1));
      absl::StrAppend(&text, ", ", absl::FormatDuration(left), " left");
    }
  }
  if (progress.differences > 0) {
    absl::StrAppend(&text, ", ", progress.differences,
                    progress.differences == 1 ? " difference" : " differences");
  }
  if (progress.shrinking) absl::StrAppend(&text, ", shrinking");
  return text;
}

ProgressLine::~ProgressLine() {
  if (written_ && console_.rewrites) console_.err << kErase << std::flush;
}

void ProgressLine::Show(const conform::Progress& progress) {
  std::lock_guard<std::mutex> lock(mutex_);
  const absl::Time now = absl::Now();
  // The first is shown at once on a terminal, elsewhere when it means
  // something.
  if (last_ == absl::InfinitePast() && !console_.rewrites) last_ = now;
  if (now - last_ < (console_.rewrites ? kTerminalInterval : kLogInterval)) {
    return;
  }
  last_ = now;
  written_ = true;
  if (console_.rewrites) {
    console_.err << kErase << InWords(progress) << std::flush;
  } else {
    console_.err << InWords(progress) << "\n" << std::flush;
  }
}

}  // namespace windtunnel::cli
