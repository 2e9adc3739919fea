// How many files the processes of a run keep open, against how many they may.
#pragma once

#include "nodes/network.h"

namespace hearsay {

/// Raises the limit of this process and its children as far as it may. Throws RunFailed when it is
/// too low for a node of that network or for its collector: libzmq aborts when it runs out of them.
void require_file_descriptors(const Network& network);

}  // namespace hearsay
