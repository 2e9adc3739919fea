#include "core/dataset.h"

namespace hearsay {

std::shared_ptr<const ByteValues> ByteValues::scaled(double scale) {
  const double mean = 0.0;
  const double deviation = 1.0;
  return normalized(scale, {&mean, 1}, {&deviation, 1});
}

std::shared_ptr<const ByteValues> ByteValues::normalized(double scale, std::span<const double> mean,
                                                         std::span<const double> deviation) {
  auto result = std::make_shared<ByteValues>();
  result->tables.resize(mean.size());
  for (std::size_t c = 0; c < mean.size(); ++c)
    for (std::size_t byte = 0; byte < 256; ++byte)
      result->tables[c][byte] =
          static_cast<float>((static_cast<double>(byte) * scale - mean[c]) / deviation[c]);
  return result;
}

void Rows::keep_bytes(std::vector<std::uint8_t> all, std::shared_ptr<const ByteValues> stand_for) {
  const auto kept = std::make_shared<const std::vector<std::uint8_t>>(std::move(all));
  bytes = *kept;
  storage = kept;
  byte_values = std::move(stand_for);
}

void Rows::keep_words(std::vector<std::uint16_t> all) {
  const auto kept = std::make_shared<const std::vector<std::uint16_t>>(std::move(all));
  words = *kept;
  storage = kept;
}

}  // namespace hearsay
