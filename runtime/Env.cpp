// Env.cpp - see Env.h.
#include "Env.h"

#include <cstdlib>

using namespace mixir::runtime;

namespace {

std::string textOf(const char *name, const char *fallback) {
  const char *text = std::getenv(name);
  return text && *text ? text : fallback;
}

int64_t unitOf(char suffix) {
  switch (suffix) {
  case 'K':
    return int64_t(1) << 10;
  case 'M':
    return int64_t(1) << 20;
  case 'G':
    return int64_t(1) << 30;
  case 'T':
    return int64_t(1) << 40;
  default:
    return 0;
  }
}

bool parseNumber(const std::string &text, bool withUnit, int64_t &value) {
  value = 0;
  size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; i++)
    if (__builtin_mul_overflow(value, int64_t(10), &value) ||
        __builtin_add_overflow(value, int64_t(text[i] - '0'), &value))
      return false;
  if (i == 0)
    return false;
  if (withUnit && i + 1 == text.size() && unitOf(text[i]))
    return !__builtin_mul_overflow(value, unitOf(text[i]), &value);
  return i == text.size();
}

int64_t numberOf(const char *name, const char *fallback, bool withUnit, EnvValues &values) {
  int64_t value = 0;
  std::string text = textOf(name, fallback);
  if (parseNumber(text, withUnit, value))
    return value;
  values.notes.push_back(std::string(name) + ": expected a number, got '" + text + "'; using " +
                         fallback);
  parseNumber(fallback, withUnit, value);
  return value;
}

std::string readText(const char *name, const char *fallback, EnvValues &) {
  return textOf(name, fallback);
}
int64_t readBytes(const char *name, const char *fallback, EnvValues &values) {
  return numberOf(name, fallback, true, values);
}
int64_t readCount(const char *name, const char *fallback, EnvValues &values) {
  return numberOf(name, fallback, false, values);
}

} // namespace

EnvValues mixir::runtime::readEnv() {
  EnvValues values;
#define MIXIR_ENV(field, type, name, fallback, sentence)                                           \
  values.field = read##type(name, fallback, values);
#include "Env.def"
  return values;
}

const EnvValues &mixir::runtime::env() {
  static const EnvValues values = readEnv();
  return values;
}

const std::vector<EnvRow> &mixir::runtime::envTable() {
  static const std::vector<EnvRow> table = {
#define MIXIR_ENV(field, type, name, fallback, sentence) {name, #type, fallback, sentence},
#include "Env.def"
  };
  return table;
}
