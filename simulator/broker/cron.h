// Cron: patterns of six fields (second, minute, hour, day, month, day of the
// week) and the instants that they match (PUB-090).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CRON_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CRON_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::broker {

class Cron {
 public:
  // nullopt if `pattern` is none.
  static std::optional<Cron> Parse(absl::string_view pattern);

  // The first matching second after `from`, by the clock of `zone`; nullopt if
  // none comes within five years.
  std::optional<absl::Time> Next(absl::Time from, absl::TimeZone zone) const;

 private:
  friend class CronSearch;

  // The values that match, as bits. A field with a `*` or `?` restricts
  // nothing.
  struct Field {
    std::uint64_t values = 0;
    bool any = false;

    bool Has(int value) const { return values >> value & 1; }
  };
  // What a field may hold; `names` are for values from `least` on.
  struct Range {
    std::uint64_t least;
    std::uint64_t most;
    absl::string_view names;
  };
  static std::optional<Field> ParseField(absl::string_view text,
                                         const Range& range);
  static bool AddPart(absl::string_view text, const Range& range, Field& field);

  Field second_, minute_, hour_, day_, month_, weekday_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CRON_H_
