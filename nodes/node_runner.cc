#include "nodes/node_runner.h"

#include <malloc.h>

#include <utility>

#include "nodes/runner/running_node.h"

namespace hearsay {

namespace {

/// libzmq allocates every part that comes, and glibc would give what is freed of them back to the
/// kernel, to get it again page by page, zeroed. Only what is larger than 32 MiB is returned, which
/// is where glibc itself would end up.
void keep_freed_memory() {
  constexpr int kMebibyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMebibyte);
  mallopt(M_TRIM_THRESHOLD, 256 * kMebibyte);
  mallopt(M_TOP_PAD, 32 * kMebibyte);
}

}  // namespace

NodeOptions node_options(const Config& config, Listening listening, std::string collector) {
  const Params& transport = config.section("transport");
  NodeOptions options{.listening = std::move(listening),
                      .collector = std::move(collector),
                      .start_deadline_seconds = transport.number("start_deadline"),
                      .round_deadline_seconds = transport.number("round_deadline"),
                      .peer_timeout_seconds = transport.number("peer_timeout"),
                      .return_deadline_seconds = transport.number("return_deadline")};
  if (!transport.is_word("max_message", "auto"))
    options.max_payload = static_cast<std::uint64_t>(transport.integer("max_message"));
  return options;
}

bool run_node(const Experiment& experiment, NodeId id, const NodeOptions& options) {
  keep_freed_memory();
  return RunningNode(experiment, id, options).run();
}

}  // namespace hearsay
