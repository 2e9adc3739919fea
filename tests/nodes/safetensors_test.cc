#include "nodes/safetensors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/bytes.h"
#include "nodes/results_file.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class Safetensors : public ::testing::Test {
 protected:
  Safetensors() {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder = name;
    file = folder / "model.safetensors";
    layout.append("w", {2, 3});
    layout.append("bias", {1});
    layout.append("count", {}, true);
  }
  ~Safetensors() override { fs::remove_all(folder); }

  std::string content() const {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void put(const std::string& bytes) const { std::ofstream(file, std::ios::binary) << bytes; }

  /// A file with that header and so many bytes of data.
  void put(const std::string& header, std::size_t data) const {
    Bytes length;
    ByteWriter(length).u64(header.size());
    put(std::string(reinterpret_cast<const char*>(length.data()), length.size()) + header +
        std::string(data, '\0'));
  }

  std::string complaint() const {
    return message_of<ModelFileError>([this] { const SafetensorsFile opened(file); });
  }

  fs::path folder;
  fs::path file;
  Layout layout;
};

TEST_F(Safetensors, AreWrittenAsReadersOfTheFormatTakeThem) {
  Vector model = gaussian_vector(8, 1);
  model[7] = 41.6F;
  write_safetensors(file, tensors_of(layout, model), {{"round", "4"}});
  const std::string bytes = content();

  ByteReader in(std::as_bytes(std::span(bytes)));
  const std::uint64_t length = in.u64();
  ASSERT_LE(8 + length, bytes.size());
  EXPECT_EQ(length % 8, 0U);
  EXPECT_EQ(bytes.at(8), '{');
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header.at("__metadata__").at("round"), "4");
  const std::size_t data = 8 + length;
  EXPECT_EQ(bytes.size() - data, 7 * 4 + 8);  // no byte before, between or behind them
  EXPECT_EQ(header.at("w").at("dtype"), "F32");
  EXPECT_EQ(header.at("w").at("shape"), (std::vector<int>{2, 3}));
  EXPECT_EQ(header.at("w").at("data_offsets"), (std::vector<int>{0, 24}));
  EXPECT_EQ(header.at("bias").at("shape"), (std::vector<int>{1}));
  EXPECT_EQ(header.at("bias").at("data_offsets"), (std::vector<int>{24, 28}));
  EXPECT_EQ(header.at("count").at("dtype"), "I64");
  EXPECT_EQ(header.at("count").at("shape"), nlohmann::json::array());
  EXPECT_EQ(header.at("count").at("data_offsets"), (std::vector<int>{28, 36}));
  Vector read(7);
  std::memcpy(read.data(), bytes.data() + data, 28);
  EXPECT_EQ(bits_of(read), bits_of(ConstVectorView(model).first(7)));
  std::int64_t count = 0;
  std::memcpy(&count, bytes.data() + data + 28, sizeof count);
  EXPECT_EQ(count, 42);  // rounded to nearest
}

TEST_F(Safetensors, ReadBackEqual) {
  layout.append("large", {400, 100});  // more than is read at once
  Vector model = gaussian_vector(layout.dimension(), 1);
  model[7] = 12345.0F;
  write_safetensors(file, tensors_of(layout, model), {{"round", "4"}});
  SafetensorsFile opened(file);
  EXPECT_EQ(opened.tensors().size(), 4U);
  Vector read(model.size());
  opened.read(layout, read);
  EXPECT_EQ(bits_of(read), bits_of(model));
}

TEST_F(Safetensors, WithoutTensorsReadBack) {
  write_safetensors(file, {}, {{"round", "4"}});
  EXPECT_TRUE(SafetensorsFile(file).tensors().empty());
}

TEST_F(Safetensors, CountsThatAreNoNumbersAreWrittenAsZero) {
  Layout counts;
  counts.append("count", {3}, true);
  const Vector values = {std::numeric_limits<float>::quiet_NaN(),
                         -std::numeric_limits<float>::infinity(), 3e38F};
  write_safetensors(file, tensors_of(counts, values), {});
  Vector read(3, 1.0F);
  SafetensorsFile(file).read(counts, read);
  EXPECT_EQ(read, (Vector{0.0F, 0.0F, 0.0F}));
}

TEST_F(Safetensors, OfDoublesAndIntegersAreReadAsFloats) {
  const std::string header = R"({"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                             R"("i":{"dtype":"I32","shape":[1],"data_offsets":[8,12]}})";
  put(header, 0);
  std::string bytes = content();
  Bytes data;
  ByteWriter out(data);
  out.f64(-2.5);
  out.u32(0xfffffffdU);
  put(bytes + std::string(reinterpret_cast<const char*>(data.data()), data.size()));
  SafetensorsFile opened(file);
  Vector value(1);
  const std::vector<std::int64_t> shape = {1};
  opened.read("d", shape, value);
  EXPECT_EQ(value[0], -2.5F);
  opened.read("i", shape, value);
  EXPECT_EQ(value[0], -3.0F);
}

TEST_F(Safetensors, SayWhichTensorIsNotThereOrAnother) {
  write_safetensors(file, tensors_of(layout, Vector(8)), {});
  SafetensorsFile opened(file);
  Vector values(6);
  const auto reading = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    return message_of<ModelFileError>([&] { opened.read(name, shape, values); });
  };
  EXPECT_EQ(reading("w", {2, 3}), "");
  EXPECT_EQ(reading("v", {2, 3}), fmt::format("{}: tensor v [2, 3] is missing", file.string()));
  EXPECT_EQ(reading("w", {3, 2}),
            fmt::format("{}: tensor w: found F32 [2, 3], needed is F32 [3, 2]", file.string()));
  EXPECT_EQ(reading("w", {6}),
            fmt::format("{}: tensor w: found F32 [2, 3], needed is F32 [6]", file.string()));
  put(R"({"h":{"dtype":"BF16","shape":[6],"data_offsets":[0,12]}})", 12);
  SafetensorsFile half(file);
  EXPECT_EQ(
      message_of<ModelFileError>([&] { half.read("h", std::vector<std::int64_t>{6}, values); }),
      fmt::format("{}: tensor h: found BF16 [6], needed is F32 [6]", file.string()));
}

TEST_F(Safetensors, ThatAreNoneAreRefused) {
  EXPECT_THAT(complaint(), AllOf(StartsWith(file.string()), HasSubstr("cannot be read")));
  put("");
  EXPECT_THAT(complaint(), HasSubstr("has 0 bytes"));
  put("1234567");
  EXPECT_THAT(complaint(), HasSubstr("has 7 bytes"));
  for (const char* header : {"", "nonsense", "[1]", "{\"a\":", "\"text\""}) {
    put(header, 16);
    EXPECT_THAT(complaint(), HasSubstr("its header is no JSON object")) << header;
  }
  put(std::string(64, '\xff'));
  EXPECT_THAT(complaint(), HasSubstr("its header would have 18446744073709551615 bytes"));
}

TEST_F(Safetensors, CutAnywhereAreRefused) {
  write_safetensors(file, tensors_of(layout, Vector(8)), {{"round", "4"}});
  const std::string whole = content();
  EXPECT_EQ(complaint(), "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(whole.substr(0, size));
    EXPECT_NE(complaint(), "") << size;
  }
}

TEST_F(Safetensors, WithTensorsThatDoNotFitAreRefusedByTheirNames) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(5)", "no dtype, shape and data_offsets"},
      {R"({})", "no dtype, shape and data_offsets"},
      {R"({"dtype":"F32","shape":3,"data_offsets":[0,12]})", "no dtype, shape and data_offsets"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":12})", "no dtype, shape and data_offsets"},
      {R"({"dtype":"X9","shape":[3],"data_offsets":[0,12]})", "unknown dtype X9"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[0]})", "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[0,12,13]})", "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[4,16]})", "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[12,0]})", "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[-4,8]})", "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[0],"data_offsets":[18446744073709551612,8]})",
       "do not lie in the 12 bytes"},
      {R"({"dtype":"F32","shape":[2],"data_offsets":[0,12]})", "does not fill the 12 bytes"},
      {R"({"dtype":"F64","shape":[3],"data_offsets":[0,12]})", "does not fill the 12 bytes"},
      {R"({"dtype":"F32","shape":[-3],"data_offsets":[0,12]})", "does not fill the 12 bytes"},
      {R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,12]})", "does not fill the 12 bytes"},
      {R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]})",
       "does not fill the 0 bytes"},
  };
  for (const auto& [entry, what] : cases) {
    put(fmt::format(R"({{"__metadata__":{{"a":"b"}},"conv.weight":{}}})", entry), 12);
    EXPECT_THAT(complaint(), AllOf(StartsWith(file.string()), HasSubstr("tensor conv.weight: "),
                                   HasSubstr(what)))
        << entry;
  }
}

TEST_F(Safetensors, WithNamesThatAreNoTextAreRefusedInOneLine) {
  put(R"({"a\nb\u001b":{"dtype":"F\n","shape":[1],"data_offsets":[0,4]}})", 4);
  EXPECT_EQ(complaint(), file.string() + ": tensor a\\nb\\x1b: unknown dtype F\\n");
}

TEST_F(Safetensors, ThatCannotBeWrittenAreNamed) {
  const std::string message = message_of<ResultsError>(
      [] { write_safetensors("no/such/folder/model.safetensors", {}, {}); });
  EXPECT_THAT(message, HasSubstr("no/such/folder/model.safetensors"));
}

TEST_F(Safetensors, HaveTheSumOfTheirContent) {
  put("abc");
  EXPECT_EQ(sha256_of_model(file),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_THAT(message_of<ModelFileError>([&] { sha256_of_model(folder / "none"); }),
              HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace hearsay
