// Matrices projected on a random part of their columns' space.
#pragma once

#include <vector>

#include "core/compressor.h"

namespace hearsay {

/// Each layer of two or more dimensions is a matrix M of m rows (its first dimension) and n columns
/// (the product of the others): C(M) = U U^T M, where the r columns of U are an orthonormal basis
/// of M Q, and Q is n x r, Gaussian. [Vogels, Karimireddy, Jaggi: PowerSGD, NeurIPS 2019, Algorithm
/// 1, lines 2 to 6, in the stateless form: compressors keep no memory, so Q is drawn anew each time
/// and not the last message's factor]
///   Settings: rank; r = min(rank, m, n) in each layer.
///   Vectors, and matrices that r (m + n) floats would not make smaller, are sent in full; a model
///   of one vector (logistic, least-squares) is not compressed at all.
///   Wire, layer by layer: in full m n x f32; else P, m x r, then R, r x n, f32, row by row: P = g
///   U and R = U^T M / g, with g the power of two at or above sqrt(m), which keeps R finite. A
///   direction that M Q does not have is a column of zeros.
///   The value decoded is sum_k P_ik R_kj, added up in double by ascending k, rounded to float
///   once, and held within the largest floats. Ideal bits: 32 a float. C is a projection, ||x -
///   C(x)||^2 = ||x||^2 - ||C(x)||^2, and E||C(M)||^2 >= (r / rank M)
///   ||M||^2: with the singular values s_i, E||C(M)||^2 = sum_i s_i^2 E h_i, where the h_i, with
///   sum r, are the leverage scores of the rows s_i q_i of a Gaussian matrix. E h_i grows with s_i
///   (let rows i and j exchange their q: the score grows with the row's own factor and falls with
///   the other's), so Chebyshev's sum inequality applies. It is met for equal singular values. So
///   pi, in expectation, is the least r / min(m, n) of the layers; models of decaying spectrum fare
///   much better. Draws n r Gaussian numbers a matrix.  O(m n r) time.
class LowRank final : public Compressor {
 public:
  LowRank(const Layout& layout, std::size_t rank);

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  /// A single matrix, as square as the dimension allows, of the rank that gives about the same pi.
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

 private:
  struct Block {
    std::size_t size() const { return rows * columns; }
    std::size_t floats() const { return rank == 0 ? size() : rank * (rows + columns); }

    std::size_t rows;
    std::size_t columns;
    std::size_t rank;  // r; 0: sent in full
    float gain;        // g
  };

  static Block block_of(const Layer& layer, std::size_t rank);
  static void encode_matrix(const Block& block, ConstVectorView m, Stream& stream, Workspace& work,
                            std::byte* to);
  static void decode_matrix(const Block& block, const std::byte* from, float weight, VectorView y);

  std::vector<Block> blocks_;  // one a layer, in order
  std::size_t floats_ = 0;     // in a message
};

}  // namespace hearsay
