// Help for tests of data sets: files in a folder of their own, settings in one line, and the
// message of an expected error.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

#include "core/dataset.h"

namespace hearsay::testing {

/// A new folder that goes away with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hearsay-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

  std::string write(const std::string& name, const std::string& text) const {
    const auto file = place(name);
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

  std::string write_gzip(const std::string& name, const std::string& text) const {
    const auto file = place(name);
    gzFile out = gzopen(file.c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
    return file.string();
  }

 private:
  std::filesystem::path place(const std::string& name) const {
    auto file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    return file;
  }

  std::string path_;
};

inline Params settings(std::initializer_list<Entry> entries) {
  Params params;
  for (const Entry& entry : entries) params.set(entry.key, entry.value);
  return params;
}

inline Dataset load(const std::string& name, const Params& given = {}, const DataPaths& paths = {},
                    std::uint64_t seed = 1) {
  const auto& part = datasets().at(name);
  return part.make.make(complete(part, given), paths, seed);
}

/// The message of the Error that `body` throws; fails the test when it throws none.
template <class Error, class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

template <class Body>
std::string key_of(Body body) {
  try {
    body();
  } catch (const ParamError& error) {
    return error.key();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

}  // namespace hearsay::testing
