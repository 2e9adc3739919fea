// docs/reference.md: every key of a config and every part that it can name, in Markdown.
#pragma once

#include <string>

namespace hearsay {

/// Made of the schema and the registries, so that it cannot say anything else than what the reader
/// of configs does.
std::string config_reference();

}  // namespace hearsay
