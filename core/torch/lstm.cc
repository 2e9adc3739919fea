// imdb-lstm: an embedding, one LSTM layer (Hochreiter, Schmidhuber 1997), and two linear layers on
// its output after the last word.
#include <cmath>

#include "core/torch/architectures.h"

namespace hearsay {

void sketch_lstm(const DeepSpec& spec, Sketch& sketch) {
  if (spec.vocabulary == 0)
    throw DeepModelError(spec.model + " needs rows of word numbers, as of imdb");
  const std::int64_t width = integer_option(spec, "embedding");
  const std::int64_t cells = integer_option(spec, "cells");
  const std::int64_t hidden = integer_option(spec, "hidden");
  const Draw draw{Draw::Kind::uniform, 1.0 / std::sqrt(static_cast<double>(cells))};
  const std::string table =
      sketch.parameter("embedding.weight", {spec.vocabulary, width}, {Draw::Kind::normal, 1.0});
  std::string weights;
  for (const auto& [name, shape] :
       {std::pair<const char*, Sketch::Shape>{"weight_ih_l0", {4 * cells, width}},
        {"weight_hh_l0", {4 * cells, cells}},
        {"bias_ih_l0", {4 * cells}},
        {"bias_hh_l0", {4 * cells}}})
    weights +=
        (weights.empty() ? "" : ", ") + sketch.parameter(std::string("lstm.") + name, shape, draw);
  sketch.line("x = torch.embedding(" + table + ", x)");
  sketch.line("start = torch.zeros([1, x.size(0), " + std::to_string(cells) + "])");
  sketch.line("y, h, c = torch.lstm(x, [start, start], [" + weights +
              "], True, 1, 0.0, self.training, False, True)");
  sketch.line("x = torch.relu(" + sketch.linear("fc1", "y[:, -1]", cells, hidden) + ")");
  sketch.line("return " + sketch.linear("fc2", "x", hidden, spec.outputs));
}

}  // namespace hearsay
