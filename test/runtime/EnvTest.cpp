// EnvTest.cpp - typed values of environment variables.
#include "Env.h"

#include <cstdlib>
#include <gtest/gtest.h>

using namespace mixir::runtime;

namespace {

TEST(Environment, readsTypedValues) {
  setenv("MIXIR_CACHE_SIZE", "3K", 1);
  setenv("MIXIR_CACHE", "require", 1);
  EnvValues values = readEnv();
  EXPECT_EQ(values.cacheSize, 3072);
  EXPECT_EQ(values.cacheMode, "require");
  EXPECT_TRUE(values.notes.empty());
  for (const char *bad : {"x", "1X", "-1", "99999999999999999999", "1.5G"}) {
    setenv("MIXIR_CACHE_SIZE", bad, 1);
    values = readEnv();
    EXPECT_EQ(values.cacheSize, int64_t(1) << 30);
    ASSERT_EQ(values.notes.size(), 1u) << bad;
    EXPECT_EQ(values.notes[0],
              std::string("MIXIR_CACHE_SIZE: expected a number, got '") + bad + "'; using 1G");
  }
  unsetenv("MIXIR_CACHE_SIZE");
  unsetenv("MIXIR_CACHE");
  EXPECT_EQ(readEnv().cacheMode, "on");
  EXPECT_GE(envTable().size(), 4u);
}

} // namespace
