#include "core/params.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace hearsay {

Params::Params() = default;
Params::Params(const Params&) = default;
Params::Params(Params&&) noexcept = default;
Params& Params::operator=(const Params&) = default;
Params& Params::operator=(Params&&) noexcept = default;
Params::~Params() = default;

bool operator==(const Params& a, const Params& b) {
  return a.entries_ == b.entries_;
}

const Value* Params::find(std::string_view key) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.key == key; });
  return it == entries_.end() ? nullptr : &it->value;
}

const Value& Params::at(std::string_view key, const char* type) const {
  const Value* value = find(key);
  if (value == nullptr)
    throw std::logic_error(fmt::format("no setting '{}' of type {}", key, type));
  return *value;
}

namespace {

template <class T>
const T& get(const Value& value, std::string_view key, const char* type) {
  const T* held = std::get_if<T>(&value.data);
  if (held == nullptr) throw std::logic_error(fmt::format("setting '{}' is not a {}", key, type));
  return *held;
}

double as_number(const Value& value, std::string_view key) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data))
    return static_cast<double>(*whole);
  return get<double>(value, key, "number");
}

}  // namespace

bool Params::is_word(std::string_view key, std::string_view word) const {
  const Value* value = find(key);
  const auto* held = value == nullptr ? nullptr : std::get_if<std::string>(&value->data);
  return held != nullptr && *held == word;
}

bool Params::flag(std::string_view key) const {
  return get<bool>(at(key, "boolean"), key, "boolean");
}

std::int64_t Params::integer(std::string_view key) const {
  return get<std::int64_t>(at(key, "integer"), key, "integer");
}

double Params::number(std::string_view key) const {
  return as_number(at(key, "number"), key);
}

const std::string& Params::text(std::string_view key) const {
  return get<std::string>(at(key, "text"), key, "text");
}

const Params& Params::map(std::string_view key) const {
  return get<Params>(at(key, "map"), key, "map");
}

const std::vector<Value>& Params::list(std::string_view key) const {
  return get<std::vector<Value>>(at(key, "list"), key, "list");
}

std::vector<double> Params::numbers(std::string_view key) const {
  std::vector<double> result;
  for (const Value& item : list(key)) result.push_back(as_number(item, key));
  return result;
}

std::vector<std::int64_t> Params::integers(std::string_view key) const {
  std::vector<std::int64_t> result;
  for (const Value& item : list(key)) result.push_back(get<std::int64_t>(item, key, "integer"));
  return result;
}

const std::string& Params::part() const {
  if (entries_.empty()) throw std::logic_error("a part without a name");
  return get<std::string>(entries_.front().value, entries_.front().key, "name");
}

void Params::set(std::string key, Value value) {
  for (Entry& entry : entries_) {
    if (entry.key == key) {
      entry.value = std::move(value);
      return;
    }
  }
  entries_.push_back({std::move(key), std::move(value)});
}

Param& Param::at_least(double bound) {
  low = bound;
  return *this;
}

Param& Param::above(double bound) {
  low = bound;
  low_open = true;
  return *this;
}

Param& Param::at_most(double bound) {
  high = bound;
  return *this;
}

Param& Param::below(double bound) {
  high = bound;
  high_open = true;
  return *this;
}

Param& Param::or_word(std::string word) {
  words.push_back(std::move(word));
  return *this;
}

Param& Param::by_default(Value value) {
  fallback = std::move(value);
  return *this;
}

Param& Param::must() {
  required = true;
  return *this;
}

Param& Param::or_single() {
  single = true;
  return *this;
}

namespace {

std::string range_in_words(const Param& param) {
  const bool has_low = std::isfinite(param.low);
  const bool has_high = std::isfinite(param.high);
  if (has_low && has_high)
    return fmt::format(" in {}{}, {}{}", param.low_open ? '(' : '[', param.low, param.high,
                       param.high_open ? ')' : ']');
  if (has_low) return fmt::format(" {} {}", param.low_open ? "above" : "of at least", param.low);
  if (has_high) return fmt::format(" {} {}", param.high_open ? "below" : "of at most", param.high);
  return {};
}

}  // namespace

std::string Param::allowed() const {
  std::string result;
  switch (type) {
    case Type::boolean:
      result = "true or false";
      break;
    case Type::integer:
      result = "a whole number" + range_in_words(*this);
      break;
    case Type::number:
      result = "a number" + range_in_words(*this);
      break;
    case Type::text:
      return "a text";
    case Type::choice:
      return fmt::format("one of {}", fmt::join(words, ", "));
    case Type::list:
      return (single ? fields.front().allowed() + ", or " : "") + "a list, each item " +
             fields.front().allowed();
    case Type::section:
      return "a map";
    case Type::table:
      return "a map, each value " + fields.front().allowed();
    case Type::part:
      return fmt::format("one of {}", fmt::join(catalogue().names(), ", "));
  }
  for (const std::string& word : words) result += ", or " + word;
  return result;
}

namespace {

Param make(std::string name, Param::Type type, std::string help) {
  Param param;
  param.name = std::move(name);
  param.type = type;
  param.help = std::move(help);
  return param;
}

Param make_with(Param param, std::vector<Param> fields) {
  param.fields = std::move(fields);
  return param;
}

}  // namespace

Param boolean(std::string name, std::string help) {
  return make(std::move(name), Param::Type::boolean, std::move(help));
}

Param integer(std::string name, std::string help) {
  return make(std::move(name), Param::Type::integer, std::move(help));
}

Param number(std::string name, std::string help) {
  return make(std::move(name), Param::Type::number, std::move(help));
}

Param text(std::string name, std::string help) {
  return make(std::move(name), Param::Type::text, std::move(help));
}

Param choice(std::string name, std::vector<std::string> words, std::string help) {
  Param param = make(std::move(name), Param::Type::choice, std::move(help));
  param.words = std::move(words);
  return param;
}

Param list_of(std::string name, Param item, std::string help) {
  return make_with(make(std::move(name), Param::Type::list, std::move(help)), {std::move(item)});
}

Param table_of(std::string name, Param item, std::string help) {
  return make_with(make(std::move(name), Param::Type::table, std::move(help)), {std::move(item)});
}

Param section(std::string name, std::vector<Param> fields, std::string help) {
  return make_with(make(std::move(name), Param::Type::section, std::move(help)), std::move(fields));
}

Param part(std::string name, const Catalogue& (*catalogue)(), std::string help) {
  Param param = make(std::move(name), Param::Type::part, std::move(help));
  param.catalogue = catalogue;
  return param;
}

const PartInfo* Catalogue::find(std::string_view name) const {
  for (const PartInfo* part : parts_)
    if (part->name == name) return part;
  return nullptr;
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> result;
  for (const PartInfo* part : parts_) result.push_back(part->name);
  return result;
}

namespace {

/// A part given by its bare name becomes the map that the part's code expects.
Value in_full(const Param& param, const Value& value) {
  if (param.type != Param::Type::part) return value;
  const PartInfo* chosen = nullptr;
  Params given;
  if (const auto* name = std::get_if<std::string>(&value.data)) {
    chosen = param.catalogue().find(*name);
  } else {
    given = std::get<Params>(value.data);
    chosen = param.catalogue().find(given.part());
  }
  if (chosen == nullptr) throw ParamError(param.name, "must be " + param.allowed());
  return complete(*chosen, given);
}

}  // namespace

Params complete(const PartInfo& part, const Params& given) {
  Params result;
  const std::string selector = part.selector.empty() ? "name" : part.selector;
  result.set(selector, part.name);
  for (const Param& param : part.params) {
    if (const Value* value = given.find(param.name))
      result.set(param.name, in_full(param, *value));
    else if (param.fallback)
      result.set(param.name, in_full(param, *param.fallback));
  }
  for (const Entry& entry : given.entries())
    if (!result.has(entry.key) && entry.key != "name")
      throw ParamError(entry.key, "unknown setting of " + part.name);
  return result;
}

}  // namespace hearsay
