// The parts of the page (tools/page, and dygraphs as its package has it), built into the command.
#pragma once

#include <string_view>

namespace hearsay {

enum class PageAsset { page_html, page_css, page_js, dygraph_css, dygraph_js };

/// Without the line that names a source map.
std::string_view page_asset(PageAsset asset);

}  // namespace hearsay
