#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"
#include "rapidcheck.h"
#include "tests/property/generate.h"

namespace windtunnel::conform {
namespace {

using nlohmann::ordered_json;

// Requests with one field less, also of "config" and of what lists hold.
void WithoutField(const ordered_json& value, std::vector<ordered_json>& out) {
  for (const auto& [name, field] : value.items()) {
    ordered_json without = value;
    if (value.is_object()) {
      if (name == "name" || name == "stream_name" || name == "durable_name") {
        continue;
      }
      without.erase(name);
      out.push_back(std::move(without));
    }
    if (!field.is_structured()) continue;
    std::vector<ordered_json> inner;
    if (field.is_array() && field.size() > 1) {
      for (std::size_t i = 0; i < field.size(); ++i) {
        inner.push_back(field);
        inner.back().erase(i);
      }
    }
    WithoutField(field, inner);
    for (ordered_json& smaller : inner) {
      out.push_back(value);
      if (value.is_object()) {
        out.back()[name] = std::move(smaller);
      } else {
        out.back()[std::stoul(name)] = std::move(smaller);
      }
    }
  }
}

rc::Seq<Action> SmallerAction(const Action& action) {
  std::vector<Action> smaller;
  const auto with = [&](auto change) {
    Action changed = action;
    change(changed);
    if (!(changed == action)) smaller.push_back(std::move(changed));
  };
  for (std::size_t i = 0; i < action.headers.size(); ++i) {
    with([&](Action& changed) {
      changed.headers.erase(changed.headers.begin() + i);
    });
  }
  if (absl::StartsWith(action.body, "{")) {
    const ordered_json body =
        ordered_json::parse(action.body, nullptr, /*allow_exceptions=*/false);
    std::vector<ordered_json> bodies;
    if (!body.is_discarded()) WithoutField(body, bodies);
    for (const ordered_json& less : bodies) {
      with([&](Action& changed) { changed.body = less.dump(); });
    }
  } else if (action.kind == Action::Kind::kRequest && action.body.size() > 1) {
    with([](Action& changed) { changed.body = "d"; });
  }
  with([](Action& changed) { changed.token = changed.change = 0; });
  with([](Action& changed) { changed.connection = 0; });
  return rc::seq::fromContainer(std::move(smaller));
}

}  // namespace

rc::Seq<Program> Smaller(const Program& program) {
  const auto with_actions = [program](std::vector<Action> actions) {
    Program smaller = program;
    smaller.actions = std::move(actions);
    return smaller;
  };
  return rc::seq::map(
      rc::seq::concat(rc::shrink::removeChunks(program.actions),
                      rc::shrink::eachElement(program.actions, SmallerAction)),
      with_actions);
}

}  // namespace windtunnel::conform
