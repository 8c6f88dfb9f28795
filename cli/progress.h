// How far a run is: a line that is written again and again on a terminal, and
// now and then elsewhere.

#ifndef WINDTUNNEL_CLI_PROGRESS_H_
#define WINDTUNNEL_CLI_PROGRESS_H_

#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "cli/command.h"
#include "tests/property/conformance.h"

namespace windtunnel::cli {

// "132/200 programs, 245/min, 17s left, 1 difference, shrinking"
std::string InWords(const conform::Progress& progress);

// Threads: any.
class ProgressLine {
 public:
  explicit ProgressLine(Console& console) : console_(console) {}
  // Erases the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const conform::Progress& progress);

 private:
  Console& console_;
  std::mutex mutex_;
  bool written_ = false;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_PROGRESS_H_
