// `hearsay run` of a config with a sweep.
#pragma once

#include "nodes/config/sweep.h"
#include "tools/commands.h"

namespace hearsay {

/// Runs all runs of the sweep that are not complete in the results' folder yet: several at a time
/// in the simulator, one after the other as real processes. A line on stderr as each ends; on
/// stdout at the end a table of the runs, and when all have ended one of the methods as `hearsay
/// compare --best` has it. A run that fails is a result like another; the others go on.
///
/// Returns 0, or 1 when all runs have failed (with options.strict: when any has), or 130 after
/// Ctrl-C. Every experiment is built once before the first one starts, so that ConfigError and
/// DataError come before there is any result. Throws ResultsError when the folder holds something
/// else, or runs of these names with another config, and WriteError, which ends the sweep, when it
/// cannot be written.
int run_sweep(const Sweep& sweep, const RunOptions& options);

}  // namespace hearsay
