// Rounds that are under way allocate nothing: buffers are made once and used again. Counted is what
// the calling thread asks operator new for, in all that lies between a gradient and a socket.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <ostream>
#include <string>
#include <vector>

#include "nodes/links.h"
#include "tests/nodes/experiments.h"

// A sanitizer has an operator new of its own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HEARSAY_COUNTS_ALLOCATIONS 1

namespace {

thread_local std::size_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* place = std::malloc(size == 0 ? 1 : size)) return place;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void* operator new(std::size_t size, std::align_val_t line) {
  const auto to = static_cast<std::size_t>(line);
  ++allocations;
  if (void* place = std::aligned_alloc(to, (size + to - 1) / to * to)) return place;
  throw std::bad_alloc();
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete[](void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete[](void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::align_val_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t, std::align_val_t) noexcept {
  std::free(place);
}
#endif

namespace hearsay::testing {
namespace {

#ifdef HEARSAY_COUNTS_ALLOCATIONS

struct Case {
  const char* name;
  const char* topology;
  const char* algorithm;
  int dimension = 3000;

  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};

/// All nodes of a run, as their processes have them, but for the sockets.
class Nodes {
 public:
  explicit Nodes(const Experiment& experiment) {
    for (NodeId id = 0; id < experiment.network().nodes(); ++id) {
      peers_.push_back(std::make_unique<Peer>());
      peers_.back()->node = experiment.make_node(id);
      peers_.back()->node.engine->send_advances_to(peers_.back().get());
    }
  }

  void run_round() {
    for (const auto& peer : peers_) {
      peer->node.engine->start_round(peer->work, peer->out);
      post(*peer);
    }
    for (bool any = true; any;) {
      any = false;
      for (const auto& peer : peers_) any = take_all(*peer) || any;
    }
    for (const auto& peer : peers_) ASSERT_TRUE(peer->node.engine->round_done());
  }

 private:
  struct Peer final : AdvanceSink {
    void send_advance(const Envelope& envelope) override { under_way = envelope.payload; }

    Node node;
    Payload under_way;
    Workspace work;
    Links links;
    std::vector<Envelope> out;
    std::vector<Envelope> mail;
    std::vector<Envelope> reading;
  };

  void post(Peer& from) {
    for (Envelope& envelope : from.out) {
      from.links.send(envelope);
      peers_[envelope.header.to]->mail.push_back(envelope);
    }
    from.out.clear();
  }

  bool take_all(Peer& peer) {
    peer.reading.clear();
    peer.reading.swap(peer.mail);
    for (const Envelope& envelope : peer.reading) {
      const FrameHeader& header = envelope.header;
      EXPECT_TRUE(peer.links.continues(header));
      EXPECT_FALSE(peer.node.engine->on_frame(header, envelope.payload, peer.work, peer.out));
      if (peer.links.took(header))
        peers_[header.from]->links.acknowledged(peer.node.id, header.sequence);
      post(peer);
    }
    return !peer.reading.empty();
  }

  std::vector<std::unique_ptr<Peer>> peers_;
};

class SteadyRounds : public ::testing::TestWithParam<Case> {};

TEST_P(SteadyRounds, AllocateNothing) {
  const Case& c = GetParam();
  const Experiment experiment = experiment_of(std::string("topology: {") + c.topology +
                                              "}\n"
                                              "objective: {model: quadratic, dimension: " +
                                              std::to_string(c.dimension) +
                                              ", noise: 0.1}\n"
                                              "algorithm: {" +
                                              c.algorithm +
                                              ", learning_rate: 0.01}\n"
                                              "run: {rounds: 1000}\n");
  Nodes nodes(experiment);
  // Until every buffer has had its largest message, and each link its acknowledgements.
  for (int t = 0; t < 60; ++t) nodes.run_round();
  const std::size_t before = allocations;
  ASSERT_GT(before, 0U) << "they are counted";
  for (int t = 0; t < 20; ++t) nodes.run_round();
  EXPECT_EQ(allocations - before, 0U)
      << "in 20 rounds of " << experiment.network().nodes() << " nodes";
}

constexpr const char* kRing = "graph: ring, nodes: 6";
constexpr const char* kStar = "graph: star, workers: 5";

INSTANTIATE_TEST_SUITE_P(
    Algorithms, SteadyRounds,
    ::testing::Values(
        Case{"ChocoAmsgradTopK", kRing,
             "name: choco-amsgrad, gossip_step: 0.2, compressor: {name: top-k, ratio: 0.01}"},
        Case{"ChocoAmsgradSign", kRing,
             "name: choco-amsgrad, gossip_step: 0.1, compressor: scaled-sign"},
        Case{"ChocoSgdUniform", kRing,
             "name: choco-sgd, gossip_step: 0.2, compressor: {name: uniform, bits: 4}"},
        Case{"ChocoSgdRandomK", kRing,
             "name: choco-sgd, gossip_step: 0.1, compressor: {name: random-k, ratio: 0.1}"},
        Case{"Dpsgd", kRing, "name: dpsgd"}, Case{"Dsgt", kRing, "name: dsgt"},
        Case{"Beer", kRing, "name: beer, gossip_step: 0.1, compressor: {name: top-k, ratio: 0.1}"},
        Case{"BeerInAdvance", kRing, "name: beer, gossip_step: 0.1, compressor: identity", 20'000},
        Case{"SgpOnADirectedGraph", "graph: exponential, nodes: 8", "name: sgp"},
        Case{"CdAdam", kStar, "name: cd-adam, compressor: scaled-sign"},
        Case{"CompAms", kStar, "name: comp-ams, compressor: {name: top-k, ratio: 0.01}"},
        Case{"Qadam", kStar, "name: qadam, compressor: {name: uniform, bits: 4}"}),
    [](const auto& tested) { return tested.param.name; });

#endif

}  // namespace
}  // namespace hearsay::testing
