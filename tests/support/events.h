// A reader of TensorBoard's event files, which shares nothing with what writes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hearsay::testing {

struct Event {
  double wall_time = 0.0;
  std::int64_t step = 0;
  std::string file_version;
  bool start = false;  // a SessionLog START
  std::vector<std::pair<std::string, float>> scalars;
};

/// Of a file's bytes. Throws std::runtime_error that says where a sum or a length is wrong, or a
/// field is none that belongs there.
std::vector<Event> events_of(const std::string& bytes);

/// The event files of a folder, in the order in which TensorBoard reads them.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

/// By tag, by step: what TensorBoard shows of the folder, which drops all from the step of a START
/// on.
std::map<std::string, std::map<std::int64_t, float>> shown_scalars(
    const std::filesystem::path& folder);

}  // namespace hearsay::testing
