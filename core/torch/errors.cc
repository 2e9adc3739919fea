#include "core/torch/errors.h"

#include <c10/util/Exception.h>

namespace hearsay {

std::string brief_message(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  // TorchScript ends its story with "RuntimeError: what happened".
  const std::string mark = "Error: ";
  if (const std::size_t at = text.rfind(mark); at != std::string::npos)
    text = text.substr(at + mark.size());
  return text.substr(0, text.find('\n'));
}

}  // namespace hearsay
