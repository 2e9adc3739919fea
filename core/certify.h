// Measures what a compressor promises: `hearsay certify`.
//
// What is promised is a bound on E||C(x) - x||^2 / ||x||^2, which is 1 - pi or omega, and for an
// unbiased compressor E C(x) = x. A compressor that draws random numbers is drawn from many times,
// and a promise counts as broken when a wager against it (core/wager.h) has won a billion times its
// stake: so a promise that holds is called broken once in a billion such tests. One that draws none
// must keep its promise every time. Float arithmetic is allowed for: a few roundings of each
// coordinate, and half of the least float.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/compressor.h"

namespace hearsay {

struct Certificate {
  double bound = 0.0;               // promised for E||C(x) - x||^2 / ||x||^2
  double mean = 0.0;                // of it over the random vectors
  double worst = 0.0;               // of all vectors, each by its mean over the draws
  std::string worst_vector;         // its name; empty when there is no error at all
  bool unbiased = false;            // what is promised
  double bias = 0.0;                // unbiased: the largest of any vector, in standard deviations
  double ideal_bits = 0.0;          // a coordinate
  double wire_bits = 0.0;           // a coordinate
  std::vector<std::string> broken;  // each broken promise with its vector, in words

  bool holds() const { return broken.empty(); }
};

/// Runs C on every vector of core/certify_vectors.h and on zero. One that knows layers is best made
/// for Layout::square(d), to which some of the vectors belong. Everything follows from the seed.
Certificate certify(const Compressor& compressor, std::uint64_t seed);

struct Speed {
  double encode = 0.0;  // ns a coordinate
  double decode = 0.0;  // check and decode_add
};

/// On a Gaussian vector; a measurement of this machine.
Speed measure_speed(const Compressor& compressor, std::uint64_t seed);

/// A few settings of a compressor, as `hearsay certify` tries them: every combination of some
/// values of the keys that it knows.
std::vector<Params> certify_settings(const PartInfo& part);

}  // namespace hearsay
