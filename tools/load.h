// From the options of a command to an experiment, with its warnings and notes on stderr.
#pragma once

#include "nodes/experiment.h"
#include "tools/commands.h"

namespace hearsay {

Config load_config(const ConfigOptions& options);
Experiment load_experiment(const ConfigOptions& options);

}  // namespace hearsay
