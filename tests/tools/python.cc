#include "tests/tools/python.h"

#include <filesystem>

namespace hearsay::testing {

std::string torch_python() {
  return HEARSAY_TORCH_PYTHON;
}

Ended run_python(const Arguments& arguments) {
  Arguments words = {"-B"};  // leaves no compiled files among the sources
  for (const std::string& word : arguments) {
    std::string found = word;
    for (const char* folder : {HEARSAY_TORCH_TESTS, HEARSAY_SCRIPTS})
      if (std::filesystem::path(word).extension() == ".py" &&
          std::filesystem::exists(std::filesystem::path(folder) / word))
        found = (std::filesystem::path(folder) / word).string();
    words.push_back(found);
  }
  Process::Options options;
  options.environment = {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}};
  options.program = torch_python();
  return run(words, options);
}

}  // namespace hearsay::testing
