// A sequence of values as a line of small bars.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hearsay {

/// A sequence that may become as long as it likes, in bounded memory: when it is full, every two
/// neighbours become their mean.
class Trend {
 public:
  explicit Trend(std::size_t capacity = 512) : capacity_(capacity) {}

  /// Values that are no numbers are left out.
  void add(double value);
  void clear();

  bool empty() const { return means_.empty() && count_ == 0; }
  /// Means over equally many values each, but for the last.
  std::vector<double> values() const;

 private:
  std::size_t capacity_;
  std::size_t stride_ = 1;  // values in a mean
  std::vector<double> means_;
  double sum_ = 0.0;  // of the values behind the last mean
  std::size_t count_ = 0;
};

struct Sparkline {
  std::string bars;       // one character a value, or `width` when there are more values
  std::size_t width = 0;  // in columns
  bool logarithmic = false;
  double lowest = 0.0;  // of the values that the scale is made for
  double highest = 0.0;
};

/// The scale is logarithmic when no value is negative; those that are exactly zero, such as the
/// consensus error of nodes that begin alike, are left blank then. `unicode`: eighths of blocks, or
/// else ASCII characters that get darker.
Sparkline sparkline(const std::vector<double>& values, std::size_t width, bool unicode);

}  // namespace hearsay
