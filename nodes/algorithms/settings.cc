#include "nodes/algorithms/settings.h"

#include <fmt/format.h>

namespace hearsay {

Param compressor_param() {
  return part("compressor", compressor_catalogue, "C, applied to every message").must();
}

Param dense_compressor_param() {
  return part("compressor", compressor_catalogue, "identity: this algorithm exchanges full vectors")
      .by_default("identity");
}

void require_identity(const Params& algorithm, std::string_view name, std::string_view instead) {
  const std::string& given = algorithm.map("compressor").part();
  if (given != "identity")
    throw ParamError(
        "compressor",
        fmt::format("found {}, but {} exchanges full vectors: allowed is identity; {} compresses",
                    given, name, instead));
}

Param gossip_step_param() {
  return number("gossip_step",
                "gamma, the consensus step; auto finds one by a quick consensus trial")
      .above(0)
      .or_word("auto")
      .by_default("auto");
}

std::vector<Param> join(std::initializer_list<std::vector<Param>> lists) {
  std::vector<Param> result;
  for (const auto& list : lists) result.insert(result.end(), list.begin(), list.end());
  return result;
}

std::shared_ptr<const Compressor> algorithm_compressor(const Params& algorithm,
                                                       const Layout& layout,
                                                       const std::string& key) {
  try {
    return make_compressor(algorithm.map(key), layout);
  } catch (const ParamError& error) {
    throw ParamError(key + "." + error.key(), error.what());
  }
}

std::shared_ptr<const Compressor> dense(const Layout& layout) {
  return make_compressor(complete(*compressor_catalogue().find("identity")), layout);
}

}  // namespace hearsay
