// The prefix of a run: what all its names on the server begin with, and no
// other name there does. "WT" and four letters or digits.

#ifndef WINDTUNNEL_CLI_RUN_PREFIX_H_
#define WINDTUNNEL_CLI_RUN_PREFIX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::cli {

bool IsRunPrefix(absl::string_view text);

// One that no name in `streams` begins with. Drawn from process and time.
std::string DrawPrefix(const std::vector<std::string>& streams);

// The name of a program of the run, as conform::Conform() makes them; its
// streams are that and "A", "B" or "C".
std::string ProgramName(absl::string_view prefix, int number);

// Those of streams that look as if a run had left them.
std::vector<std::string> LeftoverPrefixes(
    const std::vector<std::string>& streams);

// Deletes all streams whose names begin with `prefix`. Returns how many.
//
// Errors: those of JetStream::DeleteStream(); what was not deleted stays.
absl::StatusOr<int> DeleteStreamsOf(JetStream& jetstream,
                                    absl::string_view prefix);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_RUN_PREFIX_H_
