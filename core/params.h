// Settings of a part (compressor, optimizer, objective, graph, algorithm, ...) and their
// description.
//
// A part describes the keys it understands as a list of Param. From that one list come the reading
// and checking of the YAML file, the defaults in the resolved config, `hearsay list` and the error
// messages. The core never sees YAML: it gets a Params, a small ordered map of typed values, with
// every default filled in and every range checked.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearsay {

struct Value;
struct Entry;
struct PartInfo;
class Catalogue;

/// An ordered map from key to value. Getters throw std::logic_error when the key is absent or of
/// another type: that is a mistake of ours, since the reader has checked the user's file before.
class Params {
 public:
  Params();
  Params(const Params&);
  Params(Params&&) noexcept;
  Params& operator=(const Params&);
  Params& operator=(Params&&) noexcept;
  ~Params();

  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Value* find(std::string_view key) const;
  /// True when the value at `key` is the given text, such as the word "auto" in place of a number.
  bool is_word(std::string_view key, std::string_view word) const;

  bool flag(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;  // takes integers as well
  const std::string& text(std::string_view key) const;
  const Params& map(std::string_view key) const;
  const std::vector<Value>& list(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;
  std::vector<std::int64_t> integers(std::string_view key) const;

  /// For the settings of a part: its name, which is always the first entry ({name: top-k, k: 20}).
  const std::string& part() const;

  void set(std::string key, Value value);  // replaces, or appends at the end
  const std::vector<Entry>& entries() const { return entries_; }

  friend bool operator==(const Params&, const Params&);

 private:
  const Value& at(std::string_view key, const char* type) const;

  std::vector<Entry> entries_;
};

struct Value {
  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                               std::vector<Value>, Params>;
  Variant data;

  Value() = default;
  Value(bool v) : data(v) {}                            // NOLINT
  Value(int v) : data(static_cast<std::int64_t>(v)) {}  // NOLINT
  Value(std::int64_t v) : data(v) {}                    // NOLINT
  Value(double v) : data(v) {}                          // NOLINT
  Value(const char* v) : data(std::string(v)) {}        // NOLINT
  Value(std::string v) : data(std::move(v)) {}          // NOLINT
  Value(std::vector<Value> v) : data(std::move(v)) {}   // NOLINT
  Value(Params v) : data(std::move(v)) {}               // NOLINT

  friend bool operator==(const Value&, const Value&) = default;
};

struct Entry {
  std::string key;
  Value value;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// A setting that passed the range checks but is impossible where it stands, such as seven nodes
/// for a hypercube. `key` is relative to the part that throws; the config reader adds the file
/// position.
class ParamError : public std::runtime_error {
 public:
  ParamError(std::string key, const std::string& message)
      : std::runtime_error(message), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

/// The description of one key.
struct Param {
  enum class Type {
    boolean,
    integer,
    number,
    text,
    choice,   // one of `words`
    list,     // every item as `fields[0]` says
    section,  // a map with the keys in `fields`
    table,    // a map with free keys; every value as `fields[0]` says
    part,  // a name from `catalogue`, or {name: ..., its settings}; `fields` are keys beside them
  };

  std::string name;
  Type type = Type::text;
  std::string help;
  bool required = false;
  std::optional<Value> fallback;  // neither required nor a fallback: may be absent
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;   // low itself is not allowed
  bool high_open = false;  // high itself is not allowed
  std::vector<std::string>
      words;  // choice: what is allowed; boolean, integer, number: words allowed as well
  std::vector<Param> fields;
  bool single = false;  // list: one item may stand without brackets
  const Catalogue& (*catalogue)() = nullptr;
  std::vector<std::string> selectors = {"name"};  // keys that may hold the part's name

  Param& at_least(double bound);
  Param& above(double bound);
  Param& at_most(double bound);
  Param& below(double bound);
  Param& or_word(std::string word);
  Param& by_default(Value value);
  Param& must();  // required
  Param& or_single();

  /// The allowed values in words: "a number in (0, 1], or auto".
  std::string allowed() const;
};

Param boolean(std::string name, std::string help);
Param integer(std::string name, std::string help);
Param number(std::string name, std::string help);
Param text(std::string name, std::string help);
Param choice(std::string name, std::vector<std::string> words, std::string help);
Param list_of(std::string name, Param item, std::string help);
Param table_of(std::string name, Param item, std::string help);
Param section(std::string name, std::vector<Param> fields, std::string help);
Param part(std::string name, const Catalogue& (*catalogue)(), std::string help);

/// What is known of a part without making one: its name, one line for `hearsay list`, its keys.
struct PartInfo {
  std::string name;
  std::string summary;
  std::vector<Param> params;
  std::string selector;  // the key to write its name under, if not the first of Param::selectors
};

/// All the parts of one kind ("compressor"), in the order of their registry.
class Catalogue {
 public:
  Catalogue(std::string kind, std::vector<const PartInfo*> parts)
      : kind_(std::move(kind)), parts_(std::move(parts)) {}
  const std::string& kind() const { return kind_; }
  const std::vector<const PartInfo*>& parts() const { return parts_; }
  const PartInfo* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::string kind_;
  std::vector<const PartInfo*> parts_;
};

/// The settings of `part` with every default filled in and `given` on top, for code and tests that
/// make a part without a file. Throws ParamError for a key that the part does not know.
Params complete(const PartInfo& part, const Params& given = {});

}  // namespace hearsay
