#include "tools/page_assets.h"

#include <cstddef>

// Each file becomes read-only data of this object file (as core/data/digits.cc does).
#define HEARSAY_ASSET(name, path)                                               \
  asm(".pushsection .rodata\n"                                                  \
      ".global hearsay_asset_" #name "\n.hidden hearsay_asset_" #name           \
      "\n"                                                                      \
      "hearsay_asset_" #name ":\n.incbin \"" path                               \
      "\"\n"                                                                    \
      ".global hearsay_asset_" #name "_end\n.hidden hearsay_asset_" #name       \
      "_end\n"                                                                  \
      "hearsay_asset_" #name "_end:\n.popsection\n");                           \
  extern "C" {                                                                  \
  [[gnu::visibility("hidden")]] extern const char hearsay_asset_##name[];       \
  [[gnu::visibility("hidden")]] extern const char hearsay_asset_##name##_end[]; \
  }

HEARSAY_ASSET(page_html, HEARSAY_PAGE "/page.html")
HEARSAY_ASSET(page_css, HEARSAY_PAGE "/page.css")
HEARSAY_ASSET(page_js, HEARSAY_PAGE "/page.js")
HEARSAY_ASSET(dygraph_css, HEARSAY_DYGRAPH_CSS)
HEARSAY_ASSET(dygraph_js, HEARSAY_DYGRAPH_JS)

namespace hearsay {

namespace {

std::string_view between(const char* begin, const char* end) {
  std::string_view text(begin, static_cast<std::size_t>(end - begin));
  return text.substr(0, text.rfind("# sourceMappingURL") == std::string_view::npos
                            ? text.size()
                            : text.rfind("# sourceMappingURL") - 2);  // "//" or "/*"
}

}  // namespace

std::string_view page_asset(PageAsset asset) {
  switch (asset) {
    case PageAsset::page_html:
      return between(hearsay_asset_page_html, hearsay_asset_page_html_end);
    case PageAsset::page_css:
      return between(hearsay_asset_page_css, hearsay_asset_page_css_end);
    case PageAsset::page_js:
      return between(hearsay_asset_page_js, hearsay_asset_page_js_end);
    case PageAsset::dygraph_css:
      return between(hearsay_asset_dygraph_css, hearsay_asset_dygraph_css_end);
    case PageAsset::dygraph_js:
      return between(hearsay_asset_dygraph_js, hearsay_asset_dygraph_js_end);
  }
  return {};
}

}  // namespace hearsay
