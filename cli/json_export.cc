#include "absl/strings/str_cat.h"
#include "cli/report.h"
#include "nlohmann/json.hpp"
#include "tests/property/story.h"
#include "tests/property/tolerance.h"

namespace windtunnel::cli {

namespace {

using nlohmann::json;

json OptionsOf(const ConformArguments& arguments) {
  return {{"server", WithoutCredentials(arguments.server)},
          {"spawn", arguments.spawn},
          {"programs", arguments.programs},
          {"seed", arguments.seed},
          {"profile", arguments.profile},
          {"flavours", arguments.flavours},
          {"at_once", arguments.at_once},
          {"max_differences", arguments.max_differences},
          {"shrink_for_seconds", absl::ToDoubleSeconds(arguments.shrink_for)},
          {"replay", arguments.replay}};
}

json ProgramOf(const conform::Program& program) {
  const std::string text = conform::ToJson(program);
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? json(text) : parsed;
}

json DifferenceOf(const conform::Difference& difference) {
  return {{"seed", difference.seed},
          {"flavour", difference.program.flavour},
          {"step", difference.step},
          {"story", conform::Story(difference)},
          {"test",
           conform::AsTest(difference, absl::StrCat("Seed", difference.seed))},
          {"program", ProgramOf(difference.program)},
          {"original", ProgramOf(difference.original)}};
}

std::string HowCompared(const conform::Tolerance& tolerance) {
  using Kind = conform::Tolerance::Kind;
  switch (tolerance.kind) {
    case Kind::kField:
      return "not compared";
    case Kind::kAbsent:
      return "neither it nor whether it is there";
    case Kind::kTime:
      return "only whether it is set";
    case Kind::kSymbol:
      return "only where the same comes again";
    case Kind::kOrder:
      return "in any order";
    case Kind::kProgram:
      return "not in such programs";
    case Kind::kDuration:
      return absl::StrCat("within ", absl::FormatDuration(tolerance.within));
  }
  return "";
}

json TolerancesOf() {
  json list = json::array();
  for (const conform::Tolerance& tolerance : conform::Tolerances()) {
    list.push_back({{"what", std::string(tolerance.what)},
                    {"compared", HowCompared(tolerance)},
                    {"why", std::string(tolerance.why)}});
  }
  return list;
}

}  // namespace

std::string ToJson(const Report& report) {
  json flavours = json::object();
  for (const auto& [name, flavour] : report.result.flavours) {
    flavours[name] = {
        {"programs", flavour.programs},
        {"actions", flavour.actions},
        {"agreed", flavour.programs - flavour.differing - flavour.unsteady},
        {"differing", flavour.differing},
        {"unsteady", flavour.unsteady},
        {"undecided", flavour.undecided}};
  }
  json differences = json::array();
  for (const conform::Difference& difference : report.result.differences) {
    differences.push_back(DifferenceOf(difference));
  }
  const json document = {
      {"windtunnel", WINDTUNNEL_VERSION},
      {"options", OptionsOf(report.arguments)},
      {"server", report.server},
      {"server_version", report.server_version},
      {"profile", report.profile},
      {"prefix", report.prefix},
      {"seed", report.arguments.seed},
      {"start",
       absl::FormatTime(absl::RFC3339_sec, report.start, absl::UTCTimeZone())},
      {"duration_seconds", absl::ToDoubleSeconds(report.result.took)},
      {"signal", report.signal},
      {"lost", report.lost},
      {"programs", report.result.programs},
      {"flavours", std::move(flavours)},
      {"tally", report.result.tally},
      {"tolerances", TolerancesOf()},
      {"differences", std::move(differences)}};
  // Programs send bytes that are no UTF-8 too.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace windtunnel::cli
