// What ZeroMQ allows on a star: a ROUTER and N DEALER processes over loopback TCP that send d
// floats up and get their mean back, without anything around it: bench_star_floor WORKERS D ROUNDS.
// Prints rounds a second.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace {

void work(const std::string& endpoint, std::size_t d, int rounds) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.connect(endpoint);
  std::vector<float> x(d, 1.0F);
  for (int t = 0; t < rounds; ++t) {
    socket.send(zmq::buffer(x), zmq::send_flags::none);
    zmq::message_t mean;
    if (!socket.recv(mean)) std::abort();
    std::memcpy(x.data(), mean.data(), mean.size());
  }
}

double serve(zmq::socket_t& socket, std::size_t workers, std::size_t d, int rounds) {
  std::vector<zmq::message_t> names(workers);
  std::vector<float> mean(d);
  auto start = std::chrono::steady_clock::now();
  for (int t = 0; t < rounds; ++t) {
    if (t == rounds / 10) start = std::chrono::steady_clock::now();
    std::fill(mean.begin(), mean.end(), 0.0F);
    for (zmq::message_t& name : names) {
      zmq::message_t up;
      if (!socket.recv(name) || !socket.recv(up)) std::abort();
      const auto* values = up.data<float>();
      for (std::size_t j = 0; j < d; ++j) mean[j] += values[j];
    }
    for (float& value : mean) value /= static_cast<float>(workers);
    for (zmq::message_t& name : names) {
      socket.send(name, zmq::send_flags::sndmore);
      socket.send(zmq::buffer(mean), zmq::send_flags::none);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return (rounds - rounds / 10) / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_star_floor WORKERS D ROUNDS\n");
    return 2;
  }
  const auto workers = static_cast<std::size_t>(std::atol(argv[1]));
  const auto d = static_cast<std::size_t>(std::atol(argv[2]));
  const int rounds = std::atoi(argv[3]);
  // Forked before there is a thread; they wait for the endpoint.
  std::vector<pid_t> children;
  int pipes[2];
  if (pipe(pipes) != 0) return 1;
  for (std::size_t w = 0; w < workers; ++w) {
    const pid_t child = fork();
    if (child == 0) {
      char endpoint[128] = {};
      if (read(pipes[0], endpoint, sizeof endpoint) != sizeof endpoint) _exit(1);
      work(endpoint, d, rounds);
      _exit(0);
    }
    children.push_back(child);
  }
  {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::router);
    socket.bind("tcp://127.0.0.1:*");
    char endpoint[128] = {};
    std::snprintf(endpoint, sizeof endpoint, "%s", socket.get(zmq::sockopt::last_endpoint).c_str());
    for (std::size_t w = 0; w < workers; ++w)
      if (write(pipes[1], endpoint, sizeof endpoint) != sizeof endpoint) return 1;
    std::printf("%.1f\n", serve(socket, workers, d, rounds));
  }
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  return 0;
}
