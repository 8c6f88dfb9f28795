// Mirrors and sources over a restart of the server.

#include <string>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class OriginsRestartBehaviour : public OriginBehaviour {
 protected:
  void Restart() {
    ASSERT_EQ(world().RestartServer(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                           absl::Seconds(10)));
  }
};

BEHAVIOUR_SUITE_OF(OriginsRestartBehaviour, OriginsRestart);

// STO-123, SRC-055
TEST_P(OriginsRestart, GoOnWithoutLossOrDuplicates) {
  const std::string origin = FreshName();
  const std::string mirror = FreshName();
  const std::string source = FreshName();
  const std::string purged = FreshName();
  const std::string cut = FreshName();
  Create({.name = origin, .subjects = {"f.>"}});
  Create({.name = mirror, .mirror = StreamSource{.name = origin}});
  for (const std::string& name : {source, purged, cut}) {
    Create({.name = name, .sources = {{.name = origin}}});
  }
  Fill({"f.a", "f.b", "f.c"});
  for (const std::string& name : {mirror, source, purged, cut}) {
    ASSERT_TRUE(Reaches(name, 3));
  }
  jetstream().PurgeStream(purged).value();
  ASSERT_TRUE(jetstream().DeleteMessage(cut, 3).ok());
  ASSERT_TRUE(jetstream().DeleteMessage(mirror, 3).ok());

  Restart();
  Fill({"f.d"});

  // What was deleted at its end, older servers fetch again.
  const std::uint64_t again = Since("2.15") ? 0 : 1;
  ASSERT_TRUE(Reaches(mirror, 4));
  ASSERT_TRUE(Reaches(source, 4));
  ASSERT_TRUE(Reaches(purged, 4));
  ASSERT_TRUE(Reaches(cut, 4 + again));
  EXPECT_THAT(Stored(mirror), ElementsAre("1 f.a 1", "2 f.b 2", "4 f.d 1"));
  EXPECT_THAT(Stored(source),
              ElementsAre("1 f.a 1", "2 f.b 2", "3 f.c 3", "4 f.d 1"));
  EXPECT_THAT(Stored(purged), ElementsAre("4 f.d 1"));
  EXPECT_EQ(SourceAt(cut, 4 + again), origin + " 4");
}

// SRC-001, STO-119
TEST_P(OriginsRestart, MissOriginsInMemory) {
  const std::string mirror = FreshName();
  const std::string source = FreshName();
  Create({.name = mirror, .mirror = StreamSource{.name = "O"}});
  Create({.name = source, .sources = {{.name = "O"}}});
  Fill({"o.a"});
  ASSERT_TRUE(Reaches(mirror, 1));
  ASSERT_TRUE(Reaches(source, 1));

  Restart();

  ASSERT_TRUE(Eventually([&] {
    return Info(mirror).mirror->error_code != 0 &&
           Info(source).sources.at(0).error_code != 0;
  }));
  EXPECT_EQ(Info(mirror).mirror->active, absl::InfiniteDuration());
  EXPECT_EQ(Info(source).sources.at(0).seq, Since("2.15") ? 1 : 0);
  EXPECT_THAT(Stored(mirror), ElementsAre("1 o.a 1"));
  EXPECT_THAT(Stored(source), ElementsAre("1 o.a 1"));
}

}  // namespace
}  // namespace windtunnel
