// Draw.cpp - `mixir draw`: the routes of a mixer as arrows over a grid, and its matrix, what each place
// gives to each other one, as a heat map.
#include "tools/AwkwardShapes.h"
#include "tools/Generate.h"
#include "tools/RouteTables.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"
#include "tools/WriteFiles.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace mixir::tools {

namespace {

constexpr int kCell = 44, kGap = 36, kTitle = 26;
/// Sides of a grid whose sizes nobody gave, and the most places of a matrix.
constexpr int64_t kSide = 4, kMostPlaces = 400;

/// From dark blue, early, over green to yellow, late.
std::string colour(double t) {
  t = std::min(1.0, std::max(0.0, t));
  auto mix = [&](double a, double b, double c) { return t < 0.5 ? a + (b - a) * 2 * t : b + (c - b) * (2 * t - 1); };
  return llvm::formatv("rgb({0},{1},{2})", static_cast<int>(mix(68, 33, 240)), static_cast<int>(mix(20, 150, 210)),
                       static_cast<int>(mix(110, 140, 50)))
      .str();
}

std::string escaped(llvm::StringRef text) {
  std::string out;
  for (char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

class Picture {
public:
  std::string text() const {
    return llvm::formatv("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
                         "font-family=\"sans-serif\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n{2}</svg>\n",
                         width, height, body)
        .str();
  }

  /// A route as arrows over its grid, with the numbers of the steps, coloured from the first to the last.
  void addRoute(const RouteTable &table) {
    int64_t columns = table.extents.back(), rows = 1;
    for (size_t axis = 0; axis + 1 < table.extents.size(); axis++)
      rows *= table.extents[axis];
    begin(table.scan == table.text ? table.text : table.scan + ": " + table.text,
          static_cast<int>(columns) * kCell, static_cast<int>(rows) * kCell);
    for (int64_t place = 0; place < rows * columns; place++) {
      auto [x, y] = middle(place, columns);
      body += llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#ddd\"/>\n",
                            x - kCell / 2, y - kCell / 2, kCell);
    }
    size_t steps = table.places.size();
    int64_t before = -1, ghosts = 0;
    std::vector<std::pair<size_t, int64_t>> visits;
    for (size_t step = 0; step < steps; step++) {
      int64_t place = table.places[step];
      if (place < 0) {
        ghosts++;
        continue;
      }
      if (before >= 0)
        arrow(middle(before, columns), middle(place, columns), colour(fraction(step, steps)), ghosts);
      visits.push_back({step, place});
      before = place;
      ghosts = 0;
    }
    for (auto [step, place] : visits) {
      auto [x, y] = middle(place, columns);
      body += llvm::formatv("<circle cx=\"{0}\" cy=\"{1}\" r=\"9\" fill=\"{2}\"/><text x=\"{0}\" y=\"{3}\" font-size=\"9\" "
                            "fill=\"{4}\" text-anchor=\"middle\">{5}</text>\n",
                            x, y, colour(fraction(step, steps)), y + 3, fraction(step, steps) > 0.7 ? "black" : "white", step);
    }
  }

  /// Rows are places that get, columns places that give; dark is much.
  void addMatrix(const std::string &title, const std::vector<double> &matrix, int64_t places) {
    int cell = std::max(2, std::min(14, 360 / static_cast<int>(places)));
    begin(title, cell * static_cast<int>(places), cell * static_cast<int>(places));
    double most = 0;
    for (double value : matrix)
      most = std::max(most, value);
    for (int64_t to = 0; to < places; to++)
      for (int64_t from = 0; from < places; from++) {
        double value = matrix[static_cast<size_t>(to * places + from)];
        double shade = most > 0 && value > 0 ? std::max(0.0, 1 + std::log10(value / most) / 4) : 0;
        int grey = 255 - static_cast<int>(235 * shade);
        body += llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"rgb({3},{3},{4})\"/>\n",
                              left + static_cast<int>(from) * cell, top + static_cast<int>(to) * cell, cell, grey,
                              std::min(255, grey + 20));
      }
    body += llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#888\"/>\n", left, top,
                          cell * static_cast<int>(places));
  }

private:
  using Point = std::pair<int, int>;

  static double fraction(size_t step, size_t steps) {
    return steps > 1 ? static_cast<double>(step) / static_cast<double>(steps - 1) : 0;
  }

  /// Panels stand side by side, four in a row.
  void begin(const std::string &title, int panelWidth, int panelHeight) {
    if (panels++ % 4 == 0) {
      rowTop = height;
      next = kGap / 2;
    }
    left = next;
    top = rowTop + kTitle + 4;
    int titleWidth = static_cast<int>(title.size()) * 7;
    next += std::max(panelWidth, titleWidth) + kGap;
    width = std::max(width, next);
    height = std::max(height, top + panelHeight + kGap / 2);
    body += llvm::formatv("<text x=\"{0}\" y=\"{1}\" font-size=\"13\">{2}</text>\n", left, rowTop + kTitle - 6, escaped(title));
  }

  Point middle(int64_t place, int64_t columns) const {
    return {left + static_cast<int>(place % columns) * kCell + kCell / 2, top + static_cast<int>(place / columns) * kCell + kCell / 2};
  }

  /// Dashed, with the number of ghosts, where steps without a place lie between.
  void arrow(Point from, Point to, const std::string &stroke, int64_t ghosts) {
    double dx = to.first - from.first, dy = to.second - from.second, length = std::hypot(dx, dy);
    if (length == 0)
      return;
    double ux = dx / length, uy = dy / length;
    double x1 = from.first + 10 * ux, y1 = from.second + 10 * uy, x2 = to.first - 12 * ux, y2 = to.second - 12 * uy;
    body += llvm::formatv("<line x1=\"{0:f1}\" y1=\"{1:f1}\" x2=\"{2:f1}\" y2=\"{3:f1}\" stroke=\"{4}\" stroke-width=\"2\"{5}/>"
                          "<path d=\"M {2:f1} {3:f1} l {6:f1} {7:f1} l {8:f1} {9:f1} z\" fill=\"{4}\"/>\n",
                          x1, y1, x2, y2, stroke, ghosts ? " stroke-dasharray=\"3 3\"" : "", -6 * ux - 3 * uy, -6 * uy + 3 * ux,
                          6 * uy, -6 * ux);
    if (ghosts)
      body += llvm::formatv("<text x=\"{0:f1}\" y=\"{1:f1}\" font-size=\"10\" fill=\"#b00\" text-anchor=\"middle\">&#215;{2}</text>\n",
                            (x1 + x2) / 2 - 7 * uy, (y1 + y2) / 2 + 7 * ux, ghosts);
  }

  std::string body;
  int width = 0, height = 0, rowTop = 0, next = 0, left = 0, top = 0, panels = 0;
};

/// Where the elements of an array lie on the grid of a walk: the number of the place, or -1 where it is not the
/// first entry of the batch.
class PlaceFinder {
public:
  PlaceFinder(const frontend::Signature &signature, const frontend::OperandInfo &operand, frontend::DimSet axes,
              const Extents &extents)
      : signature(signature), extents(extents), axes(axes.members()) {
    for (const std::vector<unsigned> &axis : operand.axes)
      dims.insert(dims.end(), axis.begin(), axis.end());
  }

  int64_t placeOf(int64_t element) const {
    std::map<unsigned, int64_t> at;
    for (size_t i = dims.size(); i-- > 0; element /= extents.at(signature.dims[dims[i]].name))
      at[dims[i]] = element % extents.at(signature.dims[dims[i]].name);
    if (at.count(0) && at[0] > 0)
      return -1;
    int64_t place = 0;
    for (unsigned axis : axes)
      place = place * extents.at(signature.dims[axis].name) + at[axis];
    return place;
  }

private:
  const frontend::Signature &signature;
  const Extents &extents;
  std::vector<unsigned> axes, dims;
};

const frontend::OperandInfo *firstOver(const std::vector<frontend::OperandInfo> &operands, frontend::DimSet axes) {
  for (const frontend::OperandInfo &operand : operands)
    if (!operand.isOmitted && operand.dimSet().contains(axes) && operand.dtype != frontend::StoredType::I32 &&
        operand.dtype != frontend::StoredType::C64)
      return &operand;
  return nullptr;
}

/// How much each place of the first result answers when a place of the first input is moved by one.
void drawMatrix(Session &session, const frontend::Program &program, const Extents &extents, Picture &picture) {
  frontend::DimSet axes = program.scans.empty() ? frontend::DimSet() : program.scans.front().axes;
  const frontend::OperandInfo *input = axes.empty() ? nullptr : firstOver(program.signature.operands, axes);
  const frontend::OperandInfo *result = axes.empty() ? nullptr : firstOver(program.signature.results, axes);
  int64_t places = 1;
  for (unsigned axis : axes.members())
    places *= extents.at(program.signature.dims[axis].name);
  if (!input || !result || places > kMostPlaces) {
    llvm::errs() << "mixir: note: no matrix of '" << program.signature.name << "': "
                 << (places > kMostPlaces ? "its grid is large" : "no operand and result lie over all that it walks") << "\n";
    return;
  }
  std::vector<NpArray> inputs = makeReference(session, program, extents, 1).inputs;
  interpreter::Arrays before = runInterpreter(session, program, inputs, extents);
  PlaceFinder given(program.signature, *input, axes, extents), got(program.signature, *result, axes, extents);
  auto moved = std::find_if(inputs.begin(), inputs.end(), [&](const NpArray &array) { return array.name == input->name; });
  std::vector<double> matrix(static_cast<size_t>(places * places));
  const NpArray original = *moved;
  auto *numbers = reinterpret_cast<float *>(moved->data.data());
  for (int64_t from = 0; from < places; from++) {
    moved->data = original.data;
    numbers = reinterpret_cast<float *>(moved->data.data());
    for (size_t i = 0; i < moved->data.size() / 4; i++)
      if (given.placeOf(static_cast<int64_t>(i)) == from)
        numbers[i] += 1;
    interpreter::Arrays after = runInterpreter(session, program, inputs, extents);
    const std::vector<double> &now = after.at(result->name).data, &then = before.at(result->name).data;
    for (size_t i = 0; i < now.size(); i++)
      if (int64_t to = got.placeOf(static_cast<int64_t>(i)); to >= 0)
        matrix[static_cast<size_t>(to * places + from)] += std::abs(now[i] - then[i]);
  }
  picture.addMatrix("|d " + result->name + " / d " + input->name + "|", matrix, places);
}

} // namespace

int drawMain(const Words &words) {
  ProgramArguments arguments;
  std::string out;
  Verb verb{"draw",
            "FILE",
            "Draws the routes of a mixer as arrows over a small grid, from dark, the first step, to light;\n"
            "dashes pass ghosts. Beside them its matrix: how much each place, a row, takes of each other\n"
            "one, a column; four shades of ten to one each.",
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             textOption("o", "FILE", "the picture, in SVG", out)}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  std::string path = onlyFile(verb, parsed);
  if (out.empty())
    throw UsageError("'mixir draw': expected '-o FILE.svg', got no file to write");
  Session session(path);
  std::string mixer = session.defaultMixer(arguments.mixer);
  auto declared = session.analyse({mixer, arguments.set, arguments.omit});
  Extents extents = arguments.set;
  int64_t side = kSide;
  for (unsigned axis : gridAxes(*declared).members())
    if (!declared->signature.dims[axis].extent && declared->signature.dims[axis].expr.empty() &&
        extents.insert({declared->signature.dims[axis].name, side}).second)
      side++; // a square would hide which axis is which
  extents = extentsFor(*declared, AwkwardShape{12, 1, {4, 3, 2}}, extents);
  auto program = session.analyse({mixer, extentsToFix(*declared, extents, {}), arguments.omit});
  MixerChoice choice{mixer, {}, arguments.omit};
  for (const frontend::DimInfo &dim : declared->signature.dims)
    if (dim.isSettable() && extents.count(dim.name))
      choice.extents[dim.name] = extents[dim.name];
  Picture picture;
  for (const RouteTable &table : routeTables(session, choice))
    if (table.isKnown)
      picture.addRoute(table);
  drawMatrix(session, *program, extents, picture);
  replaceFile(out, picture.text());
  return Success;
}

} // namespace mixir::tools
