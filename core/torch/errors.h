// What LibTorch's exceptions say, without their call stacks.
#pragma once

#include <exception>
#include <string>

namespace hearsay {

/// The line that tells what is wrong: the last one that is not empty, without what stands in front
/// of "Error:".
std::string brief_message(const std::exception& error);

}  // namespace hearsay
