// A ring of MPI processes that exchange full vectors with both neighbours: mpirun -n N ring_mpi D ROUNDS.
// Prints milliseconds a round, after two rounds.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int nodes = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &nodes);
  if (argc != 3) MPI_Abort(MPI_COMM_WORLD, 2);
  const int d = static_cast<int>(std::atof(argv[1]));
  const int rounds = std::atoi(argv[2]);
  const int around[1] = {nodes};
  const int closed[1] = {1};
  MPI_Comm ring = MPI_COMM_NULL;
  MPI_Cart_create(MPI_COMM_WORLD, 1, around, closed, 0, &ring);
  std::vector<float> x(static_cast<std::size_t>(d), static_cast<float>(rank));
  std::vector<float> both(2 * static_cast<std::size_t>(d));
  const auto one_round = [&] {
    MPI_Neighbor_allgather(x.data(), d, MPI_FLOAT, both.data(), d, MPI_FLOAT, ring);
    const float* left = both.data();
    const float* right = both.data() + d;
    for (int j = 0; j < d; ++j) x[static_cast<std::size_t>(j)] = (x[static_cast<std::size_t>(j)] + left[j] + right[j]) / 3.0F + 0.01F;
  };
  one_round();
  one_round();
  MPI_Barrier(ring);
  const double start = MPI_Wtime();
  for (int t = 0; t < rounds; ++t) one_round();
  MPI_Barrier(ring);
  if (rank == 0) std::printf("%.6f\n", (MPI_Wtime() - start) / rounds * 1e3);
  MPI_Finalize();
  return 0;
}
