// What a run of `windtunnel conform` found: for people, and for programs.

#ifndef WINDTUNNEL_CLI_REPORT_H_
#define WINDTUNNEL_CLI_REPORT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/conform_options.h"
#include "tests/property/conformance.h"

namespace windtunnel::cli {

struct Report {
  ConformArguments arguments = {};
  std::string server = {};  // A URL without credentials, or a path.
  std::string server_version = {};
  std::string profile = {};
  std::string prefix = {};
  absl::Time start = absl::UnixEpoch();
  conform::ConformanceResult result = {};
  int signal = 0;         // That ended it early, or 0.
  std::string lost = {};  // Why the server was lost; "": it was not.
};

// The exit status.
int StatusOf(const Report& report);

// A table by flavour.
std::string FlavourTable(const conform::ConformanceResult& result);
// How often what was reached.
std::string TallyText(const conform::Tally& tally);
// One difference with its story, how to repeat it and, where wanted, its test
// or where that was saved.
std::string DifferenceText(const Report& report, std::size_t index,
                           bool with_test);
// "200 programs agree": the last line.
std::string Verdict(const Report& report);

// A JSON document; its fields are named as here.
std::string ToJson(const Report& report);
// A JUnit test suite with a test case for each flavour.
std::string ToJUnit(const Report& report);
// `text` where XML allows text; what XML cannot hold becomes \x and two digits.
std::string EscapedXml(absl::string_view text);

// Creates `path` if need be, to see early that it can be written.
//
// Errors: kFailedPrecondition naming it.
absl::Status CheckWritable(const std::string& path);
absl::Status WriteFile(const std::string& path, const std::string& text);
// Creates `folder` if need be.
absl::Status CheckFolder(const std::string& folder);
// Writes story, test and program to `folder`, as SavedName() and ".txt",
// "_test.cc" and ".json".
absl::Status SaveDifference(const conform::Difference& difference,
                            const std::string& folder);
// "FOLDER/pull-seed-17"
std::string SavedName(const conform::Difference& difference,
                      const std::string& folder);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_REPORT_H_
