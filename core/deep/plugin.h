// Finds and loads the plugin for deep models.
#pragma once

#include "core/deep/module.h"

namespace hearsay {

/// The plugin's function; loads libhearsay_torch.so on the first call, which takes about a second
/// and 150 MiB. It is looked for at $HEARSAY_TORCH_PLUGIN, beside the command, and in
/// ../lib/hearsay from there. `threads` is what BLAS and OpenMP may use in this process: the first
/// call decides. Throws DeepModelError when there is none, or it cannot be loaded.
MakeDeepModule load_deep_plugin(int threads);

}  // namespace hearsay
