// A report for tests: two flavours, one difference full of characters that need
// care.

#ifndef WINDTUNNEL_CLI_REPORT_OF_A_DIFFERENCE_H_
#define WINDTUNNEL_CLI_REPORT_OF_A_DIFFERENCE_H_

#include <string>

#include "cli/report.h"

namespace windtunnel::cli {

inline Report ReportOfADifference() {
  const std::string odd("a <b> & \"c\" \x01 \0 d", 18);
  const conform::Program program{
      .flavour = "pull",
      .actions = {{.subject = "$JS.API.STREAM.CREATE.@A", .body = odd},
                  {.subject = "@.a", .headers = {{"H", odd}}, .body = odd}}};
  const conform::Difference difference{
      .seed = 17,
      .original = program,
      .program = program,
      .simulated = {.steps = {{{"answer", "{\"a\":1}"}}, {{"answer", odd}}}},
      .live = {.steps = {{{"answer", "{\"a\":1}"}},
                         {{"in.@.x", "a <b> \xff"}}}},
      .step = 1};
  Report report{.server = "nats://h:4222",
                .server_version = "2.15.1",
                .profile = "2.15",
                .prefix = "WT3K9Q"};
  report.arguments.server = "nats://u:secret@h:4222";
  report.arguments.programs = 5;
  report.result = {
      .flavours =
          {{"pull", {.programs = 2, .actions = 9, .differing = 1}},
           {"streams",
            {.programs = 3, .actions = 4, .unsteady = 1, .undecided = 2}}},
      .differences = {difference},
      .tally = {{"action: publish", 3},
                {"action: create stream", 7},
                {"answer: ok", 9}},
      .programs = 5,
      .took = absl::Milliseconds(2500)};
  return report;
}

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_REPORT_OF_A_DIFFERENCE_H_
