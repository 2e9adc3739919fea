#include "nodes/results_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace hearsay {

void throw_cannot(const char* what, const std::filesystem::path& path, int error) {
  const std::string message = fmt::format("cannot {} {}: {}", what, path.string(),
                                          error == 0 ? "output error" : std::strerror(error));
  if (error == ENOENT || error == ENOTDIR || error == EISDIR || error == EEXIST)
    throw ResultsError(message);
  throw WriteError(message);
}

OutputFile::OutputFile(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
  errno = 0;
  file_.reset(std::fopen(path_.c_str(), mode == Mode::anew ? "wbe" : "abe"));
  if (file_ == nullptr) throw_cannot("write", path_, errno);
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
}

void OutputFile::write(std::string_view bytes) {
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
    throw_cannot("write", path_, errno);
}

void OutputFile::close() {
  errno = 0;
  if (std::fclose(file_.release()) != 0) throw_cannot("write", path_, errno);
}

void OutputFile::cut(std::uint64_t size) noexcept {
  // Shortening needs no room; where it fails all the same, the error that led here is still thrown.
  if (ftruncate(fileno(file_.get()), static_cast<off_t>(size)) != 0) return;
  std::fseek(file_.get(), 0, SEEK_END);
}

void remove_output(const std::filesystem::path& path) noexcept {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  OutputFile file(path);
  try {
    file.write(content);
    file.close();
  } catch (...) {
    remove_output(path);
    throw;
  }
}

RowFile::RowFile(std::filesystem::path path, std::string_view header) : file_(std::move(path)) {
  append(header);
}

RowFile::RowFile(const std::filesystem::path& path)
    : file_(path, OutputFile::Mode::append), size_(std::filesystem::file_size(path)) {}

void RowFile::append(std::string_view rows) {
  try {
    file_.write(rows);
  } catch (...) {
    file_.cut(size_);
    throw;
  }
  size_ += rows.size();
}

}  // namespace hearsay
