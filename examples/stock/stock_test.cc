// Tests of the stock board. Each runs in the simulator, on virtual time, and on
// a live nats-server, if the build has the client.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/stock/stock_board.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/matchers.h"
#include "windtunnel/testing/world.h"
#ifdef STOCK_TEST_LIVE
#include "windtunnel/client_testing.h"
#endif

namespace stock {
namespace {

using windtunnel::IsOk;
using windtunnel::JetStream;
using windtunnel::World;

struct Setting {
  std::string name;
  windtunnel::WorldFactory make_world;
  StockOptions options;
};

void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.name;
}

std::vector<Setting> Settings() {
  std::vector<Setting> settings = {
      {"simulator",
       windtunnel::SimulatedWorld(windtunnel::ServerVersion::k2_15),
       {}}};
#ifdef STOCK_TEST_LIVE
  settings.push_back({"live",
                      windtunnel::NewestLiveWorld(),
                      {.heartbeat = absl::Milliseconds(200)}});
#endif
  return settings;
}

class StockTest : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    ASSERT_THAT(stock::SetUp(jetstream(), GetParam().options), IsOk());
  }

  World& world() { return *world_; }
  JetStream& jetstream() { return connection_->jetstream(); }
  std::unique_ptr<StockBoard> NewBoard() {
    auto board = std::make_unique<StockBoard>(*connection_, GetParam().options);
    EXPECT_THAT(board->Start(), IsOk());
    return board;
  }
  // Books, and waits until `board` shows it.
  void BookAndWait(StockBoard& board, absl::string_view item, int pieces) {
    auto booked = Book(jetstream(), item, pieces);
    ASSERT_THAT(booked, IsOk());
    ASSERT_THAT(board.WaitFor(booked->sequence, absl::Seconds(30)), IsOk());
  }
  // Until the server answers again.
  void WaitForServer() {
    for (int i = 0; i < 200 && !jetstream().GetAccountInfo().ok(); ++i) {
      world().Advance(absl::Milliseconds(50));
    }
  }

 private:
  std::unique_ptr<World> world_ = GetParam().make_world();
  std::unique_ptr<windtunnel::Connection> connection_ =
      world_->Connect("stock").value();
};

INSTANTIATE_TEST_SUITE_P(, StockTest, testing::ValuesIn(Settings()),
                         [](const auto& info) { return info.param.name; });

TEST_P(StockTest, ANewBoardShowsWhatWasBookedBefore) {
  for (int i = 1; i <= 500; ++i) {
    ASSERT_THAT(Book(jetstream(), i % 2 == 0 ? "lamp" : "chair", i), IsOk());
  }

  auto board = NewBoard();

  ASSERT_THAT(board->WaitFor(500, absl::Seconds(10)), IsOk());
  EXPECT_EQ(board->Pieces("lamp"), 250 * 251);
  EXPECT_EQ(board->Pieces("chair"), 250 * 250);
  EXPECT_EQ(board->Pieces("table"), 0);
}

TEST_P(StockTest, ReadsItsOwnWrites) {
  auto board = NewBoard();

  BookAndWait(*board, "lamp", 10);
  EXPECT_EQ(board->Pieces("lamp"), 10);
  BookAndWait(*board, "lamp", -3);
  EXPECT_EQ(board->Pieces("lamp"), 7);
}

TEST_P(StockTest, CountsEachBookingOnceWhateverHappensToTheServer) {
  auto board = NewBoard();
  for (int i = 0; i < 5; ++i) {
    BookAndWait(*board, "lamp", 1);
    if (i == 1) {
      ASSERT_THAT(world().RestartServer(), IsOk());
      WaitForServer();
    }
    if (i == 3) {  // Somebody cleans up.
      auto consumers = jetstream().ConsumerNames(GetParam().options.stream);
      ASSERT_THAT(consumers, IsOk());
      for (const std::string& name : *consumers) {
        jetstream()
            .DeleteConsumer(GetParam().options.stream, name)
            .IgnoreError();
      }
    }
  }

  EXPECT_EQ(board->Pieces("lamp"), 5);
}

TEST_P(StockTest, GoesOnWhereItStopped) {
  auto board = NewBoard();
  BookAndWait(*board, "lamp", 1);
  board->Stop();
  ASSERT_THAT(Book(jetstream(), "lamp", 2), IsOk());
  EXPECT_EQ(board->Pieces("lamp"), 1);

  ASSERT_THAT(board->Start(), IsOk());

  BookAndWait(*board, "lamp", 4);
  EXPECT_EQ(board->Pieces("lamp"), 7);
}

}  // namespace
}  // namespace stock
