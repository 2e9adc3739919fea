// synthetic: rows that a linear teacher has labelled.
//
// Features a_r ~ N(0, I). The teacher has a vector w_c ~ N(0, I) a class; row r gets the class c
// with the largest score w_c'a_r / sqrt(features) + noise * N(0, 1), labels 0 .. classes - 1. With
// classes 1 the label is the score itself: a regression target. Teacher, training rows and test
// rows come from streams of their own, so more rows do not change the earlier ones.
#include <boost/random/normal_distribution.hpp>
#include <cmath>

#include "core/data/finish.h"
#include "core/random.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

enum StreamIndex : std::uint64_t { kTeacher = 16, kTrain = 17, kTest = 18 };

struct Teacher {
  std::size_t features;
  std::size_t classes;
  double noise;
  Vector weights;  // [classes, features]

  Teacher(const Params& params, std::uint64_t seed)
      : features(static_cast<std::size_t>(params.integer("features"))),
        classes(static_cast<std::size_t>(params.integer("classes"))),
        noise(params.number("noise")),
        weights(features * classes) {
    Stream stream({seed, Purpose::synthetic, 0, 0, kTeacher});
    boost::random::normal_distribution<double> normal;
    for (float& weight : weights) weight = static_cast<float>(normal(stream));
  }

  Rows make_rows(std::size_t count, double scale, Stream stream) const {
    boost::random::normal_distribution<double> normal;
    Rows rows;
    rows.count = count;
    rows.features = features;
    rows.values.reserve(count * features);
    Vector row(features);
    for (std::size_t r = 0; r < count; ++r) {
      for (float& value : row) value = static_cast<float>(normal(stream));
      double best = 0.0;
      std::size_t label = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        const auto weight = ConstVectorView(weights).subspan(c * features, features);
        const double score =
            dot(weight, row) / std::sqrt(static_cast<double>(features)) + noise * normal(stream);
        if (c == 0 || score > best) {
          best = score;
          label = c;
        }
      }
      rows.labels.push_back(classes == 1 ? best : static_cast<double>(label));
      for (const float value : row)
        rows.values.push_back(static_cast<float>(static_cast<double>(value) * scale));
    }
    return rows;
  }
};

Dataset make(const Params& params, const DataPaths& /*paths*/, std::uint64_t seed) {
  const Teacher teacher(params, seed);
  const double scale = params.number("scale");
  const auto rows = [&](const char* key, StreamIndex index) {
    return teacher.make_rows(static_cast<std::size_t>(params.integer(key)), scale,
                             Stream({seed, Purpose::synthetic, 0, 0, index}));
  };
  Dataset data;
  data.name = "synthetic";
  data.source = "synthetic, seed " + std::to_string(seed);
  data.train = rows("rows", kTrain);
  data.test = rows("test_rows", kTest);
  finish(data, params);
  return data;
}

}  // namespace

Part<DatasetMaker> part_synthetic() {
  return {"synthetic",
          "normal features labelled by a random linear teacher",
          with_common_params(
              {integer("rows", "training rows").at_least(1).at_most(4e9).by_default(1000),
               integer("features", "features a row").at_least(1).at_most(1e9).by_default(20),
               integer("classes", "classes; 1 makes the score itself the label, for regression")
                   .at_least(1)
                   .at_most(10000)
                   .by_default(2),
               number("noise", "standard deviation of the noise on each score")
                   .at_least(0)
                   .by_default(0.1),
               integer("test_rows", "test rows").at_least(0).at_most(4e9).by_default(0)}),
          {.make = make, .seeded = true},
          "name"};
}

}  // namespace hearsay
