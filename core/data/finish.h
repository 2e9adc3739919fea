// What all data sets share: the settings `scale` and `holdout`, and the last checks.
#pragma once

#include <vector>

#include "core/dataset.h"

namespace hearsay {

/// `own` followed by the settings that every data set takes.
///   scale: every feature is multiplied by it as it is read;
///   holdout: the share of the rows that become the test set when there is no other one.
std::vector<Param> with_common_params(std::vector<Param> own, double scale = 1.0,
                                      double holdout = 0.0);

/// The same without `scale`.
std::vector<Param> with_holdout(std::vector<Param> own, double holdout = 0.0);

/// k of finish() below, or 0 when no row is held out.
std::size_t holdout_step(const Params& params);

/// Moves every k-th row (rows k - 1, 2k - 1, ...; k = round(1 / holdout)) from train to test,
/// unless there are test rows or holdout is 0. Then fills Dataset::classes. Throws DataError when
/// there is no training row, no feature, or the test rows have another width.
void finish(Dataset& data, const Params& params);

/// The distinct labels, ascending; empty when there are more than 10,000, which makes them a
/// regression target.
std::vector<double> distinct_labels(const Rows& rows);

/// Drops the entries of sparse rows in columns >= features, and returns how many that were.
std::size_t fit_width(Rows& rows, std::size_t features);

}  // namespace hearsay
