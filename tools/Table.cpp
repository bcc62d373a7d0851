// Table.cpp - see Table.h.
#include "tools/Table.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace mixir::tools {

void Table::print(llvm::raw_ostream &os) const {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); i++) {
      widths.resize(std::max(widths.size(), row.size()));
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto &row : rows) {
    for (size_t i = 0; i < row.size(); i++) {
      os << (i ? "  " : "") << row[i];
      if (i + 1 < row.size())
        os.indent(static_cast<unsigned>(widths[i] - row[i].size()));
    }
    os << "\n";
  }
  os.flush();
}

static std::string format(const char *pattern, double value) {
  char text[48];
  std::snprintf(text, sizeof(text), pattern, value);
  return text;
}

std::string timeText(double ns) {
  if (ns < 1e3)
    return format("%.0f ns", ns);
  if (ns < 1e6)
    return format("%.1f us", ns / 1e3);
  return ns < 1e9 ? format("%.2f ms", ns / 1e6) : format("%.2f s", ns / 1e9);
}

std::string errorText(double error) { return format("%.1e", error); }

std::string countText(double count) {
  if (count < 1e3)
    return format("%.0f", count);
  if (count < 1e6)
    return format("%.1f k", count / 1e3);
  return count < 1e9 ? format("%.1f M", count / 1e6) : format("%.1f G", count / 1e9);
}

std::string percentText(double fraction) { return format("%.0f %%", fraction * 100); }

Progress::Progress() : isTerminal(::isatty(STDERR_FILENO)) {}

Progress::~Progress() { show(""); }

void Progress::show(const std::string &text) {
  if (!isTerminal)
    return;
  std::string padding(width > text.size() ? width - text.size() : 0, ' ');
  std::fprintf(stderr, "\r%s%s%s", text.c_str(), padding.c_str(), text.empty() ? "\r" : "");
  std::fflush(stderr);
  width = text.size();
}

} // namespace mixir::tools
