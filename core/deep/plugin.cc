#include "core/deep/plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>

namespace hearsay {

namespace {

constexpr const char* kFile = "libhearsay_torch.so";

MakeDeepModule loaded = nullptr;

std::filesystem::path find_plugin() {
  if (const char* given = std::getenv("HEARSAY_TORCH_PLUGIN")) return given;
  std::error_code error;
  const auto command = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = command.parent_path();
  for (const auto& candidate : {folder / kFile, folder.parent_path() / "lib" / "hearsay" / kFile})
    if (std::filesystem::exists(candidate, error)) return candidate;
  throw DeepModelError(std::string("deep models need the LibTorch plugin, ") + kFile +
                       ", which is not in " + folder.string() +
                       ": it is built where the packages libtorch-dev and libopenblas0-pthread are "
                       "(tools/run --torch "
                       "installs them and builds it)");
}

}  // namespace

MakeDeepModule load_deep_plugin(int threads) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (loaded != nullptr) return loaded;
  const std::filesystem::path file = find_plugin();
  // Read when the libraries are loaded. Results depend on both, so no setting of the user's shell
  // may get through.
  const std::string count = std::to_string(threads);
  setenv("OPENBLAS_NUM_THREADS", count.c_str(), 1);
  setenv("OMP_NUM_THREADS", count.c_str(), 1);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw DeepModelError(std::string("the LibTorch plugin cannot be loaded: ") + dlerror());
  loaded = reinterpret_cast<MakeDeepModule>(dlsym(library, kDeepModuleSymbol));
  if (loaded == nullptr)
    throw DeepModelError(file.string() + ": this is no plugin of this version: it has no symbol " +
                         kDeepModuleSymbol);
  return loaded;
}

}  // namespace hearsay

#if defined(__SANITIZE_ADDRESS__)
/// LeakSanitizer asks at the end of a process. It crashes where it walks the threads that LibTorch
/// and its libraries have left.
extern "C" int __lsan_is_turned_off() {  // NOLINT: the name is its own
  return hearsay::loaded != nullptr ? 1 : 0;
}
#endif
