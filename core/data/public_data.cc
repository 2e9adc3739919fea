#include "core/data/public_data.h"

namespace hearsay {

std::string advice(const PublicData& data) {
  return data.base.empty() ? data.by_hand + " (" + data.page + ")" : "";
}

std::vector<UsualFile> usual_files(const PublicData& data) {
  std::vector<UsualFile> result;
  result.reserve(data.files.size());
  for (const PublicFile& file : data.files) result.push_back(file.usual);
  return result;
}

}  // namespace hearsay
