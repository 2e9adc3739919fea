// Frames that reach a node: three nodes run an algorithm in memory, and the input decides what
// becomes of each frame to one of them. Whatever comes, it is taken or refused.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "nodes/algorithm_catalogue.h"
#include "nodes/experiment.h"
#include "nodes/run_observer.h"

namespace hearsay::fuzz {

namespace {

/// Whether the algorithm has that key; one that takes full vectors only needs no compressor.
bool takes(const PartInfo& part, const std::string& key) {
  return std::any_of(part.params.begin(), part.params.end(), [&](const Param& param) {
    return param.name == key && (key != "compressor" || param.required);
  });
}

/// A small model of several layers, where a message has a structure.
Experiment make_experiment(const PartInfo& part) {
  const auto& maker = algorithms().at(part.name).make;
  std::string yaml = maker.on_server ? "topology: {graph: star, workers: 2}\n"
                     : maker.mixing == Mixing::column_stochastic
                         ? "topology: {graph: directed-ring, nodes: 3}\n"
                     : maker.mixing == Mixing::doubly_stochastic
                         ? "topology: {graph: one-peer-exponential, nodes: 4}\n"
                         : "topology: {graph: path, nodes: 3, mixing: lazy-metropolis}\n";
  yaml += "objective: {model: mlp, hidden: [4], data: {name: synthetic, rows: 12, features: 3}}\n";
  yaml += "run: {rounds: 1000}\nalgorithm: {name: " + part.name;
  for (const auto& [key, value] : {std::pair{"learning_rate", "0.1"},
                                   {"compressor", "{name: top-k, ratio: 0.3, scope: layer}"},
                                   {"gossip_step", "0.1"},
                                   {"threshold", "0.5"},
                                   {"warmup_rounds", "2"},
                                   {"second_moment", "gossiped"}})
    if (takes(part, key)) yaml += std::string(", ") + key + ": " + value;
  return {Config::parse(yaml + "}\n", "fuzz.yaml"), DataPaths{}};
}

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> kAll = [] {
    std::vector<Experiment> all;
    for (const PartInfo* part : algorithm_catalogue().parts())
      all.push_back(make_experiment(*part));
    return all;
  }();
  return kAll;
}

class Exchange {
 public:
  Exchange(const Experiment& experiment, NodeId victim, Choices choices)
      : victim_(victim), choices_(choices) {
    for (NodeId id = 0; id < experiment.network().nodes(); ++id)
      nodes_.push_back(experiment.make_node(id));
  }

  /// Until the input is used up, or nobody can go on since a frame is missing. Asynchronous nodes
  /// may go on for ever without the one that the input is for.
  void run() {
    std::size_t left = choices_.rest().size();
    for (int without_input = 0; left > 0 && without_input < 20; ++without_input) {
      if (choices_.rest().size() < left) without_input = 0;
      left = choices_.rest().size();
      bool any = false;
      for (Node& node : nodes_) {
        if (!node.engine->round_done()) continue;
        node.engine->start_round(work_, flying_);
        any = true;
      }
      while (!flying_.empty()) {
        std::vector<Envelope> now;
        now.swap(flying_);
        for (Envelope& envelope : now) deliver(std::move(envelope));
        any = true;
      }
      for (Node& node : nodes_)
        if (node.engine->algorithm().asynchronous() != nullptr && !node.engine->round_done() &&
            node.engine->waiting_for().empty())
          any = node.engine->end_round(work_);
      if (!any) return;
    }
  }

 private:
  void deliver(Envelope envelope) {
    if (envelope.header.to != victim_) {
      // The others believe in what they get from the victim, as it was misled.
      nodes_[envelope.header.to].engine->on_frame(envelope.header, envelope.payload, work_,
                                                  flying_);
      return;
    }
    switch (choices_.below(8)) {
      case 0:
        return;  // lost
      case 1:
        hand_over(envelope);  // and again
        break;
      case 2:
        envelope.payload = std::make_shared<const Bytes>(take(choices_.byte()));
        break;
      case 3:
        envelope.payload = damaged({envelope.payload->begin(), envelope.payload->end()});
        break;
      case 4:
        damage(envelope.header);
        break;
      default:
        break;
    }
    hand_over(envelope);
  }

  void hand_over(const Envelope& envelope) {
    RoundEngine& engine = *nodes_[victim_].engine;
    const Round round = engine.round();
    const std::size_t waits = engine.waiting_for().size();
    const bool refused =
        engine.on_frame(envelope.header, envelope.payload, work_, flying_).has_value();
    if (refused)
      require(engine.round() == round && engine.waiting_for().size() == waits,
              "a refused frame leaves everything as it was");
  }

  Bytes take(std::size_t count) {
    Bytes result(count);
    for (std::byte& byte : result) byte = std::byte{choices_.byte()};
    return result;
  }

  Payload damaged(Bytes payload) {
    const std::size_t at = choices_.byte() + std::size_t{256} * choices_.byte();
    const std::byte value{choices_.byte()};
    if (payload.empty()) payload.push_back(value);
    payload[at % payload.size()] = value;
    if (choices_.below(4) == 0) payload.resize(choices_.byte(), std::byte{0});
    return std::make_shared<const Bytes>(std::move(payload));
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (std::size_t size = choices_.below(9); size > 0; --size)
      value = value << 8U | choices_.byte();
    return value;
  }

  void damage(FrameHeader& header) {
    switch (choices_.below(6)) {
      case 0:
        header.round = number();
        break;
      case 1:
        header.round += choices_.below(8);
        break;
      case 2:
        header.phase = static_cast<std::uint16_t>(number());
        break;
      case 3:
        header.sequence = number();
        break;
      case 4:
        header.from = static_cast<NodeId>(number());
        break;
      default:
        header.to = static_cast<NodeId>(number());
        break;
    }
  }

  NodeId victim_;
  Choices choices_;
  std::vector<Node> nodes_;
  std::vector<Envelope> flying_;
  Workspace work_;
};

}  // namespace

void fuzz_messages(ByteView input) {
  Choices choices(input);
  const Experiment& experiment = experiments()[choices.below(experiments().size())];
  const auto victim = static_cast<NodeId>(choices.below(experiment.network().nodes()));
  try {
    Exchange(experiment, victim, choices).run();
  } catch (const std::runtime_error&) {
    // A model that has diverged; the run would end with that message.
  }
}

}  // namespace hearsay::fuzz
