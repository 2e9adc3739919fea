// Objectives: min_x (1/n) sum_i f_i(x), where f_i is known to node i alone.
//
// An objective is immutable and shared by all nodes and threads of a process. Its model is one flat
// float vector, described by a Layout; gradients have the same layout. The interface is spans only,
// so that a plugin can implement it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/layout.h"
#include "core/params.h"
#include "core/partition.h"
#include "core/random.h"
#include "core/registry.h"
#include "core/types.h"
#include "core/workspace.h"

namespace hearsay {

/// What f_i is evaluated on: rows of the training set, and the node for objectives without data.
struct Sample {
  std::span<const std::uint32_t> rows;
  NodeId part = 0;          // the index i of f_i, 0 <= i < number of parts
  Stream* noise = nullptr;  // set for stochastic gradients only; null asks for the exact one

  /// The node's buffers (Objective::buffer_layout). A stochastic gradient updates them as training
  /// does; the exact one is of the model with these buffers and leaves them alone.
  VectorView buffers = {};

  /// Whether the rows are all those of f_i, the same in the same order in every such sample: worth
  /// to be prepared once.
  bool whole = false;
};

/// A tensor that belongs to a model but not to x: a frozen parameter.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  Vector values;
};

class Objective {
 public:
  virtual ~Objective() = default;

  virtual const Layout& layout() const = 0;

  /// x0, the same on all nodes; `stream` depends on the run's seed alone. Zero unless overridden.
  virtual void initialize(VectorView x0, Stream& stream) const;

  /// The mean loss over the sample's rows plus the regularizer, accumulated in double. Unless
  /// `gradient` is empty, writes the gradient over it (d values). Deterministic: the same sample
  /// gives the same bits.
  virtual double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                          Workspace& work) const = 0;

  /// Writes the gradient alone, of the same bits: for objectives whose loss takes work of its own.
  virtual void gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                        Workspace& work) const;

  /// How many of the given test rows the model with these buffers classifies right; nothing where
  /// that has no meaning.
  virtual std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                               std::span<const std::uint32_t> test_rows,
                                               Workspace& work) const = 0;

  /// The number of test rows, which `correct` can be asked for; 0 when there are none.
  virtual std::size_t test_rows() const = 0;

  // --- What only deep models have ---

  /// What the model keeps besides its parameters, as the running mean and variance of batch
  /// normalization: part of each node's state, changed by its training rounds, never sent in them.
  /// Empty unless overridden.
  virtual const Layout& buffer_layout() const;

  /// The buffers before round 1, the same on all nodes.
  virtual void initialize_buffers(VectorView buffers) const;

  /// Frozen parameters, which are no part of x, for the model file.
  virtual std::vector<NamedTensor> frozen() const { return {}; }

  /// What the model sees of a sample, [rows, ...], where that is not the plain rows of the data
  /// set, as with images and their augmentation: draws from `noise` what a stochastic gradient
  /// draws.
  virtual std::optional<NamedTensor> inputs(const Sample& /*sample*/) const { return {}; }

  /// Writes the model in forms of its own into a folder, beside model.safetensors. Throws
  /// std::runtime_error that names the file.
  virtual void save(ConstVectorView x, ConstVectorView buffers, const std::string& folder) const;
};

struct ObjectiveContext {
  std::shared_ptr<const Dataset> data;  // null when the config names none
  std::size_t parts = 1;                // number of f_i
  std::uint64_t seed = 0;
};

using MakeObjective = std::unique_ptr<Objective> (*)(const Params& params,
                                                     const ObjectiveContext& context);

const Registry<MakeObjective>& objectives();
const Catalogue& objective_catalogue();

}  // namespace hearsay
