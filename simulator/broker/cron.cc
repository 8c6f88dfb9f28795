#include "simulator/broker/cron.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace windtunnel::broker {

namespace {

constexpr int kYearsAhead = 5;

constexpr absl::string_view kMonths =
    "jan feb mar apr may jun jul aug sep oct nov dec";
constexpr absl::string_view kWeekdays = "sun mon tue wed thu fri sat";

// What separates fields: white space as Unicode has it.
constexpr absl::string_view kBlanks[] = {
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085",
    "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
    "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u3000"};

std::vector<absl::string_view> SplitFields(absl::string_view text) {
  std::vector<absl::string_view> fields;
  std::size_t size = 0;  // Of the field that `text` starts with.
  const auto end_field = [&] {
    if (size > 0) fields.push_back(text.substr(0, size));
    text.remove_prefix(size);
    size = 0;
  };
  while (size < text.size()) {
    const auto blank = std::find_if(
        std::begin(kBlanks), std::end(kBlanks), [&](absl::string_view one) {
          return text.substr(size, one.size()) == one;
        });
    if (blank == std::end(kBlanks)) {
      ++size;
      continue;
    }
    end_field();
    text.remove_prefix(blank->size());
  }
  end_field();
  return fields;
}

// A number with an optional plus sign.
std::optional<std::uint64_t> ParseNumber(absl::string_view text) {
  absl::ConsumePrefix(&text, "+");
  if (text.empty() ||
      text.find_first_not_of("0123456789") != absl::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

// A number, or its name among `names`, which start at `least`.
std::optional<std::uint64_t> ParseValue(absl::string_view text,
                                        absl::string_view names,
                                        std::uint64_t least) {
  const std::string lower = absl::AsciiStrToLower(text);
  std::uint64_t value = least;
  for (const absl::string_view name : absl::StrSplit(names, ' ')) {
    if (!name.empty() && name == lower) return value;
    ++value;
  }
  return ParseNumber(text);
}

absl::Time FloorTo(absl::Time time, absl::Duration unit) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), unit);
}

// The instant that the clock of `zone` shows `civil`. Where it shows it never
// or twice, the server's own choice.
absl::Time FromClock(absl::CivilSecond civil, absl::TimeZone zone) {
  const absl::Time as_utc = absl::FromCivil(civil, absl::UTCTimeZone());
  const absl::Duration guess = absl::Seconds(zone.At(as_utc).offset);
  if (guess == absl::ZeroDuration()) return as_utc;
  return as_utc - absl::Seconds(zone.At(as_utc - guess).offset);
}

}  // namespace

std::optional<Cron> Cron::Parse(absl::string_view pattern) {
  const std::vector<absl::string_view> texts = SplitFields(pattern);
  struct Part {
    Field Cron::*field;
    Range range;
  };
  const Part parts[] = {
      {&Cron::second_, {0, 59, ""}},     {&Cron::minute_, {0, 59, ""}},
      {&Cron::hour_, {0, 23, ""}},       {&Cron::day_, {1, 31, ""}},
      {&Cron::month_, {1, 12, kMonths}}, {&Cron::weekday_, {0, 6, kWeekdays}}};
  if (texts.size() != std::size(parts)) return std::nullopt;
  Cron cron;
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    const std::optional<Field> field = ParseField(texts[i], parts[i].range);
    if (!field) return std::nullopt;
    cron.*parts[i].field = *field;
  }
  return cron;
}

std::optional<Cron::Field> Cron::ParseField(absl::string_view text,
                                            const Range& range) {
  Field field;
  for (const absl::string_view part :
       absl::StrSplit(text, ',', absl::SkipEmpty())) {
    if (!AddPart(part, range, field)) return std::nullopt;
  }
  return field;
}

// `*`, `n`, `n-m`, each with an optional `/step`.
bool Cron::AddPart(absl::string_view text, const Range& range, Field& field) {
  const std::vector<absl::string_view> halves = absl::StrSplit(text, '/');
  if (halves.size() > 2) return false;
  const std::vector<absl::string_view> ends = absl::StrSplit(halves[0], '-');
  const bool any = ends[0] == "*" || ends[0] == "?";
  std::uint64_t first = range.least;
  std::uint64_t last = range.most;
  if (!any) {
    if (ends.size() > 2) return false;
    const auto from = ParseValue(ends.front(), range.names, range.least);
    const auto to = ParseValue(ends.back(), range.names, range.least);
    if (!from || !to) return false;
    first = *from;
    last = *to;
  }
  std::uint64_t step = 1;
  if (halves.size() == 2) {
    const std::optional<std::uint64_t> number = ParseNumber(halves[1]);
    if (!number || *number == 0) return false;
    step = *number;
    if (ends.size() == 1) last = range.most;  // From there on.
  }
  if (first < range.least || last > range.most || first > last) return false;
  for (std::uint64_t value = first; value <= last; value += step) {
    field.values |= std::uint64_t{1} << value;
  }
  if (any && step == 1) field.any = true;
  return true;
}

// Goes forward unit by unit, months first, until all fields match.
class CronSearch {
 public:
  CronSearch(const Cron& cron, absl::Time from, absl::TimeZone zone)
      : cron_(cron),
        zone_(zone),
        now_(FloorTo(from, absl::Seconds(1)) + absl::Seconds(1)) {}

  std::optional<absl::Time> Run() {
    for (const Cron::Field& field :
         {cron_.second_, cron_.minute_, cron_.hour_, cron_.month_}) {
      if (field.values == 0) return std::nullopt;
    }
    const absl::civil_year_t last_year = Clock().year() + kYearsAhead;
    while (Clock().year() <= last_year) {
      if (SeekMonth() && SeekDay() && SeekHour() && SeekMinute() &&
          SeekSecond()) {
        return now_;
      }
    }
    return std::nullopt;
  }

 private:
  absl::CivilSecond Clock() const { return zone_.At(now_).cs; }

  // Each: false if the next larger unit began.
  bool SeekMonth() {
    while (!cron_.month_.Has(Clock().month())) {
      const absl::CivilSecond c = Clock();
      StartUnit(FromClock(absl::CivilSecond(c.year(), c.month()), zone_));
      const absl::CivilSecond s = Clock();
      now_ = FromClock(absl::CivilSecond(s.year(), s.month() + 1, s.day(),
                                         s.hour(), s.minute(), s.second()),
                       zone_);
      if (Clock().month() == 1) return false;
    }
    return true;
  }
  bool SeekDay() {
    while (!DayMatches(Clock())) {
      StartUnit(FromClock(absl::CivilSecond(absl::CivilDay(Clock())), zone_));
      const absl::CivilSecond s = Clock();
      now_ = FromClock(absl::CivilSecond(s.year(), s.month(), s.day() + 1,
                                         s.hour(), s.minute(), s.second()),
                       zone_);
      if (Clock().day() == 1) return false;
    }
    return true;
  }
  bool SeekHour() {
    while (!cron_.hour_.Has(Clock().hour())) {
      StartUnit(FromClock(absl::CivilSecond(absl::CivilHour(Clock())), zone_));
      now_ += absl::Hours(1);
      if (Clock().hour() == 0) return false;
    }
    return true;
  }
  bool SeekMinute() {
    while (!cron_.minute_.Has(Clock().minute())) {
      StartUnit(FloorTo(now_, absl::Minutes(1)));
      now_ += absl::Minutes(1);
      if (Clock().minute() == 0) return false;
    }
    return true;
  }
  bool SeekSecond() {
    while (!cron_.second_.Has(Clock().second())) {
      started_ = true;
      now_ += absl::Seconds(1);
      if (Clock().second() == 0) return false;
    }
    return true;
  }

  // The first unit that is skipped is left from its start, not from within.
  void StartUnit(absl::Time start) {
    if (!started_) now_ = start;
    started_ = true;
  }

  bool DayMatches(absl::CivilSecond civil) const {
    const bool day = cron_.day_.Has(civil.day());
    // Weekdays of absl start on Monday, those of cron on Sunday.
    const int weekday = (static_cast<int>(absl::GetWeekday(civil)) + 1) % 7;
    const bool of_week = cron_.weekday_.Has(weekday);
    if (cron_.day_.any || cron_.weekday_.any) return day && of_week;
    return day || of_week;
  }

  const Cron& cron_;
  const absl::TimeZone zone_;
  absl::Time now_;
  bool started_ = false;
};

std::optional<absl::Time> Cron::Next(absl::Time from,
                                     absl::TimeZone zone) const {
  return CronSearch(*this, from, zone).Run();
}

}  // namespace windtunnel::broker
