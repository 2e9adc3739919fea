// A registry: the table of all parts of one kind, by name.
//
// A part is one file pair with a function `Part<Make> part_NAME()`; its registry names it in one
// line of a list macro (see core/compressors/registry.cc). A plain table, not self-registering
// statics, which a linker may drop.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/params.h"

namespace hearsay {

/// One entry: what is known of the part, and the function that makes it.
template <class Make>
struct Part : PartInfo {
  Part(std::string part_name, std::string part_summary, std::vector<Param> part_params,
       Make part_make, std::string part_selector = {})
      : PartInfo{std::move(part_name), std::move(part_summary), std::move(part_params),
                 std::move(part_selector)},
        make(part_make) {}
  Make make;
};

template <class Make>
class Registry {
 public:
  Registry(std::string kind, std::vector<Part<Make>> parts)
      : parts_(std::move(parts)), catalogue_(std::move(kind), infos(parts_)) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  const Catalogue& catalogue() const { return catalogue_; }

  /// The part of that name; throws std::logic_error when there is none (the reader has checked
  /// names).
  const Part<Make>& at(const std::string& name) const {
    for (const auto& part : parts_)
      if (part.name == name) return part;
    throw std::logic_error("no " + catalogue_.kind() + " named " + name);
  }

 private:
  static std::vector<const PartInfo*> infos(const std::vector<Part<Make>>& parts) {
    std::vector<const PartInfo*> result;
    result.reserve(parts.size());
    for (const auto& part : parts) result.push_back(&part);
    return result;
  }

  std::vector<Part<Make>> parts_;
  Catalogue catalogue_;
};

}  // namespace hearsay
