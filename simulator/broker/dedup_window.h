// DedupWindow: the message ids that a stream has seen lately (PUB-032 to
// PUB-041).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DEDUP_WINDOW_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DEDUP_WINDOW_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

class DedupWindow {
 public:
  DedupWindow();
  ~DedupWindow();

  // The sequence stored with `id`, if it is in the table.
  std::optional<std::uint64_t> Find(absl::string_view id) const;
  // Requires: `id` is not in the table. `stored` is 0 for a skipped message,
  // whose id goes at the next timer run (PUB-040).
  void Add(absl::string_view id, std::uint64_t sequence, Nanos now,
           Nanos stored);
  // Where it changes overdue ids go at once (PUB-038), and those of skipped
  // messages that are the oldest.
  void SetWindow(Nanos window, Nanos now);
  void Clear();

  // The next timer run (PUB-034); kNever if the table is empty.
  Nanos NextDeadline() const;
  void RunDeadlines(Nanos now);

  std::size_t size() const;

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DEDUP_WINDOW_H_
