// Text in aligned columns, for people.
#ifndef MIXIR_TOOLS_TABLE_H
#define MIXIR_TOOLS_TABLE_H

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace mixir::tools {

/// Rows of cells; the first row is the header.
class Table {
public:
  explicit Table(std::vector<std::string> header) { rows.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  void print(llvm::raw_ostream &os) const;

private:
  std::vector<std::vector<std::string>> rows;
};

/// "12.3 us", "1.45 ms".
std::string timeText(double ns);
/// "1.2e-07".
std::string errorText(double error);
/// "12.6 M", "3.1 k".
std::string countText(double count);
/// A fraction as "87 %".
std::string percentText(double fraction);

/// A line on a terminal that the next one replaces; silent elsewhere.
class Progress {
public:
  Progress();
  ~Progress();
  void show(const std::string &text);

private:
  bool isTerminal;
  size_t width = 0;
};

} // namespace mixir::tools

#endif // MIXIR_TOOLS_TABLE_H
