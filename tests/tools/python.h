// Python with PyTorch, for the tests of models that come from there and go back.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/tools/process.h"

/// Leaves the test where CMake has found no Python with PyTorch (python3-torch).
#define HEARSAY_NEED_TORCH_PYTHON() \
  if (::hearsay::testing::torch_python().empty()) GTEST_SKIP() << "no Python with PyTorch"

namespace hearsay::testing {

/// The interpreter, "" when there is none.
std::string torch_python();

/// Runs `python ARGUMENTS` to its end, on one thread; the files of tests/torch and tools can be
/// named without their folders.
Ended run_python(const Arguments& arguments);

}  // namespace hearsay::testing
