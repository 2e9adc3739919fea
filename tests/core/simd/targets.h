// Functions that are compiled for several CPUs, called as each of the CPUs that this one is.
#pragma once

#include <hwy/targets.h>

#include <cstdint>

namespace hearsay::testing {

/// Calls body() once for every kind of CPU that the functions are compiled for and this one is, and
/// sees to it that they run as on that one.
template <class Body>
void on_every_cpu(Body body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

}  // namespace hearsay::testing
