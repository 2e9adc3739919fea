// The Large Movie Review Dataset: 25,000 + 25,000 reviews of films, 1 positive, 0 negative (Maas,
// Daly, Pham, Huang, Ng and Potts: Learning word vectors for sentiment analysis, ACL 2011).
#include "core/data/locate.h"
#include "core/data/tsv.h"

namespace hearsay {

namespace {

const PublicData& imdb() {
  static const PublicData kData{
      .page = "https://ai.stanford.edu/~amaas/data/sentiment/",
      .by_hand =
          "unpack aclImdb_v1.tar.gz and write imdb_train.tsv and imdb_test.tsv, a review a "
          "line: 1 (from a folder pos) or 0 (neg), a tab, its text",
      .licence = "none stated; the authors ask to be cited (Maas et al., ACL 2011)",
      .files = {{{{"imdb_train.tsv"}}, {}, 0, {}},
                {{{"imdb_test.tsv", "imdb_test_5k.tsv"}, false}, {}, 0, {}}}};
  return kData;
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files = find_usual_files("imdb", usual_files(imdb()), paths, advice(imdb()));
  return load_tsv("imdb", files[0], files[1], params);
}

}  // namespace

Part<DatasetMaker> part_imdb() {
  return {"imdb",
          "IMDb film reviews (25,000, positive or negative) as word numbers",
          with_text_params({}),
          {.make = make, .origin = imdb},
          "name"};
}

}  // namespace hearsay
