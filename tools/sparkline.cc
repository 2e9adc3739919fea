#include "tools/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hearsay {

namespace {

constexpr std::size_t kLevels = 8;
constexpr std::array<const char*, kLevels> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, kLevels> kAscii = {".", ":", "-", "=", "+", "*", "#", "@"};

/// As many means over neighbouring values as there are columns; blanks only where all is blank.
std::vector<double> binned(const std::vector<double>& values, std::size_t width) {
  if (values.size() <= width) return values;
  std::vector<double> result;
  for (std::size_t column = 0; column < width; ++column) {
    const std::size_t begin = column * values.size() / width;
    const std::size_t end = (column + 1) * values.size() / width;
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t k = begin; k < end; ++k) {
      if (std::isnan(values[k])) continue;
      sum += values[k];
      ++count;
    }
    result.push_back(count == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : sum / static_cast<double>(count));
  }
  return result;
}

}  // namespace

void Trend::add(double value) {
  if (!std::isfinite(value)) return;
  sum_ += value;
  if (++count_ < stride_) return;
  means_.push_back(sum_ / static_cast<double>(count_));
  sum_ = 0.0;
  count_ = 0;
  if (means_.size() < capacity_) return;
  for (std::size_t k = 0; k < capacity_ / 2; ++k)
    means_[k] = 0.5 * (means_[2 * k] + means_[2 * k + 1]);
  means_.resize(capacity_ / 2);
  stride_ *= 2;
}

void Trend::clear() {
  *this = Trend(capacity_);
}

std::vector<double> Trend::values() const {
  std::vector<double> result = means_;
  if (count_ > 0) result.push_back(sum_ / static_cast<double>(count_));
  return result;
}

Sparkline sparkline(const std::vector<double>& values, std::size_t width, bool unicode) {
  Sparkline result;
  if (values.empty() || width == 0) return result;
  result.logarithmic = *std::min_element(values.begin(), values.end()) >= 0.0 &&
                       *std::max_element(values.begin(), values.end()) > 0.0;
  result.lowest = std::numeric_limits<double>::infinity();
  result.highest = -result.lowest;
  std::vector<double> heights = values;
  for (double& height : heights) {
    if (result.logarithmic && height == 0.0) {
      height = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    result.lowest = std::min(result.lowest, height);
    result.highest = std::max(result.highest, height);
    if (result.logarithmic) height = std::log(height);
  }
  heights = binned(heights, width);
  result.width = heights.size();
  const double lowest = result.logarithmic ? std::log(result.lowest) : result.lowest;
  const double highest = result.logarithmic ? std::log(result.highest) : result.highest;
  const auto& characters = unicode ? kBlocks : kAscii;
  for (const double height : heights) {
    if (std::isnan(height)) {
      result.bars += ' ';
      continue;
    }
    const double share = highest > lowest ? (height - lowest) / (highest - lowest) : 0.0;
    const auto level = static_cast<std::size_t>(share * static_cast<double>(kLevels));
    result.bars += characters[std::min(level, kLevels - 1)];
  }
  return result;
}

}  // namespace hearsay
