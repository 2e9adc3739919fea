// The metrics of a run as TensorBoard reads them, in a file of its folder:
// events.out.tfevents.SECONDS.HOST.hearsay, where SECONDS are those since 1970 when it was begun.
//
// Each record of it is
//   u64 length of the event | u32 sum of the length | the event | u32 sum of the event
// little-endian; a sum is the CRC-32C, turned by 15 bits and with 0xa282ead8 added. An event is a
// protocol buffer, of which this much is written:
//   Event       1 wall_time (double)   2 step (int64)   3 file_version (string)
//               5 summary (Summary)    7 session_log (SessionLog)
//   Summary     1 value (Value, one a scalar)
//   Value       1 tag (string)         2 simple_value (float)
//   SessionLog  1 status (enum: START is 1)
// The first event has the file_version "brain.Event:2".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"
#include "nodes/results_file.h"

namespace hearsay {

class EventFile {
 public:
  /// Begins a file in the folder, for rows of a table of ours with this header (round, ...). Its
  /// name sorts behind those of earlier files of the run, since TensorBoard reads one after the
  /// other. Throws WriteError, as the others do.
  EventFile(const std::filesystem::path& folder, std::string_view header);

  /// Is there one already?
  static bool exists_in(const std::filesystem::path& folder);

  /// A row as it stands in the table: its cells, float32, under the names of their columns, at the
  /// step of its round and the time of now. epoch, seconds and empty cells are left out.
  void append(std::string_view row);

  /// The run goes on behind a round: what was written of later ones will come again. A file only
  /// grows, also under the eyes of a TensorBoard that reads it, so this is a mark (SessionLog
  /// START) at which readers drop the later steps that they have.
  void restart_after(Round round);

 private:
  std::vector<std::string> columns_;
  RowFile file_;
};

}  // namespace hearsay
