// Where data files are: by the path in a config, or by the usual names of a known data set.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data/public_data.h"
#include "core/dataset.h"

namespace hearsay {

/// The file that a config means by `path`: as it is when absolute; else relative to the config's
/// folder, then to the current one, then to --data-dir. Throws DataError that lists where it was
/// looked for.
std::string find_by_path(const std::string& path, const DataPaths& paths);

/// Where downloads and prepared copies are kept: $HEARSAY_CACHE, or without that variable
/// ($XDG_CACHE_HOME or ~/.cache)/hearsay. "" when HEARSAY_CACHE is `none`, and when none of the
/// three is set.
std::string user_cache();

/// Looks for the files of data set `name` under --data-dir at any depth, then in the user's
/// cache. A folder that holds all of them wins, so that files of
/// two data sets with the same file names (MNIST and Fashion-MNIST) do not mix; among folders, one
/// whose path names the data set, then the least deep, then the first by name. Failing that, each
/// file is taken from the first folder that has it. Returns one path a file, "" for an optional one
/// that is nowhere. Throws DataError that says how to get them: by `by_hand`, or when that is empty
/// by `hearsay data get`.
std::vector<std::string> find_usual_files(std::string_view name,
                                          const std::vector<UsualFile>& files,
                                          const DataPaths& paths, std::string_view by_hand = {});

}  // namespace hearsay
