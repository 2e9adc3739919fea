#include "nodes/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class KeyFiles : public ::testing::Test {
 protected:
  KeyFiles() {
    std::string pattern = (fs::temp_directory_path() / "hearsay-keys-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    folder_ = root_ / "keys";
  }
  ~KeyFiles() override { fs::remove_all(root_); }

  static std::string read(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  static void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::trunc) << text;
  }
  static unsigned mode_of(const fs::path& file) {
    struct stat facts {};
    EXPECT_EQ(stat(file.c_str(), &facts), 0) << file;
    return facts.st_mode & 07777U;
  }
  void replace_in_public(const std::string& what, const std::string& by) const {
    std::string text = read(folder_ / "public.yaml");
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    write(folder_ / "public.yaml", text.replace(at, what.size(), by));
  }
  std::string error_of_public(std::size_t nodes = 3) const {
    return message_of<ConfigError>([&] { read_public_keys(folder_, nodes); });
  }
  std::string error_of_private(NodeId id) const {
    const PublicKeys listed = read_public_keys(folder_, 3);
    return message_of<ConfigError>([&] { read_key_pair(folder_, listed, id); });
  }

  fs::path root_;
  fs::path folder_;
};

TEST_F(KeyFiles, HoldAPairForEachNodeAndTheCollector) {
  write_keys(folder_, 3, false);
  const PublicKeys listed = read_public_keys(folder_, 3);
  std::set<std::string> all;
  for (const NodeId id : {NodeId{0}, NodeId{1}, NodeId{2}, kCollectorId}) {
    const KeyPair pair = read_key_pair(folder_, listed, id);
    EXPECT_EQ(pair.public_key, listed.of(id));
    EXPECT_EQ(listed.owner(pair.public_key), id);
    all.insert({pair.public_key, pair.secret_key});
  }
  EXPECT_EQ(all.size(), 8U) << "no two are alike";
  EXPECT_EQ(listed.owner(make_key_pair().public_key), std::nullopt);
}

TEST_F(KeyFiles, ThatArePrivateAreForTheirOwnerWhateverTheUmask) {
  const mode_t before = umask(0);
  write_keys(folder_, 3, false);
  umask(before);
  for (const char* name : {"node-000.key", "node-001.key", "node-002.key", "collector.key"})
    EXPECT_EQ(mode_of(folder_ / name), 0600U) << name;
  EXPECT_EQ(mode_of(folder_ / "public.yaml"), 0644U);
  EXPECT_EQ(mode_of(folder_), 0700U);
}

TEST_F(KeyFiles, PublicOnesHoldNoSecret) {
  write_keys(folder_, 3, false);
  const PublicKeys listed = read_public_keys(folder_, 3);
  for (const NodeId id : {NodeId{0}, NodeId{1}, NodeId{2}, kCollectorId})
    EXPECT_THAT(read(folder_ / "public.yaml"),
                Not(HasSubstr(read_key_pair(folder_, listed, id).secret_key)));
}

TEST_F(KeyFiles, ThatAreThereStayUnlessForced) {
  write_keys(folder_, 2, false);
  fs::remove(folder_ / "node-001.key");
  const std::string before = read(folder_ / "node-000.key");
  const std::string error = message_of<ConfigError>([&] { write_keys(folder_, 2, false); });
  EXPECT_THAT(error, AllOf(HasSubstr("is there already: nothing was written"), HasSubstr("--force"),
                           HasSubstr(folder_.string())));
  EXPECT_EQ(read(folder_ / "node-000.key"), before);
  EXPECT_FALSE(fs::exists(folder_ / "node-001.key"));

  write_keys(folder_, 2, true);
  EXPECT_NE(read(folder_ / "node-000.key"), before);
  const PublicKeys listed = read_public_keys(folder_, 2);
  EXPECT_EQ(read_key_pair(folder_, listed, 1).public_key, listed.of(1));
}

TEST_F(KeyFiles, AreNotWrittenThroughALink) {
  fs::create_directory(folder_);
  fs::create_symlink(root_ / "elsewhere", folder_ / "node-000.key");
  EXPECT_THAT(message_of<ConfigError>([&] { write_keys(folder_, 1, false); }),
              HasSubstr("is there already"));
  write_keys(folder_, 1, true);
  EXPECT_FALSE(fs::exists(root_ / "elsewhere"));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder_ / "node-000.key")));
}

TEST_F(KeyFiles, InAPlaceThatIsNoFolderAreAnError) {
  write(folder_, "a file");
  EXPECT_THAT(message_of<ConfigError>([&] { write_keys(folder_, 1, true); }),
              HasSubstr("cannot make the folder " + folder_.string()));
}

TEST_F(KeyFiles, PublicOnesWithAMistakeAreNamedWithLineAndColumn) {
  write_keys(folder_, 3, false);
  const PublicKeys listed = read_public_keys(folder_, 3);
  const std::string good = read(folder_ / "public.yaml");
  const std::string file = (folder_ / "public.yaml").string();

  replace_in_public(listed.of(1), listed.of(1).substr(1));
  EXPECT_THAT(error_of_public(), AllOf(HasSubstr(file + ":5:3: nodes.1: found 39 characters"),
                                       HasSubstr("40 characters of Z85")));
  write(folder_ / "public.yaml", good);
  replace_in_public(listed.of(1), std::string(40, '~'));
  EXPECT_THAT(error_of_public(), HasSubstr(file + ":5:3: nodes.1: "));
  write(folder_ / "public.yaml", good);
  replace_in_public(listed.of(2), listed.of(0));
  EXPECT_THAT(error_of_public(), HasSubstr(file + ":6:3: nodes.2: found the key of nodes.0 again"));
  write(folder_ / "public.yaml", good);
  replace_in_public("collector", "colector");
  EXPECT_THAT(error_of_public(), AllOf(HasSubstr(file + ":2:1: "), HasSubstr("collector")));

  write(folder_ / "public.yaml", good);
  EXPECT_THAT(error_of_public(4),
              HasSubstr("node 3 has no key: allowed is one for each of 0 to 3"));
  EXPECT_THAT(error_of_public(2), HasSubstr(file + ":6:3: nodes.2: unknown node"));
  fs::remove(folder_ / "public.yaml");
  EXPECT_THAT(error_of_public(), HasSubstr(file + ": cannot be read"));
}

TEST_F(KeyFiles, PrivateOnesThatOthersCanReadAreRefused) {
  write_keys(folder_, 3, false);
  fs::permissions(folder_ / "node-001.key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(error_of_private(1),
              AllOf(HasSubstr("node-001.key: found mode 0640"), HasSubstr("chmod 600")));
}

TEST_F(KeyFiles, PrivateOnesWithAMistakeAreNamedAndNeverShown) {
  write_keys(folder_, 3, false);
  const fs::path file = folder_ / "node-001.key";
  const std::string secret = read_key_pair(folder_, read_public_keys(folder_, 3), 1).secret_key;
  const std::string other = read_key_pair(folder_, read_public_keys(folder_, 3), 2).secret_key;
  const std::string half = secret.substr(0, 20);

  write(file, "# a comment\n" + secret + "x\n");
  EXPECT_THAT(error_of_private(1),
              AllOf(HasSubstr(file.string() + ":2: found 41 characters"), Not(HasSubstr(half))));
  write(file, secret + "\n" + secret + "\n");
  EXPECT_THAT(error_of_private(1), AllOf(HasSubstr(":2: "), Not(HasSubstr(half))));
  write(file, "# nothing\n");
  EXPECT_THAT(error_of_private(1), HasSubstr("there is no private key in it"));
  write(file, other + "\n");
  EXPECT_THAT(error_of_private(1), AllOf(HasSubstr("the private key of somebody else"),
                                         HasSubstr("node 1"), Not(HasSubstr(other))));
  fs::remove(file);
  EXPECT_THAT(error_of_private(1),
              HasSubstr(file.string() + ": the private key of node 1 cannot be read"));
}

TEST_F(KeyFiles, AreFoundFromTheConfigsFolder) {
  write_keys(folder_, 3, false);
  const auto config_with = [&](const std::string& keys) {
    return Config::parse(
        "topology: {graph: ring, nodes: 3}\nobjective: {model: quadratic}\n"
        "algorithm: {name: dpsgd, learning_rate: 0.1}\nrun: {rounds: 1}\n"
        "transport: {" +
            keys + "}\n",
        (root_ / "x.yaml").string());
  };
  EXPECT_FALSE(load_keys(config_with(""), 3, 0));
  const auto keys = load_keys(config_with("keys: keys"), 3, 2);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->self, 2U);
  EXPECT_EQ(keys->own.public_key, keys->listed.of(2));
  EXPECT_THAT(
      message_of<ConfigError>([&] { load_keys(config_with("keys: nowhere"), 3, 0); }),
      AllOf(HasSubstr("x.yaml:5:13: transport.keys: found nowhere"), HasSubstr("hearsay keys")));
  EXPECT_THAT(
      message_of<ConfigError>([&] { load_keys(config_with("keys: keys, kind: shm"), 3, 0); }),
      AllOf(HasSubstr("x.yaml:5:13: transport.keys: "), HasSubstr("use tcp or ipc")));
  EXPECT_EQ(config_with("").canonical(), config_with("keys: keys").canonical())
      << "where keys lie is no part of the experiment";
}

}  // namespace
}  // namespace hearsay
