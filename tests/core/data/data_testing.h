// Help for tests of data sets: files in a folder of their own, settings in one line, and the
// message of an expected error.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <string>

#include "core/data/gather.h"
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

/// An environment variable that has this value for a while.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (before_)
      setenv(name_.c_str(), before_->c_str(), 1);
    else
      unsetenv(name_.c_str());
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
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

/// All rows as floats, whatever they are kept as.
inline Vector values_of(const Rows& rows) {
  std::vector<std::uint32_t> all(rows.count);
  std::iota(all.begin(), all.end(), 0U);
  Vector values(rows.count * rows.features);
  gather(rows, all, values);
  return values;
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
