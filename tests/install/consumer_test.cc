#include <gtest/gtest.h>

#include "windtunnel/testing/world.h"

TEST(Consumer, SeesTheTestingHeaders) {
  windtunnel::WorldFactory factory;
  EXPECT_FALSE(factory);
}
