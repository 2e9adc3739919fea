// Fetching the files of public data sets, over HTTP and HTTPS by libcurl. Redirects are followed
// and the usual proxy variables obeyed; what is kept has the right SHA-256, wherever it came from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "core/data/public_data.h"

namespace hearsay {

/// A file that could not be fetched; the message starts with its URL.
class DownloadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Called as bytes come: how many of the unpacked file there are, of `PublicFile::bytes`.
using DownloadProgress = std::function<void(std::uint64_t bytes)>;

/// BASE/REMOTE, whether BASE ends in a slash or not.
std::string url_of(const PublicFile& file, const std::string& base);

/// Is the file in the folder, with the right sum? Reads all of it.
bool is_kept(const PublicFile& file, const std::filesystem::path& folder);

/// Downloads a file, unpacks it if it is gzipped, and keeps it in `folder` (made if need be) under
/// the first of its usual names. It appears there whole or not at all. Throws DownloadError for no
/// connection, a refusal of the server, an early end, more bytes than there should be, another sum,
/// and a folder that cannot be written.
void download(const PublicFile& file, const std::string& base, const std::filesystem::path& folder,
              const DownloadProgress& progress);

}  // namespace hearsay
