// Runs every target on the inputs of its corpus: fuzz_replay CORPUS [TARGET...]. What a fuzzer has
// found stays there, so an ordinary build and its tests see to it that it stays mended.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.h"

namespace hearsay::fuzz {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  void (*run)(ByteView input);
};

#define HEARSAY_ROW(name) Target{#name, fuzz_##name},
const std::vector<Target> kTargets = {HEARSAY_FUZZ_TARGETS(HEARSAY_ROW)};
#undef HEARSAY_ROW

std::string current;  // what is being run, for on_crash

void on_crash(int signal) {
  constexpr const char* kWords = "crashed on ";
  // NOLINTNEXTLINE: nothing can be done about a message that cannot be written
  (void)!write(STDERR_FILENO, kWords, std::strlen(kWords));
  (void)!write(STDERR_FILENO, current.data(), current.size());  // NOLINT
  (void)!write(STDERR_FILENO, "\n", 1);                         // NOLINT
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

Bytes read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// False when there is nothing to run it on.
bool replay(const Target& target, const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  target.run({});
  for (const fs::path& file : files) {
    current = file.string();
    target.run(read_file(file));
  }
  std::printf("%-12s %zu inputs\n", target.name, files.size());
  return !files.empty();
}

int replay_all(const fs::path& corpus, const std::vector<std::string>& wanted) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_crash);
  bool sound = true;
  for (const Target& target : kTargets) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), target.name) == wanted.end())
      continue;
    current = std::string(target.name) + " without input";
    if (replay(target, corpus / target.name)) continue;
    std::printf("%s: no inputs in %s\n", target.name, (corpus / target.name).c_str());
    sound = false;
  }
  // A folder of no target is an input that nothing runs.
  for (const auto& entry : fs::directory_iterator(corpus)) {
    const std::string name = entry.path().filename().string();
    if (std::none_of(kTargets.begin(), kTargets.end(),
                     [&](const Target& target) { return target.name == name; })) {
      std::printf("%s: no such target\n", name.c_str());
      sound = false;
    }
  }
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace hearsay::fuzz

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: fuzz_replay CORPUS [TARGET...]\n");
    return 2;
  }
  return hearsay::fuzz::replay_all(argv[1], {argv + 2, argv + argc});
}
