#include "nodes/config/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "nodes/config/spelling.h"

namespace hearsay {
namespace {

using Result = std::variant<Value, ScalarRefusal>;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text;
}

/// Digits with an optional point and exponent, as in 12, 0.5, .5, 1e-3.
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  std::size_t i = 0;
  std::size_t digits = 0;
  const auto eat_digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  digits = eat_digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    digits += eat_digits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (eat_digits() == 0) return false;
  }
  return i == text.size();
}

/// What is odd about a text that was meant as a number, in words; empty when nothing is.
std::string oddity(const ConfigTree& tree) {
  if (tree.quoted) return "; numbers stand without quotes";
  const std::string_view digits = without_sign(tree.text);
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]))
    return "; a leading zero is ambiguous (YAML takes it for octal), leave it out";
  if (digits.size() > 1 && digits[0] == '0' &&
      std::string_view("xXoObB").find(digits[1]) != std::string_view::npos)
    return "; only decimal notation is allowed";
  std::string folded;
  for (const char c : digits) folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (folded == ".nan" || folded == ".inf" || folded == "nan" || folded == "inf" ||
      folded == "infinity")
    return "; it must be finite";
  return {};
}

template <class T>
bool in_range(const Param& param, T value) {
  const auto v = static_cast<double>(value);
  return (param.low_open ? v > param.low : v >= param.low) &&
         (param.high_open ? v < param.high : v <= param.high);
}

template <class T>
std::errc convert(std::string_view text, T& value) {
  if (text.front() == '+') text.remove_prefix(1);
  return std::from_chars(text.data(), text.data() + text.size(), value).ec;
}

Result read_integer(const Param& param, const ConfigTree& tree) {
  if (std::string hint = oddity(tree); !hint.empty()) return ScalarRefusal{std::move(hint)};
  if (!is_decimal(tree.text)) return ScalarRefusal{};
  const std::string_view digits = without_sign(tree.text);
  if (!std::all_of(digits.begin(), digits.end(), is_digit))
    return ScalarRefusal{"; whole numbers have digits only, no point and no exponent"};
  std::int64_t value = 0;
  if (convert(tree.text, value) != std::errc())
    return ScalarRefusal{"; it does not fit into 64 bits"};
  if (!in_range(param, value)) return ScalarRefusal{};
  return Value(value);
}

Result read_number(const Param& param, const ConfigTree& tree) {
  if (std::string hint = oddity(tree); !hint.empty()) return ScalarRefusal{std::move(hint)};
  if (!is_decimal(tree.text)) return ScalarRefusal{};
  double value = 0.0;
  if (convert(tree.text, value) != std::errc())
    return ScalarRefusal{"; it is too large or too small for a double"};
  if (!in_range(param, value)) return ScalarRefusal{};
  return Value(value);
}

Result read_boolean(const ConfigTree& tree) {
  if (tree.quoted) return ScalarRefusal{"; true and false stand without quotes"};
  static constexpr std::array<std::array<const char*, 2>, 9> kWords = {{{"false", "true"},
                                                                        {"False", "True"},
                                                                        {"FALSE", "TRUE"},
                                                                        {"no", "yes"},
                                                                        {"No", "Yes"},
                                                                        {"NO", "YES"},
                                                                        {"off", "on"},
                                                                        {"Off", "On"},
                                                                        {"OFF", "ON"}}};
  for (const auto& words : kWords)
    for (std::size_t truth = 0; truth < 2; ++truth)
      if (tree.text == words[truth]) return Value(truth == 1);
  return ScalarRefusal{};
}

bool is_word_of(const Param& param, const std::string& text) {
  return std::find(param.words.begin(), param.words.end(), text) != param.words.end();
}

}  // namespace

Result read_scalar(const Param& param, const ConfigTree& tree) {
  if (tree.kind != ConfigTree::Kind::scalar) return ScalarRefusal{};
  // Defaults come as quoted texts where they are words, so a word may be quoted.
  if (is_word_of(param, tree.text)) return Value(tree.text);
  switch (param.type) {
    case Param::Type::boolean:
      return read_boolean(tree);
    case Param::Type::integer:
      return read_integer(param, tree);
    case Param::Type::number:
      return read_number(param, tree);
    case Param::Type::text:
      return Value(tree.text);
    case Param::Type::choice:
      return ScalarRefusal{did_you_mean(tree.text, param.words)};
    default:
      return ScalarRefusal{};
  }
}

}  // namespace hearsay
