#include "nodes/config/writer.h"

#include <fmt/format.h>

#include "nodes/config/quote.h"

namespace hearsay {
namespace {

constexpr std::size_t kWidth = 90;

std::string flow(const Value& value);

struct FlowWriter {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
  std::string operator()(double v) const { return fmt::format("{}", v); }
  std::string operator()(const std::string& v) const { return quote_if_needed(v); }
  std::string operator()(const std::vector<Value>& items) const {
    std::string result;
    for (const Value& item : items) result += (result.empty() ? "" : ", ") + flow(item);
    return "[" + result + "]";
  }
  std::string operator()(const Params& params) const {
    std::string result;
    for (const Entry& entry : params.entries())
      result += fmt::format("{}{}: {}", result.empty() ? "" : ", ", quote_if_needed(entry.key),
                            flow(entry.value));
    return "{" + result + "}";
  }
};

std::string flow(const Value& value) {
  return std::visit(FlowWriter{}, value.data);
}

void write_map(const Params& params, std::size_t depth, std::string& out) {
  for (const Entry& entry : params.entries()) {
    const std::string start = fmt::format("{:{}}{}:", "", 2 * depth, quote_if_needed(entry.key));
    const auto* map = std::get_if<Params>(&entry.value.data);
    const auto* list = std::get_if<std::vector<Value>>(&entry.value.data);
    const std::string line = flow(entry.value);
    const bool has_entries =
        (map != nullptr && !map->entries().empty()) || (list != nullptr && !list->empty());
    const bool fits = start.size() + 1 + line.size() <= kWidth;
    if (!has_entries || (fits && depth > 0)) {
      out += fmt::format("{} {}\n", start, line);
    } else if (map != nullptr) {
      out += start + "\n";
      write_map(*map, depth + 1, out);
    } else {
      out += start + "\n";
      for (const Value& item : *list)
        out += fmt::format("{}- {}\n", std::string(2 * depth + 2, ' '), flow(item));
    }
  }
}

}  // namespace

std::string to_yaml(const Params& params) {
  std::string result;
  write_map(params, 0, result);
  return result;
}

std::string to_flow(const Value& value) {
  return flow(value);
}

}  // namespace hearsay
