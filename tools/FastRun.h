// Running a mixer that was compiled before without loading the compiler: a cheap index key (program
// text, options, shapes) leads to the compiled program in the cache. The thin program looks there
// first; the compiler's `run` leaves an index entry behind for it.
#ifndef MIXIR_TOOLS_FASTRUN_H
#define MIXIR_TOOLS_FASTRUN_H

#include "runtime/Cache.h"
#include "tools/Arguments.h"
#include "tools/Npz.h"
#include "tools/RunProgram.h"

#include <optional>
#include <string>
#include <vector>

namespace mixir::tools {

/// Identifies the compiler without loading it: path, size and time of its library.
std::string compilerStamp(const std::string &libraryPath);

/// What a run on the GPU of this machine depends on besides the program: the GPU, and where the
/// environment says NVRTC is. Throws mixir::Error, as without a driver.
std::string gpuStamp(const Context &context);
/// The index key of a run. Empty where there can be none (standard input, unreadable file).
std::string indexKey(const RunArguments &arguments, const std::vector<NpArray> &arrays,
                     const std::string &stamp);
/// What is stored under an index key: the key of the program, and the imported files with their
/// hashes. `files` are all files read, the main one first.
std::string indexValue(const std::string &programKey, const std::vector<std::string> &files);
/// The key of the program if no imported file has changed since.
std::optional<std::string> programKeyOf(const std::string &value);

/// Path of the compiled program of a run, if the index and the cache have it.
std::optional<std::string> findCached(runtime::Cache &cache, const std::string &indexKey);

/// Prints the notes of the cache.
void printNotes(runtime::Cache &cache);

/// Loads a program that the compiler made. Throws InternalError.
Program loadShared(const Context &context, const std::string &path);
/// A program for a GPU as the cache keeps it.
struct GpuEntry {
  std::string manifest, image;

  std::string text() const { return manifest + '\0' + image; }
};
/// The entry in the file at `path`; none where the file has no image.
std::optional<GpuEntry> readGpuEntry(const std::string &path);
/// Opens a program for a GPU, runs it, writes the outputs.
void runOnGpu(const Context &context, const GpuEntry &entry, const RunArguments &arguments,
              std::vector<NpArray> arrays);
/// Runs a program, prints the notes, writes the outputs.
void runOpened(const Context &context, const Program &program, const RunArguments &arguments,
               std::vector<NpArray> arrays);
/// Loads the program at `path`, runs it, writes the outputs.
void runShared(const std::string &path, const RunArguments &arguments,
               std::vector<NpArray> arrays);
/// Writes outputs; throws UserError.
void writeOutputs(const std::string &path, const std::vector<NpArray> &outputs);

/// Runs from the cache; false if the compiler is needed. Throws what the run throws.
bool runFromCache(const RunArguments &arguments, const std::string &libraryPath);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_FASTRUN_H
