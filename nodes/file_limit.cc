#include "nodes/file_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "nodes/run_observer.h"

namespace hearsay {

namespace {

constexpr rlim_t kFdsPerLink = 3;  // libzmq: one a connection; the doorman one
constexpr rlim_t kFdsPerNode = 64;

}  // namespace

void require_file_descriptors(const Network& network) {
  std::size_t degree = 0;
  for (NodeId id = 0; id < network.nodes(); ++id)
    degree = std::max(degree, network.graph.degree(id));
  const rlim_t needed = kFdsPerNode + kFdsPerLink * std::max<rlim_t>(degree, network.nodes());
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < needed)
    throw RunFailed(
        fmt::format("{} nodes need up to {} open files a process, but the limit is {}: raise "
                    "it with ulimit -n, or use --simulate",
                    network.nodes(), needed, limit.rlim_cur));
}

}  // namespace hearsay
