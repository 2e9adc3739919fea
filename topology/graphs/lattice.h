// Rows and columns, for grids and tori.
#pragma once

#include <cstddef>
#include <vector>

#include "core/params.h"

namespace hearsay {

struct Lattice {
  std::size_t rows = 1;
  std::size_t columns = 1;
};

/// The settings `rows` and `columns`, as grids and tori describe them.
std::vector<Param> lattice_params();

/// The sides from `rows` and `columns`, where one of them and `nodes` give the other; or from
/// `nodes` alone, the most nearly square pair of sides with rows <= columns (9 is 3 x 3, 8 is 2 x
/// 4, a prime p is 1 x p). Throws ParamError when they contradict each other or say too little.
Lattice lattice_sides(const Params& params);

}  // namespace hearsay
