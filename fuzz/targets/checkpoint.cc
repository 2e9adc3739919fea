// Checkpoints: bytes are refused with a reason, or their list is restored into a node that it fits.
// An input is the list alone or a whole file, by its first byte: no fuzzer guesses a checksum.
#include "nodes/checkpoint.h"

#include <algorithm>
#include <string>

#include "core/bytes.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "nodes/experiment.h"
#include "nodes/frame.h"

namespace hearsay::fuzz {

namespace {

const Experiment& experiment() {
  static const Experiment kExperiment(
      Config::parse("topology: {graph: ring, nodes: 3}\n"
                    "objective: {model: quadratic, dimension: 6}\n"
                    "algorithm: {name: choco-amsgrad, learning_rate: 0.1, gossip_step: 0.5,\n"
                    "  compressor: {name: top-k, k: 2}}\n"
                    "run: {rounds: 4}\n",
                    "fuzz.yaml"),
      {});
  return kExperiment;
}

/// The list between a header and a trailer that belong to it.
Bytes file_of(ByteView list, const CheckpointOwner& owner) {
  Bytes file;
  ByteWriter out(file);
  out.u64(kCheckpointMagic);
  out.u64(owner.digest);
  out.u32(owner.node);
  out.u32(0);
  out.u64(4);
  out.bytes(list);
  const std::uint32_t sum = checksum(file);
  out.u64(list.size());
  out.u32(checksum(ByteView(file).last(8), sum));
  out.u32(0);
  return file;
}

}  // namespace

void fuzz_checkpoint(ByteView input) {
  const CheckpointOwner owner{.node = 1, .digest = 7};
  Choices choices(input);
  const bool whole = choices.byte() != 0;
  const Bytes made = whole ? Bytes() : file_of(choices.rest(), owner);
  const ByteView file = whole ? choices.rest() : ByteView(made);
  Node node = experiment().make_node(1);
  NodeRecord record;
  try {
    const Round round = check_checkpoint(file, owner, "input");
    require(whole || round == 4, "a sound file tells its round");
    restore_checkpoint(
        file,
        [&](StateVisitor& visitor) {
          node.visit_state(visitor);
          record.visit_state(visitor);
        },
        "input");
  } catch (const CheckpointError& error) {
    const std::string message = error.what();
    require(message.rfind("input: ", 0) == 0, "a refusal names the file");
  }
}

}  // namespace hearsay::fuzz
