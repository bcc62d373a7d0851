// ToolErrors.cpp - see ToolErrors.h.
#include "tools/ToolErrors.h"

#include "runtime/Cache.h"
#include "tools/Npz.h"
#include "tools/RunProgram.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

namespace mixir::tools {

const std::vector<ToolErrorRow> &toolErrorTable() {
  static const std::vector<ToolErrorRow> rows = {
#define MIXIR_TOOL_ERROR(number, name, sentence) {ToolCode::name, #name, sentence},
#include "tools/ToolErrors.def"
  };
  return rows;
}

std::string toolCodeText(ToolCode code) {
  char text[16];
  std::snprintf(text, sizeof(text), "MIXT%04d", static_cast<int>(code));
  return text;
}

namespace {

int report(const std::string &text, const std::string &code) {
  std::fflush(stdout);
  std::fprintf(stderr, "mixir: error: %s [%s]\n", text.c_str(), code.c_str());
  return WrongInput;
}

int report(ToolCode code, const std::exception &error) {
  return report(error.what(), toolCodeText(code));
}

int reportMemory() {
  return report("expected enough memory for the arrays, got less",
                mixir_status_code(MIXIR_ERROR_OUT_OF_MEMORY));
}

/// Writes the reproducer to the temporary folder; its name, or empty.
std::string writeReproducer(const std::string &text) {
  const std::vector<std::string> folders = {P_tmpdir, "."};
  for (const std::string &folder : folders) {
    std::string name = folder + "/mixir-reproducer-XXXXXX.mlir";
    int file = ::mkstemps(name.data(), 5);
    if (file < 0)
      continue;
    bool isWritten = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (::close(file) == 0 && isWritten)
      return name;
    ::unlink(name.c_str());
  }
  return "";
}

int reportBug(const std::string &text, const std::string &reproducer) {
  std::fflush(stdout);
  std::fprintf(stderr, "mixir: internal error: %s\n", text.c_str());
  if (reproducer.empty())
    return CompilerBug;
  std::string name = writeReproducer(reproducer);
  if (name.empty())
    std::fprintf(stderr, "mixir: note: the program that shows it could not be written\n");
  else
    std::fprintf(stderr, "mixir: note: please report it with the program in %s\n", name.c_str());
  return CompilerBug;
}

} // namespace

int guarded(const std::function<int()> &body) {
  try {
    return body();
  } catch (const AlreadyReported &) {
    return WrongInput;
  } catch (const UserError &error) {
    return report(error.code(), error);
  } catch (const UsageError &error) {
    std::fprintf(stderr, "mixir: error: %s\n", error.what());
    return WrongUsage;
  } catch (const InternalError &error) {
    return reportBug(error.what(), error.reproducer());
  } catch (const NpzError &error) {
    return report(ToolCode::unreadable_arrays, error);
  } catch (const RunError &error) {
    return report(ToolCode::bad_arrays, error);
  } catch (const runtime::CacheError &error) {
    return report(ToolCode::cache_refused, error);
  } catch (const mixir::Error &error) {
    return report(error.what(), error.code());
  } catch (const std::bad_alloc &) {
    return reportMemory();
  } catch (const std::length_error &) { // more than a vector may hold
    return reportMemory();
  } catch (const std::exception &error) {
    return reportBug(error.what(), "");
  }
}

/// Letters to insert, remove, replace or swap with their neighbour.
static size_t distance(const std::string &a, const std::string &b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); i++)
    for (size_t j = 0; j <= b.size(); j++) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j - 1] + (a[i - 1] != b[j - 1]), d[i - 1][j] + 1, d[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

std::string suggestion(const std::string &word, const std::vector<std::string> &candidates) {
  size_t best = std::max<size_t>(2, word.size() / 3 + 1);
  std::string found;
  for (const std::string &candidate : candidates) {
    size_t d = distance(word, candidate);
    if (d < best && d < word.size()) {
      best = d;
      found = candidate;
    }
  }
  return found.empty() ? "" : "; did you mean '" + found + "'?";
}

std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

} // namespace mixir::tools
