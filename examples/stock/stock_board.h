// A board that knows how many pieces of each item are in stock: a view in
// memory over a stream of bookings, built from its beginning and kept up to
// date.
//
//   StockBoard board(*connection, {});
//   board.Start();
//   auto booked = Book(connection->jetstream(), "lamp", +3);
//   board.WaitFor(booked->sequence, absl::Seconds(1));  // Reads its own writes.
//   board.Pieces("lamp");
//
// Its sums are right only if each booking is seen once and none is left out.
// That is what an OrderedConsumer is for: a restart of the server or a cut
// connection is nothing the board has to know about.

#ifndef WINDTUNNEL_EXAMPLES_STOCK_STOCK_BOARD_H_
#define WINDTUNNEL_EXAMPLES_STOCK_STOCK_BOARD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/delivery.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/ordered_consumer.h"
#include "windtunnel/sync.h"

namespace stock {

struct StockOptions {
  std::string stream = "STOCK";
  // A lost consumer is noticed after two of these.
  absl::Duration heartbeat = absl::Seconds(5);
};

// Makes the stream, if it is not there yet.
absl::Status SetUp(windtunnel::JetStream& jetstream,
                   const StockOptions& options);

// Books `pieces` in, or out if it is negative. `item` is one token of a
// subject.
absl::StatusOr<windtunnel::PubAck> Book(windtunnel::JetStream& jetstream,
                                        absl::string_view item, int pieces);

// Threads: any task. Lifetime: before its connection.
class StockBoard {
 public:
  StockBoard(windtunnel::Connection& connection, const StockOptions& options);
  ~StockBoard() { Stop(); }

  absl::Status Start();
  // What was seen so far stays on the board; Start() goes on from there.
  // Idempotent.
  void Stop();

  std::int64_t Pieces(absl::string_view item) const;
  // Waits until the booking of that sequence is on the board.
  // Errors: kDeadlineExceeded.
  absl::Status WaitFor(std::uint64_t sequence, absl::Duration timeout);

 private:
  void Apply(const windtunnel::Delivery& delivery);

  windtunnel::Runtime& runtime_;
  windtunnel::OrderedConsumer bookings_;
  mutable windtunnel::Mutex mutex_;
  windtunnel::Condition applied_;
  std::map<std::string, std::int64_t, std::less<>> pieces_;
  std::uint64_t last_sequence_ = 0;
  std::unique_ptr<windtunnel::Consumption> consumption_;
};

}  // namespace stock

#endif  // WINDTUNNEL_EXAMPLES_STOCK_STOCK_BOARD_H_
