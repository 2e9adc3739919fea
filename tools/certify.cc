// `hearsay certify`: what compressors promise, beside what is measured.
#include "core/certify.h"

#include <fmt/core.h>

#include <cstdio>
#include <optional>

#include "nodes/config.h"
#include "nodes/config/reader.h"
#include "nodes/config/writer.h"
#include "tools/commands.h"

namespace hearsay {

namespace {

constexpr std::size_t kSpeedOnly = 1U << 20U;  // a dimension of real models

/// The settings to certify. Throws ConfigError.
std::vector<Params> settings_of(const std::string& argument) {
  std::vector<Params> result;
  if (argument.empty()) {
    for (const PartInfo* part : compressor_catalogue().parts())
      for (Params& params : certify_settings(*part)) result.push_back(std::move(params));
    return result;
  }
  if (const PartInfo* part = compressor_catalogue().find(argument)) return certify_settings(*part);
  const Param compressor = part("compressor", compressor_catalogue, "");
  result.push_back(resolve_part(compressor, argument, {.file = "COMPRESSOR", .overrides = {}}));
  return result;
}

/// "top-k ratio: 0.05", without the keys that are not given.
std::string title(const Params& params) {
  std::string result = to_yaml(params).substr(std::string("name: ").size());
  result.pop_back();
  for (char& c : result) c = c == '\n' ? ' ' : c;
  return result;
}

class Table {
 public:
  explicit Table(std::uint64_t seed) : seed_(seed) {}

  /// A line, and below it what is broken.
  void add(const Params& params, const Compressor& compressor) {
    const Certificate found = certify(compressor, seed_);
    start(params, compressor);
    fmt::print("{:>11.4g}{:>11.4g}{:>11.4g}  {:<19}{:>6}{:>8.4g}{:>8.4g}", found.bound, found.mean,
               found.worst, found.worst_vector.empty() ? "-" : found.worst_vector,
               found.unbiased ? fmt::format("{:.1f}", found.bias) : "-", found.wire_bits,
               found.ideal_bits);
    print_speed(compressor);
    fmt::print("  {}\n", found.holds() ? "ok" : "BROKEN");
    for (const std::string& what : found.broken) fmt::print("    BROKEN: {}\n", what);
    ++lines_;
    broken_ += found.holds() ? 0U : 1U;
  }

  void add_speed(const Params& params, const Compressor& compressor) {
    start(params, compressor);
    fmt::print("{:>76}", "");
    print_speed(compressor);
    fmt::print("  speed only\n");
  }

  int finish() const {
    if (broken_ == 0)
      fmt::print("\nall promises hold (lines: {})\n", lines_);
    else
      fmt::print("\nBROKEN: lines {} of {}\n", broken_, lines_);
    return broken_ == 0 ? 0 : 1;
  }

 private:
  void start(const Params& params, const Compressor& compressor) {
    if (last_.empty()) print_header();
    if (last_ != params.part()) fmt::print("\n");
    last_ = params.part();
    fmt::print("{:<36}{:>8}", title(params), compressor.dimension());
    std::fflush(stdout);
  }

  static void print_header() {
    fmt::print(
        "promised, mean, worst  of E||C(x) - x||^2 / ||x||^2: the bound (1 - pi; omega, where a "
        "bias "
        "is shown), what is\n"
        "                       measured on random vectors, and on the vector where it is largest\n"
        "bias                   of C(x), where none is promised, in standard deviations\n"
        "wire, ideal            bits a coordinate, as sent and as the papers count\n"
        "encode, decode         ns a coordinate on this machine\n\n"
        "{:<36}{:>8}{:>11}{:>11}{:>11}  {:<19}{:>6}{:>8}{:>8}{:>9}{:>9}\n",
        "compressor", "d", "promised", "mean", "worst", "at", "bias", "wire", "ideal", "encode",
        "decode");
  }

  void print_speed(const Compressor& compressor) const {
    const Speed speed = measure_speed(compressor, seed_);
    fmt::print("{:>9.3g}{:>9.3g}", speed.encode, speed.decode);
  }

  std::uint64_t seed_;
  std::string last_;  // the compressor of the line before
  std::size_t lines_ = 0;
  std::size_t broken_ = 0;
};

/// Adds the lines of one compressor. A dimension that its settings do not suit, such as one below
/// k, is left out; when none is left, that is the user's mistake.
void certify_in(const std::vector<std::size_t>& dimensions, const Params& params, Table& table) {
  std::optional<ParamError> refused;
  bool any = false;
  for (const std::size_t d : dimensions) {
    try {
      table.add(params, *make_compressor(params, Layout::square(d)));
      any = true;
    } catch (const ParamError& error) {
      refused = error;
    }
  }
  if (!any) throw ConfigError(fmt::format("compressor.{}: {}", refused->key(), refused->what()));
}

}  // namespace

int certify_command(const CertifyOptions& options) {
  Table table(options.seed);
  for (const Params& params : settings_of(options.compressor)) {
    if (options.dimension != 0) {
      certify_in({options.dimension}, params, table);
    } else {
      certify_in({1, 2, 3, 17, 1000}, params, table);
      table.add_speed(params, *make_compressor(params, Layout::square(kSpeedOnly)));
    }
  }
  return table.finish();
}

}  // namespace hearsay
