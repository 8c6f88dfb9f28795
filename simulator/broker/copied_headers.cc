#include "simulator/broker/copied_headers.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "simulator/broker/sha256.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kSourceName = "Nats-Stream-Source";
constexpr absl::string_view kAll = ">";

// The lines of `block` that start with none of `prefixes`, without its end; ""
// if none is left.
std::string Filter(absl::string_view block,
                   const std::vector<absl::string_view>& prefixes) {
  std::string kept;
  bool is_first = true;
  bool has_lines = false;
  while (!block.empty()) {
    const std::size_t end = std::min(block.find('\n'), block.size() - 1) + 1;
    const absl::string_view line = block.substr(0, end);
    block.remove_prefix(end);
    if (line == "\r\n") break;
    const bool dropped = std::any_of(prefixes.begin(), prefixes.end(),
                                     [&](absl::string_view prefix) {
                                       return absl::StartsWith(line, prefix);
                                     });
    if (dropped) continue;
    kept.append(line.data(), line.size());
    has_lines |= !is_first;
    is_first = false;
  }
  return has_lines ? kept : std::string();
}

absl::string_view OrAll(absl::string_view subject) {
  return subject.empty() ? kAll : subject;
}

}  // namespace

std::string MirroredHeaders(const Profile& profile, absl::string_view block) {
  std::vector<absl::string_view> dropped;
  if (profile.mirror_drops_expectations) dropped.push_back("Nats-Expected-");
  if (profile.copies_drop_batches) dropped.push_back("Nats-Batch-");
  const auto is_in = [&](absl::string_view prefix) {
    return absl::StrContains(block, absl::StrCat("\n", prefix));
  };
  if (std::none_of(dropped.begin(), dropped.end(), is_in)) {
    return std::string(block);
  }
  std::string kept = Filter(block, dropped);
  if (!kept.empty()) kept += "\r\n";
  return kept;
}

std::string SourcedHeaders(const Profile& profile, absl::string_view block,
                           absl::string_view source) {
  std::vector<absl::string_view> dropped = {"Nats-Stream-Source:"};
  if (profile.source_drops_expectations) dropped.push_back("Nats-Expected-");
  if (profile.copies_drop_batches) dropped.push_back("Nats-Batch-");
  std::string headers = Filter(block, dropped);
  if (headers.empty()) headers = "NATS/1.0\r\n";
  absl::StrAppend(&headers, kSourceName, ": ", source, "\r\n\r\n");
  return headers;
}

SourceKey KeyOf(const Profile& profile, const StreamSource& source) {
  SourceKey key{source.name, {}, {}};
  if (source.external) {
    absl::StrAppend(&key.name, ":", ShortHash(source.external->api));
  }
  if (source.consumer) {
    absl::StrAppend(&key.name, ":C=", ShortHash(source.consumer->name));
  }
  if (!profile.source_header_has_filter) return key;
  if (source.subject_transforms.empty()) {
    key.filters = std::string(OrAll(source.filter_subject));
    key.destinations = std::string(kAll);
    return key;
  }
  const auto join = [&](std::string SubjectTransform::*part) {
    return absl::StrJoin(
        source.subject_transforms, "\f",
        [&](std::string* out, const SubjectTransform& transform) {
          absl::StrAppend(out, OrAll(transform.*part));
        });
  };
  key.filters = join(&SubjectTransform::src);
  key.destinations = join(&SubjectTransform::dest);
  return key;
}

std::string StreamIdentity(Nanos created) {
  return ShortHash(absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                                    absl::FromUnixNanos(created),
                                    absl::UTCTimeZone()));
}

std::string SourceHeader(const Profile& profile, const SourceKey& key,
                         std::uint64_t sequence, absl::string_view subject,
                         absl::string_view identity) {
  std::string header = absl::StrCat(key.name, " ", sequence);
  if (profile.source_header_has_filter) {
    absl::StrAppend(&header, " ", key.filters, " ", key.destinations);
  }
  if (profile.source_header_has_subject) {
    absl::StrAppend(&header, " ", subject);
  }
  if (!identity.empty()) absl::StrAppend(&header, " ", identity);
  return header;
}

std::optional<SourcedFrom> ReadSourceHeader(absl::string_view block) {
  const std::optional<absl::string_view> value = FindHeader(block, kSourceName);
  if (!value) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(*value, ' ');
  SourcedFrom from;
  if ((fields.size() != 2 && fields.size() < 4) ||
      !absl::SimpleAtoi(fields[1], &from.sequence)) {
    return std::nullopt;
  }
  from.key.name = fields[0];
  if (fields.size() >= 4) {
    from.key.filters = fields[2];
    from.key.destinations = fields[3];
  }
  if (fields.size() >= 6) from.identity = fields[5];
  return from;
}

bool IsFrom(const SourcedFrom& from, const SourceKey& key) {
  return from.key.filters.empty() || key.filters.empty()
             ? from.key.name == key.name
             : from.key == key;
}

}  // namespace windtunnel::broker
