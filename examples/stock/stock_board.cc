#include "examples/stock/stock_board.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace stock {
namespace {

constexpr absl::string_view kBookings = "stock.";

}  // namespace

absl::Status SetUp(windtunnel::JetStream& jetstream,
                   const StockOptions& options) {
  return jetstream
      .CreateOrUpdateStream(
          {.name = options.stream, .subjects = {absl::StrCat(kBookings, "*")}},
          {})
      .status();
}

absl::StatusOr<windtunnel::PubAck> Book(windtunnel::JetStream& jetstream,
                                        absl::string_view item, int pieces) {
  return jetstream.Publish(
      {.subject = absl::StrCat(kBookings, item), .data = absl::StrCat(pieces)});
}

StockBoard::StockBoard(windtunnel::Connection& connection,
                       const StockOptions& options)
    : runtime_(connection.runtime()),
      bookings_(connection.jetstream(), options.stream,
                {.heartbeat = options.heartbeat, .name_prefix = "stock-board"}),
      mutex_(runtime_),
      applied_(runtime_) {}

absl::Status StockBoard::Start() {
  auto consumption = bookings_.Consume(
      {}, [this](windtunnel::Delivery delivery) { Apply(delivery); });
  if (!consumption.ok()) return consumption.status();
  consumption_ = *std::move(consumption);
  return absl::OkStatus();
}

void StockBoard::Stop() { consumption_.reset(); }

void StockBoard::Apply(const windtunnel::Delivery& delivery) {
  int pieces = 0;
  windtunnel::MutexLock lock(mutex_);
  if (absl::SimpleAtoi(delivery.data(), &pieces)) {
    const absl::string_view item =
        absl::StripPrefix(delivery.subject(), kBookings);
    pieces_[std::string(item)] += pieces;
  }
  last_sequence_ = delivery.stream_sequence();
  applied_.NotifyAll();
}

std::int64_t StockBoard::Pieces(absl::string_view item) const {
  windtunnel::MutexLock lock(mutex_);
  const auto found = pieces_.find(item);
  return found == pieces_.end() ? 0 : found->second;
}

absl::Status StockBoard::WaitFor(std::uint64_t sequence,
                                 absl::Duration timeout) {
  const absl::Time deadline = runtime_.Now() + timeout;
  windtunnel::MutexLock lock(mutex_);
  while (last_sequence_ < sequence) {
    if (absl::Status s = applied_.WaitUntil(mutex_, deadline); !s.ok())
      return s;
  }
  return absl::OkStatus();
}

}  // namespace stock
