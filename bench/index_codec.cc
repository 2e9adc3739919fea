// Sparse messages, ns an index: encode (of chosen indices), check, decode, and decode-and-add
// beside a bare indexed add of the same entries; `bits` an index against log2 C(d, k) / k.
//
//   build/bench_index_codec --benchmark_filter=ratio --benchmark_min_time=0.5
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include "core/compressors/indices.h"
#include "core/compressors/random_k.h"
#include "core/compressors/top_k.h"
#include "core/compressors/top_k_quantized.h"

namespace hearsay {
namespace {

using Indices = std::vector<std::uint32_t>;

/// How the kept coordinates lie: anywhere, or in eight layers of densities a factor of four apart.
enum class Shape { even, layers };

/// About k of d.
Indices drawn(std::size_t d, std::size_t k, Shape shape) {
  std::vector<std::uint64_t> bitmap;
  Indices indices;
  const auto draw = [&](std::size_t begin, std::size_t size, std::size_t count) {
    draw_subset(begin + 1, size, count, bitmap);
    for (std::size_t j = 0; j < size; ++j)
      if ((bitmap[j / 64] >> (j % 64) & 1U) != 0)
        indices.push_back(static_cast<std::uint32_t>(begin + j));
  };
  if (shape == Shape::even) {
    draw(0, d, k);
    return indices;
  }
  constexpr std::size_t kLayers = 8;
  for (std::size_t l = 0; l < kLayers; ++l) {
    const double share = 3.0 * std::pow(0.25, static_cast<double>(l));
    draw(l * (d / kLayers), d / kLayers,
         std::min(d / kLayers, static_cast<std::size_t>(share * static_cast<double>(k / 4)) + 1));
  }
  return indices;
}

double bound_in_bits(std::size_t d, std::size_t k) {
  const auto n = static_cast<double>(d);
  const auto m = static_cast<double>(k);
  return (std::lgamma(n + 1) - std::lgamma(m + 1) - std::lgamma(n - m + 1)) / std::numbers::ln2 / m;
}

struct Case {
  std::size_t d;
  Indices indices;
  std::size_t size;  // bytes of the indices
  Bytes bytes;       // and something behind them, as in a message

  Case(std::size_t dimension, double ratio, Shape shape)
      : d(dimension),
        indices(drawn(dimension, static_cast<std::size_t>(ratio * static_cast<double>(dimension)),
                      shape)) {
    const IndexWriter writer(indices, d);
    size = writer.size();
    bytes.resize(size);
    writer.write(bytes.data());
  }
  ByteView view() const { return ByteView(bytes).first(size); }
};

const Case& case_of(std::size_t d, double ratio, Shape shape) {
  static std::vector<std::pair<std::tuple<std::size_t, double, Shape>, std::unique_ptr<Case>>> all;
  for (const auto& [key, value] : all)
    if (key == std::tuple(d, ratio, shape)) return *value;
  return *all.emplace_back(std::tuple(d, ratio, shape), std::make_unique<Case>(d, ratio, shape))
              .second;
}

void per_index(benchmark::State& state, std::size_t count) {
  // Seconds over a billionth of all indices: printed as nanoseconds an index.
  state.counters["ns/index"] = benchmark::Counter(
      static_cast<double>(count) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void encode(benchmark::State& state, const Case& of) {
  Bytes out;
  for (auto _ : state) {
    out.clear();
    const IndexWriter writer(of.indices, of.d);
    writer.write(wire::grow(out, writer.size()));
    benchmark::DoNotOptimize(out.data());
  }
  per_index(state, of.indices.size());
  state.counters["bits"] =
      8.0 * static_cast<double>(of.size) / static_cast<double>(of.indices.size());
  state.counters["bound"] = bound_in_bits(of.d, of.indices.size());
}

void check(benchmark::State& state, const Case& of) {
  for (auto _ : state) {
    auto wrong = check_indices(of.view(), of.indices.size(), of.d);
    if (wrong) state.SkipWithError(wrong->c_str());
    benchmark::DoNotOptimize(wrong);
  }
  per_index(state, of.indices.size());
}

void decode(benchmark::State& state, const Case& of) {
  IndexBlock block;
  for (auto _ : state) {
    IndexReader reader(of.view(), of.indices.size(), of.d);
    for (auto indices = reader.next(block); !indices.empty(); indices = reader.next(block))
      benchmark::DoNotOptimize(block.data());
  }
  per_index(state, of.indices.size());
}

void bare_add(benchmark::State& state, const Case& of) {
  Vector y(of.d);
  const Vector values(of.indices.size(), 1.0F);
  const float weight = 0.3F;
  for (auto _ : state) {
    for (std::size_t i = 0; i < values.size(); ++i) y[of.indices[i]] += weight * values[i];
    benchmark::ClobberMemory();
  }
  per_index(state, of.indices.size());
}

/// The whole of a message, as its receiver applies it.
void decode_add(benchmark::State& state, const Case& of, const Compressor& compressor) {
  Vector x(of.d);
  for (const std::uint32_t j : of.indices) x[j] = 1.0F;
  Workspace work;
  Stream stream({.seed = 1});
  Bytes payload;
  compressor.encode(x, stream, work, payload);
  Vector y(of.d);
  for (auto _ : state) {
    compressor.decode_add(payload, 0.3F, y);
    benchmark::ClobberMemory();
  }
  per_index(state, of.indices.size());
}

/// Both in turn, block of messages by block of messages, so that the ratio does not depend on the
/// minute.
void ratio_to_bare(benchmark::State& state, const Case& of, const Compressor& compressor) {
  using Clock = std::chrono::steady_clock;
  Vector x(of.d);
  for (const std::uint32_t j : of.indices) x[j] = 1.0F;
  Workspace work;
  Stream stream({.seed = 1});
  Bytes payload;
  compressor.encode(x, stream, work, payload);
  Vector y(of.d);
  const Vector values(of.indices.size(), 1.0F);
  const float weight = 0.3F;
  std::vector<double> ratios;
  for (auto _ : state) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < values.size(); ++i) y[of.indices[i]] += weight * values[i];
    benchmark::ClobberMemory();
    const auto middle = Clock::now();
    compressor.decode_add(payload, weight, y);
    benchmark::ClobberMemory();
    const auto end = Clock::now();
    ratios.push_back(std::chrono::duration<double>(end - middle) /
                     std::chrono::duration<double>(middle - start));
  }
  std::nth_element(ratios.begin(), ratios.begin() + std::ssize(ratios) / 2, ratios.end());
  state.counters["ratio"] = ratios[ratios.size() / 2];
}

void add_benchmarks() {
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run);
  };
  for (const std::size_t d : {std::size_t{1'000'000}, std::size_t{11'000'000}}) {
    for (const auto& [ratio, shape, label] :
         {std::tuple(0.01, Shape::even, "1%"), std::tuple(0.001, Shape::even, "0.1%"),
          std::tuple(0.05, Shape::even, "5%, M = 12"), std::tuple(0.5, Shape::even, "bitmap"),
          std::tuple(0.9, Shape::even, "left out"), std::tuple(0.01, Shape::layers, "layers")}) {
      const Case& of = case_of(d, ratio, shape);
      const std::string end = fmt::format("/{}/{}", d, label);
      const std::size_t k = of.indices.size();
      add("encode" + end, [&of](benchmark::State& state) { encode(state, of); });
      add("check" + end, [&of](benchmark::State& state) { check(state, of); });
      add("decode" + end, [&of](benchmark::State& state) { decode(state, of); });
      add("bare add" + end, [&of](benchmark::State& state) { bare_add(state, of); });
      add("decode_add/float32" + end,
          [&of, d, k](benchmark::State& state) { decode_add(state, of, TopK(d, k)); });
      add("decode_add/float16" + end, [&of, d, k](benchmark::State& state) {
        decode_add(state, of, TopK(d, k, TopK::Values::float16));
      });
      add("decode_add/4 bits" + end,
          [&of, d, k](benchmark::State& state) { decode_add(state, of, TopKQuantized(d, k, 4)); });
      add("ratio/float32" + end,
          [&of, d, k](benchmark::State& state) { ratio_to_bare(state, of, TopK(d, k)); });
      add("ratio/float16" + end, [&of, d, k](benchmark::State& state) {
        ratio_to_bare(state, of, TopK(d, k, TopK::Values::float16));
      });
      add("ratio/4 bits" + end, [&of, d, k](benchmark::State& state) {
        ratio_to_bare(state, of, TopKQuantized(d, k, 4));
      });
    }
  }
}

}  // namespace
}  // namespace hearsay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  hearsay::add_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
