// Objects go to the linker through a temporary folder that is always removed.
#include "codegen/common/Link.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace mixir::codegen {

namespace {

Error writeFile(StringRef path, StringRef bytes) {
  std::error_code ec;
  raw_fd_ostream out(path, ec);
  if (!ec)
    out << bytes;
  out.close();
  if (ec || out.has_error())
    return createStringError("cannot write '" + path + "': " + (ec ? ec.message() : out.error().message()));
  return Error::success();
}

Expected<std::string> readFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError("cannot read '" + path + "': " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

} // namespace

std::string findLinker() {
  for (StringRef name : {"ld.lld-22", "ld.lld", "ld"})
    if (auto path = sys::findProgramByName(name))
      return *path;
  if (auto path = sys::findProgramByName("ld.lld", {"/usr/lib/llvm-22/bin"}))
    return *path;
  return {};
}

Expected<std::string> link(const std::vector<std::string> &objects, LinkMode mode) {
  std::string linker = findLinker();
  if (linker.empty())
    return createStringError("expected a linker (ld.lld-22, ld.lld or ld), got none on the path");
  SmallString<128> dir;
  if (std::error_code ec = sys::fs::createUniqueDirectory("mixir-link", dir))
    return createStringError("cannot make a temporary folder: " + ec.message());
  auto cleanup = make_scope_exit([&] { sys::fs::remove_directories(dir); });
  auto inDir = [&](const Twine &name) {
    SmallString<128> p(dir);
    sys::path::append(p, name);
    return p.str().str();
  };
  std::vector<std::string> args = {linker, mode == LinkMode::Shared ? "-shared" : "-r", "-o", inDir("out")};
  for (size_t i = 0; i < objects.size(); ++i) {
    args.push_back(inDir("in" + Twine(i) + ".o"));
    if (Error e = writeFile(args.back(), objects[i]))
      return e;
  }
  SmallVector<StringRef> refs(args.begin(), args.end());
  std::string said = inDir("said"), message;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(said), StringRef(said)};
  if (sys::ExecuteAndWait(linker, refs, std::nullopt, redirects, 60, 0, &message) != 0) {
    auto text = readFile(said);
    if (text)
      message += *text;
    else
      consumeError(text.takeError());
    return createStringError("linking failed: " + message);
  }
  return readFile(inDir("out"));
}

} // namespace mixir::codegen
