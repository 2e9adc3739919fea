// Checkpoints: a node's state after a round, in a file that is there as a whole or not at all.
//
// A file is written beside its place, synced and renamed, so a crash leaves the one before. What is
// read is checked first: a file that is torn, changed, or of another experiment or node is refused
// with its reason, and an earlier one is used. docs/checkpoints.md has the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/state.h"
#include "core/types.h"

namespace hearsay {

/// A checkpoint that cannot be written, or cannot be used. The message names the file.
class CheckpointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::uint64_t kCheckpointMagic = 0x31304b4359415348U;  // "HSAYCK01", little-endian

/// Whose state a file holds.
struct CheckpointOwner {
  /// In place of a node: all nodes of a simulation, one behind the other.
  static constexpr NodeId kSimulation = 0xffffffffU;

  NodeId node = kSimulation;
  std::uint64_t digest = 0;  // Experiment::state_digest
};

/// Visits what is saved, always in the same order.
using VisitState = std::function<void(StateVisitor&)>;

/// The checkpoints of one owner, a file each: FOLDER/node-003/round-000000100.ckpt.
class CheckpointFolder {
 public:
  /// write() leaves the `keep` newest files (at least 1), and the newest of those that are `lag`
  /// rounds older than the last: what another owner, that many rounds behind, may have as its last.
  CheckpointFolder(const std::filesystem::path& folder, CheckpointOwner owner, std::size_t keep,
                   Round lag);

  /// The state after round t. Returns the bytes written. Throws CheckpointError; what was there
  /// before is left alone then.
  std::uint64_t write(Round t, const VisitState& visit);

  /// The rounds whose files are sound, the newest first; reads all of them. What is not sound is
  /// passed to `refused`, a line each.
  std::vector<Round> sound(const std::function<void(const std::string&)>& refused) const;

  /// Restores what write() visited; the object must be freshly made. Throws CheckpointError.
  void read(Round t, const VisitState& visit) const;

  /// Removes those after round t: a run that goes on from there writes them again.
  void forget_after(Round t) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path file_of(Round t) const;

 private:
  std::vector<Round> rounds() const;  // of the files that are there, the newest first
  void remove_old(Round t) const;

  std::filesystem::path folder_;
  CheckpointOwner owner_;
  std::size_t keep_;
  Round lag_;
};

/// The round of a checkpoint in memory, once it has been found sound. Throws CheckpointError whose
/// message begins with `name`.
Round check_checkpoint(ByteView bytes, const CheckpointOwner& owner, const std::string& name);

/// Restores from bytes that check_checkpoint has passed.
void restore_checkpoint(ByteView bytes, const VisitState& visit, const std::string& name);

}  // namespace hearsay
