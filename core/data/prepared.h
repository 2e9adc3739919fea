// Prepared copies of data sets: compact rows as they are in memory, in a file of the user's cache,
// mapped read-only. All processes of a host that load the same data set share one copy, also when
// they know nothing of each other, and none of them unpacks or parses it again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset.h"

namespace hearsay {

/// What a prepared copy is made of. It is made anew when any of it changes: a source counts by its
/// path, size and time of change.
struct PreparedKey {
  std::string name;                  // of the data set; the file's name begins with it
  std::vector<std::string> sources;  // files; empty ones are left out
  std::string settings;              // those that the rows depend on, in any form
};

/// The data set that `make` makes, with rows of bytes or of words, in memory that is shared. Takes
/// it from user_cache()/prepared when there is a sound copy: size, key and the sums of header and
/// content are checked. Otherwise calls `make`, writes the copy (a file of another name, fsync,
/// rename) and maps that; other processes that want to do the same wait meanwhile. Without a folder
/// that can be written the result is what `make` gave. Throws what `make` throws, nothing else.
///
/// What bytes stand for is not kept: rows of bytes get `byte_values`, which is null for words.
Dataset prepared(const PreparedKey& key, const std::shared_ptr<const ByteValues>& byte_values,
                 const std::function<Dataset()>& make);

}  // namespace hearsay
