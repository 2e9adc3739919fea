// Where a run was made: for its summary, so that figures can be told apart by machine and build.
#pragma once

#include <nlohmann/json.hpp>

namespace hearsay {

/// version, commit (of the source tree that was built, with "+" where it had changes; absent
/// outside of a repository), compiler, build type, zeromq, cpu, cores, system. Reads /proc/cpuinfo.
nlohmann::ordered_json environment();

}  // namespace hearsay
