// CacheTest.cpp - the store of compiled programs: hit, miss, damage, modes, size, many processes.
#include "Cache.h"
#include "CacheKey.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace mixir::runtime;
namespace fs = std::filesystem;

namespace {

class CacheTest : public testing::Test {
protected:
  CacheTest() {
    std::string name = testing::TempDir() + "mixir-cache-XXXXXX";
    dir = mkdtemp(name.data());
  }
  ~CacheTest() override {
    std::error_code ignored;
    fs::permissions(dir, fs::perms::owner_all, ignored);
    fs::remove_all(dir, ignored);
  }

  CacheOptions options(CacheMode mode = CacheMode::On) const {
    return {dir + "/store", int64_t(1) << 20, mode};
  }
  static std::string readAll(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  int fileCount() const {
    int count = 0;
    for (const auto &entry : fs::recursive_directory_iterator(dir))
      count += entry.is_regular_file();
    return count;
  }

  std::string dir;
  const std::string key = sha256("key");
  const std::string bytes = std::string("artefact\0with\nanything", 22);
};

TEST_F(CacheTest, hitsWhatWasPut) {
  Cache cache(options());
  EXPECT_FALSE(cache.get(key));
  std::string path = cache.put(key, bytes);
  ASSERT_EQ(cache.get(key), path);
  EXPECT_EQ(readAll(path).substr(0, bytes.size()), bytes);
  EXPECT_FALSE(cache.get(sha256("other")));
  EXPECT_TRUE(Cache(options()).get(key)) << "another process";
  EXPECT_TRUE(cache.takeNotes().empty());
  EXPECT_EQ(fileCount(), 1) << "temporary files are left";
}

TEST_F(CacheTest, treatsDamageAsAMissAndRemovesIt) {
  Cache cache(options());
  for (int kind = 0; kind < 4; kind++) {
    std::string path = cache.put(key, bytes);
    if (kind == 0)
      fs::resize_file(path, 10);
    if (kind == 1)
      fs::resize_file(path, fs::file_size(path) - 1);
    if (kind == 2)
      std::fstream(path, std::ios::in | std::ios::out).seekp(3).put('X');
    if (kind == 3)
      std::ofstream(path, std::ios::trunc);
    EXPECT_FALSE(cache.get(key)) << kind;
    EXPECT_FALSE(fs::exists(path)) << kind;
    EXPECT_TRUE(cache.get(cache.put(key, bytes) == path ? key : "")) << kind;
  }
  EXPECT_EQ(cache.takeNotes().size(), 1u) << "the same note is given once";
}

TEST_F(CacheTest, offStoresNothing) {
  std::string path;
  {
    Cache cache(options(CacheMode::Off));
    path = cache.put(key, bytes);
    EXPECT_EQ(readAll(path), bytes) << "there is still a file to load";
    EXPECT_FALSE(cache.get(key));
    cache.link(key, "value");
    EXPECT_FALSE(cache.lookup(key));
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(fileCount(), 0);
}

TEST_F(CacheTest, requireMakesAMissAnError) {
  Cache(options()).put(key, bytes);
  Cache cache(options(CacheMode::Require));
  EXPECT_TRUE(cache.get(key));
  std::string other = sha256("other");
  try {
    cache.get(other);
    FAIL() << "expected an error";
  } catch (const CacheError &error) {
    EXPECT_EQ(std::string(error.what()), "no cache entry " + other + " in '" + dir +
                                             "/store', and MIXIR_CACHE=require forbids compiling");
  }
}

TEST_F(CacheTest, worksWithoutAWritableFolder) {
  std::ofstream(dir + "/file") << "not a folder";
  CacheOptions blocked = options();
  blocked.dir = dir + "/file/store";
  Cache cache(blocked);
  EXPECT_FALSE(cache.get(key));
  std::string path = cache.put(key, bytes);
  EXPECT_EQ(readAll(path), bytes);
  cache.put(key, bytes);
  std::vector<std::string> notes = cache.takeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].find("cannot write the cache in '" + blocked.dir + "': "), 0u);
}

TEST_F(CacheTest, worksWithoutAnyFolder) {
  CacheOptions nowhere = options();
  nowhere.dir = "";
  Cache cache(nowhere);
  EXPECT_EQ(readAll(cache.put(key, bytes)), bytes);
  EXPECT_FALSE(cache.get(key));
  EXPECT_FALSE(cache.lookup(key));
  EXPECT_EQ(cache.takeNotes().size(), 1u);
}

TEST_F(CacheTest, keepsBelowItsSizeByRemovingTheOldest) {
  CacheOptions small = options();
  small.maxBytes = 4000;
  Cache cache(small);
  std::string block(1000, 'x');
  std::vector<std::string> keys;
  for (int i = 0; i < 6; i++) {
    keys.push_back(sha256(std::to_string(i)));
    std::string path = cache.put(keys.back(), block);
    auto time = fs::file_time_type::clock::now() - std::chrono::minutes(10 - i);
    fs::last_write_time(path, time);
    if (i == 2) {
      ASSERT_TRUE(cache.get(keys[0])); // used now
    }
  }
  EXPECT_LE(cache.totalBytes(), small.maxBytes);
  EXPECT_TRUE(cache.get(keys[0])) << "was used last";
  EXPECT_FALSE(cache.get(keys[1])) << "is the oldest";
  EXPECT_TRUE(cache.get(keys[5]));
}

TEST_F(CacheTest, anEntryLargerThanTheStoreCanStillBeUsed) {
  CacheOptions tiny = options();
  tiny.maxBytes = 10;
  Cache cache(tiny);
  EXPECT_EQ(readAll(cache.put(key, bytes)), bytes);
  EXPECT_EQ(cache.totalBytes(), 0);
}

TEST_F(CacheTest, linksOneKeyToAnother) {
  Cache cache(options());
  std::string index = sha256("source text");
  EXPECT_FALSE(cache.lookup(index));
  cache.link(index, key);
  EXPECT_EQ(cache.lookup(index), key);
  cache.link(index, "other");
  EXPECT_EQ(cache.lookup(index), "other");
  EXPECT_FALSE(cache.get(index)) << "index and artefact are different things";
}

TEST_F(CacheTest, rejectsKeysThatAreNoHexadecimal) {
  Cache cache(options());
  for (const char *bad : {"", "short", "../../etc/passwd", "ABCDEF0123456789"})
    EXPECT_THROW(cache.get(bad), std::invalid_argument) << bad;
}

TEST_F(CacheTest, fourProcessesPutAndGetAtTheSameTime) {
  std::vector<pid_t> children;
  for (int child = 0; child < 4; child++) {
    pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      int wrong = 0;
      CacheOptions small = options();
      small.maxBytes = 200000;
      Cache cache(small);
      for (int i = 0; i < 60; i++) {
        std::string content(static_cast<size_t>(5000 + i % 7), static_cast<char>('a' + i % 7));
        std::string shared = sha256(std::to_string(i % 7));
        std::string path = cache.put(shared, content);
        wrong += readAll(path).substr(0, content.size()) != content;
        if (auto found = cache.get(shared))
          wrong += readAll(*found).substr(0, content.size()) != content;
      }
      wrong += !cache.takeNotes().empty();
      _exit(wrong ? 1 : 0);
    }
    children.push_back(pid);
  }
  for (pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(fileCount(), 7);
}

TEST_F(CacheTest, takesItsOptionsFromTheEnvironment) {
  setenv("MIXIR_CACHE", "require", 1);
  setenv("MIXIR_CACHE_DIR", "/some/where", 1);
  setenv("MIXIR_CACHE_SIZE", "5M", 1);
  CacheOptions found = cacheOptionsFromEnv();
  EXPECT_EQ(found.mode, CacheMode::Require);
  EXPECT_EQ(found.dir, "/some/where");
  EXPECT_EQ(found.maxBytes, 5 << 20);
  unsetenv("MIXIR_CACHE_DIR");
  setenv("XDG_CACHE_HOME", "/xdg", 1);
  EXPECT_EQ(cacheOptionsFromEnv().dir, "/xdg/mixir");
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "/home/user", 1);
  EXPECT_EQ(cacheOptionsFromEnv().dir, "/home/user/.cache/mixir");
  setenv("MIXIR_CACHE", "maybe", 1);
  EXPECT_THROW(cacheOptionsFromEnv(), CacheError);
  unsetenv("MIXIR_CACHE");
  unsetenv("MIXIR_CACHE_SIZE");
}

TEST(CacheKeys, areSha256) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(CacheKeys, differWhenAnyPartDiffers) {
  std::set<std::string> keys;
  CacheKey key;
  keys.insert(key.add("a", "1").add("b", "2").hex());
  keys.insert(key.add("a", "1").add("b", "3").hex());
  keys.insert(key.add("a", "2").add("b", "2").hex());
  keys.insert(key.add("b", "2").add("a", "1").hex());
  keys.insert(key.add("a", "1b2").hex());
  keys.insert(key.add("a1", "").add("b", "2").hex());
  keys.insert(key.add("ab", "12").hex());
  EXPECT_EQ(keys.size(), 7u);
  EXPECT_EQ(keys.count(key.add("a", "1").add("b", "2").hex()), 1u);
}

} // namespace
