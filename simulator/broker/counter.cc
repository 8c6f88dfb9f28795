#include "simulator/broker/counter.h"

#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "simulator/broker/header_lines.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kSourcesHeader = "Nats-Counter-Sources";
// Of the words of Nats-Stream-Source (SRC-047), the origin's subject.
constexpr std::size_t kSubjectWord = 4;

}  // namespace

std::optional<Counter> Counter::Read(absl::string_view header_block,
                                     absl::string_view data) {
  const std::optional<std::string> value = api::DecodeCounterValue(data);
  if (!value.has_value()) return std::nullopt;
  Counter counter;
  counter.total_ = DecimalInteger::ParseStart(*value);
  if (const auto header = FindHeader(header_block, kSourcesHeader)) {
    std::optional<api::CounterSources> sources =
        api::DecodeCounterSources(*header);
    if (!sources.has_value()) return std::nullopt;
    counter.sources_ = *std::move(sources);
  }
  return counter;
}

std::optional<DecimalInteger> Counter::Merge(absl::string_view source,
                                             absl::string_view subject,
                                             absl::string_view data) {
  const std::optional<std::string> text = api::DecodeCounterValue(data);
  if (!text.has_value()) return std::nullopt;
  const DecimalInteger now = DecimalInteger::ParseStart(*text);
  const std::vector<std::string> words = absl::StrSplit(source, ' ');
  auto& of_origin = sources_[words[0]];
  if (!of_origin.has_value()) of_origin.emplace();
  std::string& last =
      (*of_origin)[words.size() > kSubjectWord ? words[kSubjectWord]
                                               : std::string(subject)];
  const DecimalInteger difference = now - DecimalInteger::ParseStart(last);
  last = now.ToString();
  Increment(difference);
  return difference;
}

std::string Counter::WithSources(absl::string_view header_block) const {
  if (sources_.empty()) return std::string(header_block);
  return WithHeaderSet(header_block, kSourcesHeader,
                       api::EncodeCounterSources(sources_));
}

}  // namespace windtunnel::broker
