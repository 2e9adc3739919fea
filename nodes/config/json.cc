#include "nodes/config/json.h"

namespace hearsay {
namespace {

using Json = nlohmann::ordered_json;

struct Converter {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::vector<Value>& items) const {
    Json result = Json::array();
    for (const Value& item : items) result.push_back(std::visit(*this, item.data));
    return result;
  }
  Json operator()(const Params& params) const { return to_json(params); }
  template <class Scalar>
  Json operator()(const Scalar& scalar) const {
    return scalar;
  }
};

}  // namespace

Json to_json(const Params& params) {
  Json result = Json::object();
  for (const Entry& entry : params.entries())
    result[entry.key] = std::visit(Converter{}, entry.value.data);
  return result;
}

}  // namespace hearsay
