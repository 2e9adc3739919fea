// The shipped configs, broken in a thousand ways: each reads or is refused with a ConfigError that
// says where, in one readable line and in a short time. Bytes are broken in mutation_test.cc.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "core/random.h"
#include "nodes/config.h"
#include "nodes/config/sweep.h"
#include "nodes/config/utf8.h"

namespace hearsay {
namespace {

namespace fs = std::filesystem;
using Tokens = std::vector<std::string>;

std::vector<std::string> shipped_configs() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(HEARSAY_CONFIGS))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return texts;
}

/// Words, blanks, line ends and signs, in their order.
Tokens tokens_of(const std::string& text) {
  const auto kind = [](char c) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.')
      return 'w';
    return c == ' ' ? ' ' : c;
  };
  Tokens tokens;
  for (const char c : text) {
    const bool joins =
        (kind(c) == 'w' || c == ' ') && !tokens.empty() && kind(tokens.back().back()) == kind(c);
    if (joins)
      tokens.back() += c;
    else
      tokens.emplace_back(1, c);
  }
  return tokens;
}

std::string text_of(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

/// The index of a random token that is a word.
std::size_t word(const Tokens& tokens, Stream& stream) {
  std::size_t at = stream.below(tokens.size());
  while (tokens[at].size() == 1 && std::isalnum(static_cast<unsigned char>(tokens[at][0])) == 0)
    at = stream.below(tokens.size());
  return at;
}

/// The index of the first token of a random line.
std::size_t line_start(const Tokens& tokens, Stream& stream) {
  std::size_t at = stream.below(tokens.size());
  while (at > 0 && tokens[at - 1] != "\n") --at;
  return at;
}

template <class Texts>
std::string one_of(const Texts& texts, Stream& stream) {
  return *std::next(std::begin(texts), static_cast<std::ptrdiff_t>(stream.below(std::size(texts))));
}

std::string bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int k = 1; k < 12; ++k) {
    text += fmt::format("a{}: &a{} [", k, k);
    for (int copy = 0; copy < 9; ++copy) text += fmt::format("*a{}, ", k - 1);
    text += "]\n";
  }
  return text;
}

using Breakage = std::function<void(Tokens&, Stream&)>;

const std::vector<Breakage> kBreakages = {
    [](Tokens& t, Stream& s) {  // a token is missing
      t.erase(t.begin() + static_cast<std::ptrdiff_t>(s.below(t.size())));
    },
    [](Tokens& t, Stream& s) {  // is there twice
      const std::size_t at = s.below(t.size());
      t.insert(t.begin() + static_cast<std::ptrdiff_t>(at), t[at]);
    },
    [](Tokens& t, Stream& s) {  // is another one of the file
      t[s.below(t.size())] = t[s.below(t.size())];
    },
    [](Tokens& t, Stream& s) {  // a value of another type
      static const char* const kValues[] = {"[1, 2]", "{a: 1}", "true", "~",
                                            "\"8\"",  "''",     "-1",   "0",
                                            "1.5",    "1e-3x",  ".nan", "!!int 3"};
      t[word(t, s)] = one_of(kValues, s);
    },
    [](Tokens& t, Stream& s) {  // a number that is too large
      static const char* const kNumbers[] = {"9223372036854775807",
                                             "9223372036854775808",
                                             "1e308",
                                             "1e309",
                                             "-1e400",
                                             "1e-400",
                                             "340282350000000000000000000000000000001"};
      t[word(t, s)] = one_of(kNumbers, s);
    },
    [](Tokens& t, Stream& s) {  // a letter is wrong
      std::string& changed = t[word(t, s)];
      changed[s.below(changed.size())] = static_cast<char>('a' + s.below(26));
    },
    [](Tokens& t, Stream& s) {  // a line is further in
      t.insert(t.begin() + static_cast<std::ptrdiff_t>(line_start(t, s)),
               std::string(1 + s.below(5), ' '));
    },
    [](Tokens& t, Stream& s) {  // further out
      std::string& first = t[line_start(t, s)];
      if (first[0] == ' ') first.resize(first.size() - 1);
    },
    [](Tokens& t, Stream& s) {  // a tab in front, or somewhere
      const std::size_t at = s.below(2) == 0 ? line_start(t, s) : s.below(t.size());
      t.insert(t.begin() + static_cast<std::ptrdiff_t>(at), "\t");
    },
    [](Tokens& t, Stream& s) {  // no UTF-8, or no text
      static const char* const kBytes[] = {"\xff", "\xc3", "\xed\xa0\x80", "\xf0\x82\x82\xac",
                                           "\x01", "\x7f", "\xfe\xff"};
      t.insert(t.begin() + static_cast<std::ptrdiff_t>(s.below(t.size())), one_of(kBytes, s));
    },
    [](Tokens& t, Stream& s) {  // cut short
      t.resize(1 + s.below(t.size()));
    },
    [](Tokens& t, Stream& s) {  // an anchor that nobody set, one of itself, a bomb
      static const std::string kAliases[] = {"*nowhere", "&x [*x]", "&x {a: *x}", "&x *x",
                                             "\n" + bomb()};
      t[word(t, s)] = one_of(kAliases, s);
    },
    [](Tokens& t, Stream& s) {  // nested, a little or absurdly
      static const std::size_t kDepths[] = {10, 60, 600, 100'000};
      static const char* const kOpenings[] = {"[", "{a: ", "- ", "? ", "[{a: "};
      const std::string opening = one_of(kOpenings, s);
      std::string nest;
      for (std::size_t depth = kDepths[s.below(4)]; depth > 0; --depth) nest += opening;
      t[word(t, s)] = nest;
    },
    [](Tokens& t, Stream& s) {  // a word that never ends, with letters of two bytes
      std::string& changed = t[word(t, s)];
      for (std::size_t k = 0; k < 400; ++k) changed += k % 7 == 0 ? "x" : "\xc3\xa9";
    },
    [](Tokens& t, Stream& s) {  // signs of YAML where none belong
      static const char* const kSigns[] = {
          "%YAML 9.9", "---\n", "...\n", "|",  ">-",   "@", "`", "\"",   "'",
          "}",         "]",     ": :",   "? ", "<<: ", "&", "*", "!<!>", "#"};
      t.insert(t.begin() + static_cast<std::ptrdiff_t>(s.below(t.size())), one_of(kSigns, s));
    },
};

/// "" when the config reads, else the message.
std::string message_of(const std::string& text) {
  try {
    if (!parse_sweep(text, "x.yaml")) Config::parse(text, "x.yaml");
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(BrokenConfigs, AreReadOrRefusedWithAPlaceInOneLineAndInTime) {
  static const std::regex kPlace("^x\\.yaml:[1-9][0-9]*:[1-9][0-9]*: ");
  constexpr int kTries = 1000;
  const std::vector<std::string> configs = shipped_configs();
  ASSERT_GT(configs.size(), 10U);
  int refused = 0;
  for (int i = 0; i < kTries; ++i) {
    SCOPED_TRACE(i);
    Stream stream({.seed = 40, .index = static_cast<std::uint64_t>(i)});
    Tokens tokens = tokens_of(configs[stream.below(configs.size())]);
    const auto kind = static_cast<std::size_t>(i) % kBreakages.size();
    kBreakages[kind](tokens, stream);
    const std::string text = text_of(tokens);
    const auto start = std::chrono::steady_clock::now();
    const std::string message = message_of(text);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
    if (message.empty()) continue;
    ++refused;
    EXPECT_TRUE(std::regex_search(message, kPlace)) << message;
    EXPECT_FALSE(find_non_text(message)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 2000U) << message;
  }
  // Many a change is harmless: a comment, a name, another number.
  EXPECT_GT(refused, kTries / 2);
  EXPECT_LT(refused, kTries);
}

TEST(BrokenConfigs, OfAHundredThousandBracketsAreNestedTooDeeply) {
  for (const std::string opening : {"[", "{a: ", "- ", "? ", "[{a: "}) {
    std::string text = "run: ";
    if (opening[0] == '-' || opening[0] == '?') text = "run:\n  ";
    for (int k = 0; k < 100'000; ++k) text += opening;
    EXPECT_THAT(message_of(text), testing::AllOf(testing::StartsWith("x.yaml:"),
                                                 testing::HasSubstr("nested too deeply")))
        << opening;
  }
}

std::string load_error(const std::string& path) {
  try {
    Config::load(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(BrokenConfigs, OfAHundredMegabytesAreNotEvenRead) {
  const std::string path = testing::TempDir() + "hearsay_100_mb.yaml";
  std::ofstream(path) << "name: x\n";
  fs::resize_file(path, 100'000'000);
  EXPECT_EQ(load_error(path), path + ": is larger than 4 MiB, which is no config");
  fs::remove(path);
}

TEST(BrokenConfigs, ThatNeverEndAreRefused) {
  EXPECT_EQ(load_error("/dev/zero"), "/dev/zero: is larger than 4 MiB, which is no config");
}

}  // namespace
}  // namespace hearsay
