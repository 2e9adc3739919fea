// Writes seeds for the binary targets: fuzz_seeds CORPUS. They are what the project itself sends
// and keeps, so a fuzzer starts behind the first checks. What is in corpus/ was made by it, by
// hand, and by fuzzers that found something.
#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/certify.h"
#include "core/compressor.h"
#include "core/compressors/indices.h"
#include "core/data/prepared.h"
#include "nodes/checkpoint.h"
#include "nodes/config.h"
#include "nodes/control.h"
#include "nodes/experiment.h"
#include "nodes/frame.h"
#include "nodes/safetensors.h"

namespace hearsay::fuzz {
namespace {

namespace fs = std::filesystem;

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

Bytes read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return bytes_of(std::string{std::istreambuf_iterator<char>(in), {}});
}

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& target, const std::string& name, const Bytes& content) const {
    fs::create_directories(folder_ / target);
    std::ofstream out(folder_ / target / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), std::ssize(content));
  }

  /// With the bytes in front that choose what the target does.
  void add(const std::string& target, const std::string& name,
           std::initializer_list<std::size_t> choices, const Bytes& content) const {
    Bytes all;
    for (const std::size_t choice : choices) all.push_back(static_cast<std::byte>(choice));
    all.insert(all.end(), content.begin(), content.end());
    add(target, name, all);
  }

 private:
  fs::path folder_;
};

/// The state of a node after a round, as a list without header and trailer, and as a file.
void add_checkpoints(const Corpus& corpus) {
  const Experiment experiment(
      Config::parse("topology: {graph: ring, nodes: 3}\n"
                    "objective: {model: quadratic, dimension: 6}\n"
                    "algorithm: {name: choco-amsgrad, learning_rate: 0.1, gossip_step: 0.5,\n"
                    "  compressor: {name: top-k, k: 2}}\n"
                    "run: {rounds: 4}\n",
                    "seed.yaml"),
      {});
  Node node = experiment.make_node(1);
  NodeRecord record;
  const fs::path folder = fs::temp_directory_path() / "hearsay-seed-checkpoints";
  CheckpointFolder files(folder, {.node = 1, .digest = 7}, 1, 0);
  files.write(4, [&](StateVisitor& visitor) {
    node.visit_state(visitor);
    record.visit_state(visitor);
  });
  const Bytes whole = read_file(files.file_of(4));
  fs::remove_all(folder);
  corpus.add("checkpoint", "file", {1}, whole);
  constexpr std::ptrdiff_t kHeader = 32;
  constexpr std::ptrdiff_t kTrailer = 16;
  corpus.add("checkpoint", "list", {0}, Bytes(whole.begin() + kHeader, whole.end() - kTrailer));
}

void add_frames(const Corpus& corpus) {
  corpus.add("frame", "hello",
             encode_header(
                 {.kind = FrameKind::hello, .digest = 1, .from = 1, .to = 2, .payload_size = 32}));
  corpus.add("frame", "data",
             encode_header({.digest = 0x0123456789abcdef,
                            .from = 1,
                            .to = 2,
                            .round = 3,
                            .phase = 1,
                            .sequence = 3,
                            .payload_size = 8,
                            .payload_checksum = 7}));
  corpus.add("frame", "advance",
             encode_header({.kind = FrameKind::advance,
                            .digest = 0x0123456789abcdef,
                            .from = 1,
                            .to = 2,
                            .round = 3,
                            .sequence = 3,
                            .payload_size = 80'000,
                            .continues = true}));
}

void add_control(const Corpus& corpus) {
  corpus.add("control", "join", {0},
             encode({.kind = ControlKind::join,
                     .node = 3,
                     .text = "tcp://127.0.0.1:5600",
                     .integers = {1, 8, 650, 99}}));
  ControlMessage offer{.kind = ControlKind::offer, .node = 1, .round = 10};
  offer.offer.seconds = 0.5;
  offer.offer.epochs = 1.5;
  offer.offer.ideal_bits = 1000;
  offer.offer.wire_bytes = 500;
  offer.offer.sketch = {0.25, -1.0};
  offer.offer.health = {
      .residual_ratio = 0.5, .markov_error = 0.25, .never_sent = 0.0, .oldest_age = 12};
  offer.offer.layers = {.messages = 4, .channels = 1, .layers = {{.sent = 5}, {.never_sent = 2}}};
  corpus.add("control", "offer", {0}, encode(offer));
  corpus.add("control", "model", {5},
             encode({.kind = ControlKind::model, .node = 2, .vector = Vector(5, 1.0F)}));
  ControlMessage result{.kind = ControlKind::result, .node = 2, .round = 10};
  result.result = {.loss = 0.7, .squared_distance = 0.1, .correct = 12};
  corpus.add("control", "result", {0}, encode(result));
  corpus.add("control", "finished", {0},
             encode({.kind = ControlKind::finished,
                     .node = 2,
                     .integers = {0},
                     .traffic = {{1, 10, 1000, 900}, {3, 10, 1000, 900}}}));
  corpus.add(
      "control", "peers", {0},
      encode({.kind = ControlKind::peers, .node = 2, .texts = {"tcp://a:1", "", "ipc:///tmp/x"}}));
  corpus.add("control", "abort", {0},
             encode({.kind = ControlKind::abort, .text = "node 3 has died"}));
}

/// For each compressor a payload of its own, zeros of the right length, and a vector to be sent.
void add_compressors(const Corpus& corpus) {
  constexpr std::size_t kDimension = 30;  // one below, as the target counts
  constexpr std::size_t kLayout = 1;      // Layout::square
  Vector x(kDimension);
  for (std::size_t j = 0; j < x.size(); ++j)
    x[j] = (j % 3 == 0 ? -1.0F : 0.5F) * static_cast<float>(j);
  Bytes raw(4 * x.size());
  std::memcpy(raw.data(), x.data(), raw.size());
  const auto parts = compressor_catalogue().parts();
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::vector<Params> settings = certify_settings(*parts[p]);
    for (std::size_t s = 0; s < settings.size(); ++s) {
      std::unique_ptr<Compressor> compressor;
      try {
        compressor = make_compressor(settings[s], Layout::square(kDimension));
      } catch (const ParamError&) {
        continue;  // not in this dimension
      }
      Workspace work;
      Stream stream({.seed = 1});
      Bytes payload;
      compressor->encode(x, stream, work, payload);
      corpus.add("compressors", parts[p]->name + "-" + std::to_string(s),
                 {p, s, kLayout, kDimension - 1, 0, 0}, payload);
      if (s == 0)
        corpus.add("compressors", parts[p]->name + "-sent", {p, s, 2, kDimension - 1, 0, 2}, raw);
      if (compressor->of_layers(0, 1) != nullptr)
        corpus.add("compressors", parts[p]->name + "-groups-" + std::to_string(s),
                   {p, s, 3, kDimension - 1, 0, 2}, raw);
    }
  }
}

/// Messages of every form, and gaps to write some of.
void add_indices(const Corpus& corpus) {
  constexpr std::size_t kDimension = 60000;
  const auto low = [](std::size_t number) { return number % 256; };
  const auto add = [&](const std::string& name, std::size_t dimension, std::size_t step,
                       std::size_t dense) {
    std::vector<std::uint32_t> kept;
    for (std::size_t j = 0; j < dense; ++j) kept.push_back(static_cast<std::uint32_t>(j));
    for (std::size_t j = dense; j < dimension; j += step - j * j % 3 % step)
      kept.push_back(static_cast<std::uint32_t>(j));
    const IndexWriter writer(kept, dimension);
    Bytes bytes(writer.size());
    writer.write(bytes.data());
    const std::size_t d = dimension - 1;
    const std::size_t k = kept.size() - 1;
    corpus.add("indices", name, {low(d), d / 256, low(k), k / 256, 0}, bytes);
  };
  add("rice", 3000, 100, 0);
  add("three-times", 3000, 70, 0);
  add("bitmap", 300, 3, 80);
  add("left-out", 300, 3, 250);
  add("by-block", kDimension, 90, 400);
  add("several-blocks", kDimension, 60, 0);
  corpus.add("indices", "sent", {low(kDimension), kDimension / 256, 0, 0, 1},
             bytes_of("\x0f\x42\x35\x22\x71"));
}

Bytes big_endian(std::initializer_list<std::uint32_t> words) {
  Bytes result;
  for (const std::uint32_t word : words)
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      result.push_back(static_cast<std::byte>(word >> shift & 0xffU));
  return result;
}

void add_idx(const Corpus& corpus) {
  Bytes labels = big_endian({0x801, 5});
  for (const unsigned label : {1U, 0U, 2U, 1U, 9U}) labels.push_back(static_cast<std::byte>(label));
  for (const bool with_channels : {false, true}) {
    Bytes files = labels;
    const Bytes header =
        with_channels ? big_endian({0x804, 5, 3, 1, 2}) : big_endian({0x803, 5, 2, 3});
    files.insert(files.end(), header.begin(), header.end());
    for (unsigned k = 0; k < 30; ++k) files.push_back(static_cast<std::byte>(8 * k));
    corpus.add("idx", with_channels ? "channels" : "images", {labels.size(), 0}, files);
  }
}

void add_records(const Corpus& corpus) {
  corpus.add("cifar10", "three", {0, 0, 1}, Bytes{std::byte{1}, std::byte{9}, std::byte{0}});
  corpus.add("cifar10", "cut-short", {5, 0, 1}, Bytes{std::byte{1}, std::byte{2}, std::byte{0}});
  corpus.add("cifar10", "label-10", {0, 0, 0}, Bytes{std::byte{1}, std::byte{10}});
  corpus.add("cifar10", "not-records", {0xff, 0xff, 0}, bytes_of("1 2 3\n"));
}

Bytes gzipped(std::string_view text) {
  const fs::path file = fs::temp_directory_path() / "hearsay-seed.gz";
  gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  const Bytes packed = read_file(file);
  fs::remove(file);
  return packed;
}

void add_texts(const Corpus& corpus) {
  constexpr std::string_view kSparse = "+1 1:0.5 3:-2e-1\n-1 2:1 # a comment\n+1\n-1 1:1 2:2 3:3\n";
  corpus.add("libsvm", "one", {0}, bytes_of(kSparse));
  corpus.add("libsvm", "two", {1}, bytes_of(kSparse));
  corpus.add("libsvm", "gzip", {0}, gzipped(kSparse));
  constexpr std::string_view kTable = "a,b,y\n1,2,0\n\"3\", 4.5 ,1\n\n-1e3,+.5,0\n6,7,1\n";
  constexpr std::string_view kNames = "1,2,cat\r\n3,4,\"dog, large\"\r\n5,6,cat\r\n7,8,cow";
  for (std::size_t choice = 0; choice < 6; ++choice)
    corpus.add("csv", "table-" + std::to_string(choice), {choice}, bytes_of(kTable));
  corpus.add("csv", "names", {2}, bytes_of(kNames));
  corpus.add("csv", "gzip", {2}, gzipped(kNames));
  constexpr std::string_view kTexts =
      "1\tA fine film, isn't it?<br />Yes\n0\tbad\tworse\n\n1\tÅngström \xe2\x80\x99tis\n0\t\n";
  for (std::size_t choice = 0; choice < 3; ++choice)
    corpus.add("tsv", "texts-" + std::to_string(choice), {choice, 128}, bytes_of(kTexts));
  corpus.add("edge_list", "ring", bytes_of("# a ring\n0 1\n1 2\n2 0\n"));
  corpus.add("edge_list", "blanks", bytes_of("\t3   1 # and back\n\n2 9999999"));
}

void add_models(const Corpus& corpus) {
  const fs::path file = fs::temp_directory_path() / "hearsay-seed.safetensors";
  const Vector values = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<std::int64_t> matrix = {2, 3};
  const std::vector<std::int64_t> vector = {2};
  write_safetensors(file,
                    std::vector<TensorView>{{"weight", matrix, ConstVectorView(values).first(6)},
                                            {"bias", vector, ConstVectorView(values).subspan(6)}},
                    {{"format", "pt"}});
  corpus.add("safetensors", "layers", read_file(file));
  write_safetensors(
      file,
      std::vector<TensorView>{{"weight", matrix, ConstVectorView(values).first(6), true},
                              {"scalar", {}, ConstVectorView(values).first(1)}},
      {});
  corpus.add("safetensors", "integers", read_file(file));
  fs::remove(file);
  const std::string others =
      R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[2,0],"data_offsets":[16,16]},)"
      R"("c":{"dtype":"I32","shape":[],"data_offsets":[16,20]}})";
  Bytes model;
  ByteWriter writer(model);
  writer.text(others);
  writer.f64(0.5);
  writer.f64(1e300);
  writer.u32(7);
  corpus.add("safetensors", "other-types", model);
}

/// As prepared() itself writes them, in a cache of this program.
void add_prepared(const Corpus& corpus) {
  std::string cache = (fs::temp_directory_path() / "hearsay-seeds-XXXXXX").string();
  if (mkdtemp(cache.data()) == nullptr) return;
  setenv("HEARSAY_CACHE", cache.c_str(), 1);  // NOLINT: there is one thread
  const auto values = ByteValues::scaled(1.0);
  for (const bool words : {false, true}) {
    prepared({"fuzz", {}, ""}, words ? nullptr : values, [&] {
      Dataset data;
      data.source = "seed";
      data.shape = {3};
      data.vocabulary = words ? 9 : 0;
      data.train.count = 2;
      data.train.features = data.test.features = 3;
      data.train.labels = {1.0, -1.0};
      data.test.count = 1;
      data.test.labels = {1.0};
      if (words) {
        data.train.keep_words({1, 2, 3, 4, 5, 6});
        data.test.keep_words({7, 8, 0});
      } else {
        data.train.keep_bytes({1, 2, 3, 4, 5, 6}, values);
        data.test.keep_bytes({7, 8, 255}, values);
      }
      return data;
    });
    for (const auto& entry : fs::directory_iterator(fs::path(cache) / "prepared")) {
      corpus.add("prepared", words ? "words" : "bytes", {words ? 1U : 0U}, read_file(entry));
      corpus.add("prepared", words ? "words-as-it-is" : "bytes-as-it-is", {words ? 3U : 2U},
                 read_file(entry));
      fs::remove(entry);
    }
  }
  fs::remove_all(cache);
}

/// Undisturbed, with a lost frame, a frame twice, and other payloads, for each algorithm.
void add_messages(const Corpus& corpus) {
  constexpr std::size_t kAlgorithms = 40;  // at least; the target takes the remainder
  for (std::size_t a = 0; a < kAlgorithms; ++a)
    corpus.add("messages", std::to_string(a), {a, a / 2},
               bytes_of("\x7\x7\x7\x3\x9\x1\x80\x1\x7\x2\x4zzzz\x7\x4\x1\x2\x5\x7\x7"));
}

}  // namespace
}  // namespace hearsay::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds CORPUS\n");
    return 2;
  }
  using namespace hearsay::fuzz;
  const Corpus corpus{std::filesystem::path(argv[1])};
  add_checkpoints(corpus);
  add_frames(corpus);
  add_control(corpus);
  add_compressors(corpus);
  add_indices(corpus);
  add_idx(corpus);
  add_records(corpus);
  add_texts(corpus);
  add_models(corpus);
  add_prepared(corpus);
  add_messages(corpus);
  return 0;
}
