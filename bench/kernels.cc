// The kernels of a round against what memory allows, one thread.
//
// The name of a case is KERNEL/d; tools/bench divides its time by that of the limit it is held
// against, taken in the same run, turn by turn.
//
// With HEARSAY_BENCH_ONCE=d,n there is each case of that d alone, of n rounds: for programs that
// count instructions.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "bench/support/streams.h"
#include "core/channel.h"
#include "core/compressor.h"
#include "core/optimizers/adaptive.h"
#include "core/selection.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/compressed_gossip.h"

namespace hearsay::bench {
namespace {

using benchmark::State;

std::size_t dimension_of(const State& state) {
  return static_cast<std::size_t>(state.range(0));
}

/// The same for all that ask; nobody may change it.
const Vector& normal(std::size_t size, std::uint64_t seed = 1) {
  static std::map<std::pair<std::size_t, std::uint64_t>, Vector> all;
  Vector& x = all[{size, seed}];
  if (x.empty()) x = normal_vector(size, seed);
  return x;
}

/// What a config would say of a compressor.
Params given(const std::string& name,
             std::initializer_list<std::pair<const char*, Value>> settings = {}) {
  Params result;
  result.set("name", name);
  for (const auto& [key, value] : settings) result.set(key, value);
  return result;
}

std::shared_ptr<const Compressor> compressor(std::size_t d, const Params& of) {
  return make_compressor(complete(compressors().at(of.part()), of), Layout::flat(d));
}

// --- Limits

void limit_read(State& state) {
  const Vector& x = normal(dimension_of(state));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(read(x));
}

void limit_touch(State& state, std::size_t updated, std::size_t inputs) {
  const std::vector<Vector> in(inputs, normal(dimension_of(state)));
  std::vector<Vector> out(updated, normal(dimension_of(state)));
  for ([[maybe_unused]] auto _ : state) {
    touch(out, in);
    benchmark::ClobberMemory();
  }
}

// --- Compression

void top_k(State& state, double ratio, bool carried_over) {
  const std::size_t d = dimension_of(state);
  const auto k = static_cast<std::size_t>(static_cast<double>(d) * ratio);
  const Vector& x = normal(d);
  Selector selector;
  SelectionHint hint;
  selector.largest(x, k, carried_over ? &hint : nullptr);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(selector.largest(x, k, carried_over ? &hint : nullptr));
}

void encode(State& state, const Params& of) {
  const std::size_t d = dimension_of(state);
  const auto c = compressor(d, of);
  const Vector& x = normal(d);
  Stream stream = Stream::from_state(1);
  Workspace work;
  Bytes out;
  c->encode(x, stream, work, out);  // buffers get their room, and the kernel hands out their pages
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(c->encode(x, stream, work, out));
  }
}

void decode_add(State& state, const Params& of) {
  const std::size_t d = dimension_of(state);
  const auto c = compressor(d, of);
  Stream stream = Stream::from_state(1);
  Workspace work;
  Bytes message;
  c->encode(normal(d), stream, work, message);
  Vector y(d);
  for ([[maybe_unused]] auto _ : state) {
    c->decode_add(message, 0.25F, y);
    benchmark::ClobberMemory();
  }
}

/// What no message can go below: y[places[i]] += w values[i].
void indexed_add(State& state, double ratio) {
  const std::size_t d = dimension_of(state);
  Selector selector;
  const Selection kept =
      selector.largest(normal(d), static_cast<std::size_t>(static_cast<double>(d) * ratio));
  Vector y(d);
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t i = 0; i < kept.indices.size(); ++i)
      y[kept.indices[i]] += 0.25F * kept.values[i];
    benchmark::ClobberMemory();
  }
}

/// A channel on a vector that walks slowly, as models do: every round a small step in another
/// direction, which is not timed.
class Walk {
 public:
  explicit Walk(std::size_t d) : x_(normal(d, 2)), step_(normal(2 * d, 3)) {}
  void step() {
    at_ = (at_ + 7919) % x_.size();
    add_scaled(x_, 0.01F, ConstVectorView(step_).subspan(at_, x_.size()));
  }
  ConstVectorView x() const { return x_; }

 private:
  Vector x_;
  const Vector& step_;
  std::size_t at_ = 0;
};

void channel(State& state, ChannelKind kind, const Params& of) {
  const std::size_t d = dimension_of(state);
  ChannelSender sender(kind, compressor(d, of));
  Walk walk(d);
  Stream stream = Stream::from_state(1);
  Workspace work;
  Bytes out;
  const auto round = [&] {
    out.clear();
    benchmark::DoNotOptimize(sender.send(walk.x(), stream, work, out));
  };
  for (int warm = 0; warm < 300 && state.range(0) <= 1'000'000; ++warm, walk.step()) round();
  for (int warm = 0; warm < 150; ++warm, walk.step()) round();
  for ([[maybe_unused]] auto _ : state) {
    round();
    state.PauseTiming();
    walk.step();
    state.ResumeTiming();
  }
}

// --- Steps

Params amsgrad() {
  return complete(optimizers().at("amsgrad"));
}

void amsgrad_step(State& state) {
  const std::size_t d = dimension_of(state);
  Adaptive optimizer(amsgrad(), d, Adaptive::SecondMoment::maximum);
  const Vector& g = normal(d);
  Vector x = normal(d, 2);
  optimizer.step(x, g, 0.001);
  for ([[maybe_unused]] auto _ : state) {
    optimizer.step(x, g, 0.001);
    benchmark::ClobberMemory();
  }
}

/// All of a round but the gradient, on a node with two neighbours: the step, the message, and the
/// neighbours' messages, which are like the own one, mixed in.
void choco_amsgrad_round(State& state, double ratio) {
  const std::size_t d = dimension_of(state);
  Adaptive optimizer(amsgrad(), d, Adaptive::SecondMoment::maximum);
  Vector x = normal(d, 2);
  CompressedGossip gossip(compressor(d, given("top-k", {{"ratio", ratio}})), x);
  const Vector& gradients = normal(2 * d, 3);
  std::size_t at = 0;
  Workspace work;
  Bytes message;
  const auto round = [&] {
    at = (at + 7919) % d;
    optimizer.step(x, ConstVectorView(gradients).subspan(at, d), 0.001);
    message.clear();
    gossip.send(x, Stream::from_state(1), work, message);
    gossip.add(message, 0.25F);
    gossip.add(message, -0.5F);
    gossip.add(message, 0.25F);
    if (!add_scaled(x, 0.3F, gossip.disagreement())) state.SkipWithError("diverged");
  };
  for (int warm = 0; warm < 150; ++warm) round();
  for ([[maybe_unused]] auto _ : state) round();
}

struct Counted {
  std::int64_t dimension = 0;
  std::int64_t rounds = 0;
};

std::optional<Counted> counted() {
  const char* const given = std::getenv("HEARSAY_BENCH_ONCE");
  if (given == nullptr) return std::nullopt;
  std::istringstream text(given);
  Counted result;
  char comma = 0;
  text >> result.dimension >> comma >> result.rounds;
  if (!text || comma != ',' || result.dimension < 1 || result.rounds < 1) {
    std::fprintf(stderr, "HEARSAY_BENCH_ONCE is %s, allowed are two numbers: 20000,3\n", given);
    std::exit(2);
  }
  return result;
}

template <class... Args>
void add(const std::string& name, void (*run)(State&, Args...), Args... args) {
  auto* const added = benchmark::RegisterBenchmark(name.c_str(), [=](State& state) {
                        run(state, args...);
                      })->Unit(benchmark::kMicrosecond);
  if (const auto once = counted())
    added->Arg(once->dimension)->Iterations(once->rounds);
  else
    added->Arg(1'000'000)->Arg(11'000'000);
}

void register_all() {
  add("limit/read", limit_read);
  add<std::size_t, std::size_t>("limit/5-reads-4-writes", limit_touch, 4, 1);
  add<std::size_t, std::size_t>("limit/7-reads-5-writes", limit_touch, 5, 2);
  for (const auto& [label, ratio] : {std::pair{"1%", 0.01}, std::pair{"0.1%", 0.001}}) {
    const std::string of = label;
    add<double, bool>("top-k/" + of, top_k, ratio, false);
    add<double, bool>("top-k-carried-over/" + of, top_k, ratio, true);
  }
  const auto coder = [](const std::string& name, auto run, const Params& of) {
    add<const Params&>(name, run, of);
  };
  coder("scaled-sign/encode", encode, given("scaled-sign"));
  coder("scaled-sign/decode-add", decode_add, given("scaled-sign"));
  for (const int bits : {8, 4}) {
    const std::string name = "uniform-" + std::to_string(bits);
    const Params whole = given("uniform", {{"bits", bits}});
    const Params blocks = given("uniform", {{"bits", bits}, {"block_size", 4096}});
    coder(name + "/encode", encode, whole);
    coder(name + "/decode-add", decode_add, whole);
    coder(name + "-blocks/encode", encode, blocks);
    coder(name + "-blocks/decode-add", decode_add, blocks);
  }
  coder("top-k/decode-add/1%", decode_add, given("top-k", {{"ratio", 0.01}}));
  add<double>("limit/indexed-add/1%", indexed_add, 0.01);
  const auto channels = [](const std::string& name, ChannelKind kind, const Params& of) {
    add<ChannelKind, const Params&>(name, channel, kind, of);
  };
  for (const auto& [label, ratio] : {std::pair{"1%", 0.01}, std::pair{"0.1%", 0.001}})
    channels("markov/top-k-" + std::string(label), ChannelKind::markov,
             given("top-k", {{"ratio", ratio}}));
  channels("error-feedback/top-k-1%", ChannelKind::error_feedback,
           given("top-k", {{"ratio", 0.01}}));
  channels("markov/scaled-sign", ChannelKind::markov, given("scaled-sign"));
  add("amsgrad/step", amsgrad_step);
  add<double>("choco-amsgrad/round-1%", choco_amsgrad_round, 0.01);
}

}  // namespace
}  // namespace hearsay::bench

int main(int argc, char** argv) {
  hearsay::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
