// Damaged configs: each either reads or is refused with a ConfigError; nothing else happens.
#include <gtest/gtest.h>

#include "core/random.h"
#include "nodes/config.h"
#include "tests/nodes/config/configs.h"

namespace hearsay {
namespace {

std::string mutate(std::string text, Stream& stream) {
  static const std::string kTelling = "{}[]:,-?&*!|>'\"%@`#~ \n\t\\0189.ex<=\x01\x04\x80\xFF";
  for (std::uint64_t edits = 1 + stream.below(6); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = stream.below(text.size());
    const char byte = stream.below(4) == 0 ? static_cast<char>(stream.below(256))
                                           : kTelling[stream.below(kTelling.size())];
    switch (stream.below(5)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + stream.below(8));
        break;
      case 3:
        text.insert(at, text.substr(stream.below(text.size()), 1 + stream.below(20)));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

TEST(DamagedConfig, IsReadOrRefused) {
  Stream stream({.seed = 20});
  int refused = 0;
  constexpr int kTries = 2'000;
  for (int i = 0; i < kTries; ++i) {
    const std::string text = mutate(good_config(), stream);
    try {
      const Config config = Config::parse(text, "x.yaml");
      EXPECT_EQ(Config::parse(config.yaml(), "x.yaml").root(), config.root()) << text;
    } catch (const ConfigError& e) {
      ++refused;
      EXPECT_EQ(std::string(e.what()).rfind("x.yaml:", 0), 0U) << e.what() << '\n' << text;
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
    }
  }
  // Neither all nor none: the damage is of the size that finds something.
  EXPECT_GT(refused, kTries / 2);
  EXPECT_LT(refused, kTries);
}

TEST(DamagedOverride, IsTakenOrRefused) {
  Stream stream({.seed = 21});
  int refused = 0;
  constexpr int kTries = 1'000;
  for (int i = 0; i < kTries; ++i) {
    const std::string good = i % 2 == 0 ? "algorithm.compressor.k=5" : "name=eight nodes in a ring";
    const std::string text = mutate(good, stream);
    try {
      Config::parse(good_config(), "x.yaml", {text});
    } catch (const ConfigError& e) {
      ++refused;
      EXPECT_EQ(std::string(e.what()).rfind("--set ", 0), 0U) << e.what() << '\n' << text;
    }
  }
  EXPECT_GT(refused, kTries / 2);
  EXPECT_LT(refused, kTries);
}

}  // namespace
}  // namespace hearsay
