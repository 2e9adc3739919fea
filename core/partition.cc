#include "core/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/gamma_distribution.hpp>
#include <cmath>
#include <numeric>

// A new partition: a make function below, its Part, and its name in this list.
#define HEARSAY_PARTITIONS(PART) \
  PART(contiguous)               \
  PART(iid)                      \
  PART(label_sorted)             \
  PART(dirichlet)

namespace hearsay {

RowRange contiguous_range(std::size_t rows, std::size_t parts, std::size_t part) {
  return {part * rows / parts, (part + 1) * rows / parts};
}

std::vector<std::uint32_t> evenly_spaced(std::size_t rows, std::size_t count) {
  std::vector<std::uint32_t> places(std::min(rows, count));
  for (std::size_t k = 0; k < places.size(); ++k)
    places[k] = static_cast<std::uint32_t>(k * rows / places.size());
  return places;
}

namespace {

using Parts = std::vector<std::vector<std::uint32_t>>;

void check_counts(const Rows& rows, std::size_t nodes) {
  if (nodes > rows.count)
    throw ParamError("partition",
                     fmt::format("{} nodes cannot share {} training rows: every node needs a row",
                                 nodes, rows.count));
}

std::vector<std::uint32_t> all_rows(const Rows& rows) {
  std::vector<std::uint32_t> order(rows.count);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

Parts cut(const std::vector<std::uint32_t>& order, std::size_t nodes) {
  Parts parts;
  for (std::size_t i = 0; i < nodes; ++i) {
    const RowRange range = contiguous_range(order.size(), nodes, i);
    parts.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(range.begin),
                       order.begin() + static_cast<std::ptrdiff_t>(range.end));
  }
  return parts;
}

Parts make_contiguous(const Params& /*params*/, const Rows& rows, std::size_t nodes,
                      std::uint64_t /*seed*/) {
  check_counts(rows, nodes);
  return cut(all_rows(rows), nodes);
}

Parts make_iid(const Params& /*params*/, const Rows& rows, std::size_t nodes, std::uint64_t seed) {
  check_counts(rows, nodes);
  auto order = all_rows(rows);
  Stream stream({seed, Purpose::partition});
  shuffle(order, stream);
  return cut(order, nodes);
}

std::vector<std::uint32_t> by_label(const Rows& rows) {
  auto order = all_rows(rows);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return rows.labels[a] < rows.labels[b];
  });
  return order;
}

Parts make_label_sorted(const Params& /*params*/, const Rows& rows, std::size_t nodes,
                        std::uint64_t /*seed*/) {
  check_counts(rows, nodes);
  return cut(by_label(rows), nodes);
}

/// The numbers of rows that a class gives to each node: proportions from Dirichlet(alpha), cut at
/// cumulative proportion * size, rounded to the nearest row (rounding down would hand a row to a
/// share of 1e-15). Gamma variables of a small alpha underflow, so they are kept as logarithms:
/// Gamma(alpha) has the law of Gamma(alpha + 1) * U^(1 / alpha).
void draw_shares(double alpha, std::size_t size, Stream& stream, std::vector<double>& scratch,
                 std::vector<std::size_t>& shares) {
  boost::random::gamma_distribution<double> gamma(alpha + 1.0);
  for (double& log_weight : scratch) {
    const double weight = gamma(stream);
    log_weight = std::log(weight) + std::log(1.0 - stream.uniform()) / alpha;
  }
  const double largest = *std::max_element(scratch.begin(), scratch.end());
  double total = 0.0;
  for (double& weight : scratch) {
    weight = std::exp(weight - largest);
    total += weight;
  }
  double sum = 0.0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    sum += scratch[i];
    const double place = std::floor(sum / total * static_cast<double>(size) + 0.5);
    const std::size_t end =
        i + 1 == scratch.size() ? size : std::min(size, static_cast<std::size_t>(place));
    shares[i] = end - begin;
    begin = end;
  }
}

/// Sizes of the classes, in ascending order of their labels; `order` is sorted by label.
std::vector<std::size_t> class_sizes(const Rows& rows, const std::vector<std::uint32_t>& order) {
  std::vector<std::size_t> sizes;
  for (std::size_t r = 0; r < order.size(); ++r) {
    if (r == 0 || rows.labels[order[r]] != rows.labels[order[r - 1]]) sizes.push_back(0);
    ++sizes.back();
  }
  return sizes;
}

Parts make_dirichlet(const Params& params, const Rows& rows, std::size_t nodes,
                     std::uint64_t seed) {
  check_counts(rows, nodes);
  const double alpha = params.number("alpha");
  auto order = by_label(rows);
  const auto sizes = class_sizes(rows, order);

  // Only a draw that gives every node a row counts; draw t has a stream of its own. The number of
  // trials is bounded by their work, so that an impossible wish fails within about a second.
  constexpr std::size_t kWork = 20'000'000;
  const std::size_t trials = std::clamp<std::size_t>(kWork / (nodes * sizes.size()), 20, 10'000);
  std::vector<double> scratch(nodes);
  std::vector<std::vector<std::size_t>> shares(sizes.size(), std::vector<std::size_t>(nodes));
  bool found = false;
  std::size_t trial = 0;
  for (; trial < trials && !found; ++trial) {
    Stream stream({seed, Purpose::partition, 0, trial});
    std::vector<bool> has_row(nodes, false);
    for (std::size_t c = 0; c < sizes.size(); ++c) {
      draw_shares(alpha, sizes[c], stream, scratch, shares[c]);
      for (std::size_t i = 0; i < nodes; ++i)
        if (shares[c][i] > 0) has_row[i] = true;
    }
    found = std::all_of(has_row.begin(), has_row.end(), [](bool has) { return has; });
  }
  if (!found)
    throw ParamError("partition",
                     fmt::format("none of {} draws with alpha {} gave each of the {} nodes a row; "
                                 "use a larger alpha or fewer nodes",
                                 trials, alpha, nodes));

  Parts parts(nodes);
  Stream stream({seed, Purpose::partition, 1});
  std::size_t next = 0;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    shuffle(std::span(order).subspan(next, sizes[c]), stream);
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t k = 0; k < shares[c][i]; ++k) parts[i].push_back(order[next++]);
  }
  return parts;
}

Part<MakePartition> part_contiguous() {
  return {"contiguous",
          "rows in the order of the file, cut into equal parts",
          {},
          make_contiguous,
          "kind"};
}

Part<MakePartition> part_iid() {
  return {"iid", "shuffled rows, cut into equal parts", {}, make_iid, "kind"};
}

Part<MakePartition> part_label_sorted() {
  return {"label-sorted",
          "rows sorted by label, cut into equal parts: the most uneven labels",
          {},
          make_label_sorted,
          "kind"};
}

Part<MakePartition> part_dirichlet() {
  return {"dirichlet",
          "each class split among the nodes by proportions from Dirichlet(alpha) (Yurochkin et al. "
          "2019)",
          {number("alpha", "concentration: small is uneven, large is even").above(0).must()},
          make_dirichlet,
          "kind"};
}

}  // namespace

const Registry<MakePartition>& partitions() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakePartition> kRegistry("partition", {HEARSAY_PARTITIONS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& partition_catalogue() {
  return partitions().catalogue();
}

}  // namespace hearsay
