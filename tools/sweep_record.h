// sweep.json: the runs of a sweep, what each varies, and how it stands.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/config/sweep.h"
#include "nodes/run_observer.h"

namespace hearsay {

enum class RunStatus { planned, done, failed, interrupted };

const char* to_string(RunStatus status);

struct RunRecord {
  RunStatus status = RunStatus::planned;
  std::string reason;  // of a failure
  MetricsRow last;     // done, interrupted: the last row of its metrics.csv
  double wall_seconds = 0.0;
};

/// Every run's record, on disk after each change: the file is replaced as a whole.
class SweepRecord {
 public:
  /// Takes over what is complete in the folder, from the runs' own files. Throws ResultsError when
  /// the folder holds a single run, or a run of one of these names with another config.
  SweepRecord(const Sweep& sweep, std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path folder_of(std::size_t run) const;
  const RunRecord& operator[](std::size_t run) const { return records_[run]; }
  std::vector<std::size_t> not_done() const;
  std::size_t count(RunStatus status) const;

  /// Forgets what an earlier attempt at a run that is not done has left.
  void clear(std::size_t run) const;

  void set(std::size_t run, RunRecord record);
  void write() const;

 private:
  const Sweep& sweep_;
  std::filesystem::path folder_;
  std::vector<RunRecord> records_;
};

}  // namespace hearsay
