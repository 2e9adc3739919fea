#include "nodes/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <string>
#include <thread>
#include <zmq.hpp>

namespace hearsay {

namespace {

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::string cpu() {
  std::ifstream in("/proc/cpuinfo");
  const std::string key = "model name";
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string system() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

}  // namespace

nlohmann::ordered_json environment() {
  nlohmann::ordered_json result;
  result["version"] = HEARSAY_VERSION;
  if (const std::string commit = HEARSAY_COMMIT; !commit.empty()) result["commit"] = commit;
  result["compiler"] = compiler();
  result["build"] = HEARSAY_BUILD;
  const auto [major, minor, patch] = zmq::version();
  result["zeromq"] = fmt::format("{}.{}.{}", major, minor, patch);
  result["cpu"] = cpu();
  result["cores"] = std::thread::hardware_concurrency();
  result["system"] = system();
  return result;
}

}  // namespace hearsay
