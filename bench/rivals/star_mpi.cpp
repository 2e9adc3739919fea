// A server and its workers as MPI processes: D floats up, their mean down, by two collectives.
// mpirun -n WORKERS+1 star_mpi reduce|gather D ROUNDS. Prints rounds a second, without the first tenth.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int processes = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &processes);
  if (argc != 4) MPI_Abort(MPI_COMM_WORLD, 2);
  const bool gather = std::strcmp(argv[1], "gather") == 0;
  const int d = std::atoi(argv[2]);
  const int rounds = std::atoi(argv[3]);
  const auto size = static_cast<std::size_t>(d);
  std::vector<float> up(size, rank == 0 ? 0.0F : 1.0F);
  std::vector<float> mean(size);
  std::vector<float> all(gather && rank == 0 ? size * static_cast<std::size_t>(processes) : 0);
  double start = MPI_Wtime();
  for (int t = 0; t < rounds; ++t) {
    if (t == rounds / 10) start = MPI_Wtime();
    if (gather) {
      MPI_Gather(up.data(), d, MPI_FLOAT, all.data(), d, MPI_FLOAT, 0, MPI_COMM_WORLD);
      if (rank == 0)
        for (std::size_t j = 0; j < size; ++j) {
          float sum = 0.0F;
          for (int w = 1; w < processes; ++w) sum += all[static_cast<std::size_t>(w) * size + j];
          mean[j] = sum;
        }
    } else {
      MPI_Reduce(up.data(), mean.data(), d, MPI_FLOAT, MPI_SUM, 0, MPI_COMM_WORLD);
    }
    if (rank == 0)
      for (float& value : mean) value /= static_cast<float>(processes - 1);
    MPI_Bcast(mean.data(), d, MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (rank != 0) up = mean;
  }
  if (rank == 0) std::printf("%.1f\n", (rounds - rounds / 10) / (MPI_Wtime() - start));
  MPI_Finalize();
  return 0;
}
