// Writing the files of a run so that a full disk is noticed, and leaves no half of anything behind.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hearsay {

/// A folder or file that cannot be used as it was asked for: it holds other results, or is no
/// folder.
class ResultsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that cannot be written, for a reason of the system: a full disk, a read-only one.
class WriteError : public ResultsError {
 public:
  using ResultsError::ResultsError;
};

/// Throws "cannot WHAT PATH: reason" for an errno, as a ResultsError when the path is to blame and
/// a WriteError when the system is.
[[noreturn]] void throw_cannot(const char* what, const std::filesystem::path& path, int error);

/// A file being written, without a buffer of its own. Every call throws as throw_cannot does.
class OutputFile {
 public:
  enum class Mode { anew, append };
  explicit OutputFile(std::filesystem::path path, Mode mode = Mode::anew);

  void write(std::string_view bytes);
  /// Nothing is certain before this returns.
  void close();
  /// Cuts the file back to its first `size` bytes, as far as that is possible.
  void cut(std::uint64_t size) noexcept;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// Removes what a failed attempt has left, if it is a file and no device.
void remove_output(const std::filesystem::path& path) noexcept;

/// Writes a whole file. When that fails there is none.
void write_file(const std::filesystem::path& path, std::string_view content);

/// A table that grows row by row, each on the disk's side before append() returns. When a row
/// cannot be written the file ends with the one before.
class RowFile {
 public:
  RowFile(std::filesystem::path path, std::string_view header);
  /// Goes on with a table that is there.
  explicit RowFile(const std::filesystem::path& path);

  void append(std::string_view rows);

 private:
  OutputFile file_;
  std::uint64_t size_ = 0;
};

}  // namespace hearsay
