#include "nodes/stalls.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

/// Node `id`, in round 5, waits for those nodes, each silent for so many milliseconds.
ControlMessage stall(NodeId id, std::vector<std::uint64_t> nodes,
                     const std::vector<std::uint64_t>& silent) {
  nodes.insert(nodes.end(), silent.begin(), silent.end());
  return {.kind = ControlKind::stalled,
          .node = id,
          .round = 5,
          .text = "waits",
          .integers = std::move(nodes)};
}

TEST(Stalls, TheRootIsWaitedForAndHasNotSpoken) {
  Stalls stalls;
  EXPECT_FALSE(stalls.any());
  stalls.add(stall(0, {1}, {1500}));
  EXPECT_TRUE(stalls.told_by(0));
  EXPECT_EQ(stalls.root(), NodeId{1});
  stalls.add(stall(1, {0, 2}, {1400, 2500}));  // so 1 was only waiting itself
  EXPECT_EQ(stalls.root(), NodeId{2});
  EXPECT_EQ(stalls.report(),
            "node 2 holds up the run: node 1 waits\n"
            "who waits for whom: 0 -> 1 (round 5, silent for 1.5 s), 1 -> 0 (round 5, silent for "
            "1.4 s), 1 -> 2 (round 5, silent for 2.5 s)");
  stalls.clear();
  EXPECT_FALSE(stalls.any());
  EXPECT_FALSE(stalls.told_by(0));
}

TEST(Stalls, NobodyIsBehindACircle) {
  Stalls stalls;
  stalls.add(stall(0, {1}, {1000}));
  stalls.add(stall(1, {0}, {1000}));
  EXPECT_EQ(stalls.root(), std::nullopt);
  EXPECT_EQ(stalls.report(),
            "nodes wait for each other: node 0 waits\n"
            "who waits for whom: 0 -> 1 (round 5, silent for 1.0 s), 1 -> 0 (round 5, silent for "
            "1.0 s)");
}

}  // namespace
}  // namespace hearsay
