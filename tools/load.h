// From the options of a command to an experiment, with its warnings and notes on stderr.
#pragma once

#include "nodes/experiment.h"
#include "tools/commands.h"

namespace hearsay {

Config load_config(const ConfigOptions& options);
Experiment load_experiment(const ConfigOptions& options);

/// What the experiment has to say before it starts, on stderr.
void print_notes(const Experiment& experiment);

/// What is likely to go wrong with the addresses of its nodes, on stderr.
void print_address_warnings(const Experiment& experiment);

}  // namespace hearsay
