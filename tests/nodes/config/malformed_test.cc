// What is refused, where and in which words: one row a mistake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "nodes/config.h"
#include "tests/nodes/config/configs.h"

namespace hearsay {
namespace {

struct Mistake {
  std::string what;
  int line;          // of the good config, to be replaced; 0: the whole text
  std::string text;  // in its place
  std::string place;
  std::vector<std::string> words;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.what;
}

std::string many_keys() {
  std::string text = "a:\n";
  for (int i = 0; i <= 12'000; ++i) text.append(" ").append(std::to_string(i)).append(":\n");
  return text;
}

std::string accents(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\xc3\xa9";
  return text;
}

// Lines 1 to 4 of the good config: topology, objective, algorithm, run.
const std::vector<Mistake> kMistakes = {
    // The file as a whole.
    {"empty", 0, "", "1:1", {"empty"}},
    {"only a comment", 0, "# nothing\n", "1:1", {"empty"}},
    {"only a document start", 0, "---\n", "", {"empty"}},
    {"a list", 0, "- a\n- b\n", "1:1", {"found a list", "a map"}},
    {"a word", 0, "ring\n", "1:1", {"found ring", "a map"}},
    {"two documents", 0, "a: 1\n---\nb: 2\n", "3:1", {"second YAML document"}},
    {"two documents, of which one is nothing", 0, "a: 1\n---\n", "", {"second YAML document"}},
    {"a comma alone", 0, ",", "1:1", {"not YAML", "a sign that starts no value"}},
    {"a comma in front", 0, "# x\n, a: 1\nb: 2", "2:1", {"not YAML", "starts no value"}},
    {"a comma between", 2, ",", "2:1", {"not YAML"}},
    {"a comma after a document", 0, "a: 1\n---\n,", "3:1", {"second YAML document"}},
    {"a map after a list", 0, "- a\nb: 1\n", "2:1", {"second YAML document"}},
    {"an open quote", 4, "run: {rounds: \"10}", "5:1", {"not YAML"}},
    {"an open brace", 4, "run: {rounds: 10", "5:1", {"not YAML"}},
    {"a tab as indentation", 4, "run:\n\trounds: 10", "5:1", {"not YAML", "tab"}},
    {"an unknown anchor", 4, "run: *nowhere", "4:6", {"not YAML"}},
    {"a NUL byte", 4, std::string("run: {rounds: 1\0}", 17), "4:16", {"control character 0x00"}},
    {"yaml-cpp's end-of-file byte", 4, "run: \x04{rounds: 10}", "4:6", {"character 0x04"}},
    {"bad UTF-8", 4, "run: {rounds: \xFF}", "4:15", {"0xff", "no UTF-8"}},
    {"deep nesting", 4, "run: " + std::string(80, '[') + std::string(80, ']'), "4:56", {"nested"}},
    {"very deep nesting", 4, "run: " + std::string(2000, '['), "", {"nested too deeply"}},
    {"a cycle", 4, "run: &x [*x]", "4:", {"nested", "alias of itself"}},
    {"a billion laughs",
     4,
     "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
     "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
     "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nrun: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]",
     "",
     {"aliases expand"}},
    {"a tag", 4, "run: {rounds: !!int 10}", "4:7", {"tag", "not allowed"}},
    {"a key that is a list", 4, "run: {[a]: 10}", "4:7", {"key"}},
    {"a very long key",
     4,
     "? " + std::string(300, 'k') + "\n: 1",
     "4:3",
     {"key", "200 characters"}},
    {"too many keys", 4, many_keys(), "12005:2", {"more than 12000 keys"}},
    {"a key that is nothing", 4, "run: {~: 10}", "4:7", {"key"}},

    // Sections.
    {"no topology", 1, "", "2:1", {"topology: missing", "ring"}},
    {"no objective", 2, "", "1:1", {"objective: missing", "logistic"}},
    {"no algorithm", 3, "", "1:1", {"algorithm: missing", "choco-amsgrad"}},
    {"no run", 4, "", "1:1", {"run: missing"}},
    {"a misspelled section", 4, "runs: {rounds: 10}", "4:1", {"runs: unknown key", "\"run\"?"}},
    {"an unknown section",
     4,
     "zebra: 1",
     "4:1",
     {"zebra: unknown key. Allowed here: name, seed, topology, objective, algorithm, run"}},
    {"a repeated section",
     4,
     "run: {rounds: 1}\nrun: {rounds: 2}",
     "5:1",
     {"run is repeated", "line 4"}},
    {"an empty section", 4, "run:", "4:1", {"run: found nothing", "a map"}},
    {"a number for a section", 4, "run: 10", "4:1", {"run: found 10", "a map"}},
    {"a list for a section", 4, "run: [rounds, 10]", "4:1", {"run: found a list", "a map"}},
    {"merge keys", 4, "run: {<<: {rounds: 10}}", "4:7", {"run.<<: unknown key"}},

    // Whole numbers.
    {"zero rounds", 4, "run: {rounds: 0}", "4:7", {"run.rounds: found 0", "at least 1"}},
    {"negative", 4, "run: {rounds: -3}", "4:7", {"found -3", "at least 1"}},
    {"a fraction", 4, "run: {rounds: 1.5}", "4:7", {"found 1.5", "whole number", "no point"}},
    {"an exponent", 4, "run: {rounds: 5e2}", "4:7", {"found 5e2", "whole number", "no exponent"}},
    {"octal", 4, "run: {rounds: 010}", "4:7", {"found 010", "leading zero", "octal"}},
    {"hexadecimal", 4, "run: {rounds: 0x10}", "4:7", {"found 0x10", "decimal"}},
    {"a YAML 1.2 octal", 4, "run: {rounds: 0o17}", "4:7", {"found 0o17", "decimal"}},
    {"a quoted number", 4, "run: {rounds: \"10\"}", "4:7", {"the text \"10\"", "without quotes"}},
    {"a single-quoted number", 4, "run: {rounds: '10'}", "4:7", {"without quotes"}},
    {"a word", 4, "run: {rounds: many}", "4:7", {"found many", "whole number"}},
    {"a long word, cut between its letters",
     4,
     "run: {rounds: x" + accents(40) + "}",
     "4:7",
     {"found x" + accents(29) + "..., allowed"}},
    {"a number with a unit", 4, "run: {rounds: 8x}", "4:7", {"found 8x", "whole number"}},
    {"underscores", 4, "run: {rounds: 1_000}", "4:7", {"found 1_000", "whole number"}},
    {"yes", 4, "run: {rounds: yes}", "4:7", {"found yes", "whole number"}},
    {"nothing", 4, "run: {rounds: }", "4:7", {"run.rounds: found nothing", "at least 1"}},
    {"null in block style", 4, "run:\n  rounds:\n  evaluate_every: 5", "5:3", {"found nothing"}},
    {"a tilde", 4, "run: {rounds: ~}", "4:7", {"found nothing"}},
    {"a list", 4, "run: {rounds: [10]}", "4:7", {"found a list"}},
    {"a map", 4, "run: {rounds: {a: 1}}", "4:7", {"found a map"}},
    {"above 64 bits", 4, "run: {rounds: 99999999999999999999}", "4:7", {"64 bits"}},
    {"a sign alone", 4, "run:\n  rounds: +", "5:3", {"found +"}},
    {"not a number", 4, "run: {rounds: .nan}", "4:7", {"found .nan", "finite"}},
    {"a negative seed", 4, "seed: -1\nrun: {rounds: 1}", "4:1", {"seed: found -1", "at least 0"}},
    {"above the range",
     4,
     "run: {rounds: 1}\ntransport: {base_port: 70000}",
     "5:13",
     {"transport.base_port: found 70000", "[1, 65535]"}},
    {"a required key is missing", 4, "run: {evaluate_every: 5}", "4:1", {"run.rounds: missing"}},

    // Numbers.
    {"a rate of zero",
     3,
     "algorithm: {name: dpsgd, learning_rate: 0}",
     "3:26",
     {"algorithm.learning_rate: found 0", "above 0"}},
    {"infinite", 3, "algorithm: {name: dpsgd, learning_rate: .inf}", "3:26", {".inf", "finite"}},
    {"NaN", 3, "algorithm: {name: dpsgd, learning_rate: NaN}", "3:26", {"NaN", "finite"}},
    {"too large", 3, "algorithm: {name: dpsgd, learning_rate: 1e400}", "3:26", {"too large"}},
    {"too small", 3, "algorithm: {name: dpsgd, learning_rate: 1e-400}", "3:26", {"too small"}},
    {"a decimal comma", 3, "algorithm:\n  name: dpsgd\n  learning_rate: 0,01", "5:3", {"0,01"}},
    {"a double point", 3, "algorithm: {name: dpsgd, learning_rate: 1.2.3}", "3:26", {"1.2.3"}},
    {"an exponent alone", 3, "algorithm: {name: dpsgd, learning_rate: e5}", "3:26", {"e5"}},
    {"no digit after e", 3, "algorithm: {name: dpsgd, learning_rate: 1e}", "3:26", {"1e"}},
    {"a quoted rate", 3, "algorithm: {name: dpsgd, learning_rate: '0.1'}", "3:26", {"quotes"}},
    {"neither number nor word",
     3,
     "algorithm: {name: choco-amsgrad, learning_rate: 1, compressor: identity, gossip_step: best}",
     "3:74",
     {"algorithm.gossip_step: found best", "auto"}},

    // Choices.
    {"an unknown choice",
     4,
     "run: {rounds: 1, consensus: exakt}",
     "4:18",
     {"found exakt", "auto, exact, projection", "did you mean \"exact\"?"}},
    {"a choice with capitals", 4, "run: {rounds: 1, consensus: Exact}", "4:18", {"\"exact\"?"}},
    {"a boolean for a choice", 4, "run: {rounds: 1, consensus: true}", "4:18", {"found true"}},

    // Parts.
    {"an unknown graph",
     1,
     "topology: {graph: rink, nodes: 8}",
     "1:12",
     {"topology.graph: found rink", "star", "did you mean \"ring\"?"}},
    {"an unknown bare name",
     3,
     "algorithm: {name: choco-amsgrad, learning_rate: 1, compressor: topk}",
     "3:52",
     {"algorithm.compressor: found topk", "uniform", "did you mean \"top-k\"?"}},
    {"an unknown name in a map",
     3,
     "algorithm: {name: choco-amsgrad, learning_rate: 1, compressor: {name: zip}}",
     "3:65",
     {"algorithm.compressor.name: found zip", "top-k"}},
    {"a list for a part", 1, "topology: [ring, 8]", "1:1", {"topology: found a list", "ring"}},
    {"nothing for a part", 1, "topology:", "1:1", {"topology: found nothing"}},
    {"a number for a part", 1, "topology: 8", "1:1", {"topology: found 8", "ring"}},
    {"a part without a name",
     1,
     "topology: {nodes: 8}",
     "1:1",
     {"topology.graph: missing", "ring"}},
    {"a nameless part", 1, "topology: {graph: , nodes: 8}", "1:12", {"found nothing"}},
    {"a misspelled key",
     3,
     "algorithm:\n  name: choco-amsgrad\n  lerning_rate: 0.1",
     "5:3",
     {"algorithm.lerning_rate: unknown key, did you mean \"learning_rate\"?", "Allowed here: name",
      "gossip_step"}},
    {"a key of nobody",
     1,
     "topology: {graph: ring, colour: red}",
     "1:25",
     {"topology.colour: unknown key", "nodes"}},
    {"a key of another compressor",
     3,
     "algorithm: {name: choco-amsgrad, learning_rate: 1, compressor: {name: top-k, bits: 4}}",
     "3:78",
     {"algorithm.compressor.bits: unknown key", "belongs to uniform"}},
    {"a compressor's range",
     3,
     "algorithm:\n  name: choco-amsgrad\n  learning_rate: 1\n"
     "  compressor:\n    name: top-k\n    k: 0",
     "8:5",
     {"algorithm.compressor.k: found 0, allowed is a whole number of at least 1"}},
    {"a required key of a part",
     1,
     "topology: {graph: erdos-renyi, nodes: 8}",
     "1:1",
     {"topology.probability: missing", "(0, 1]"}},
    {"two names",
     2,
     "objective: {model: logistic, data: {name: digits, format: csv}}",
     "2:51",
     {"objective.data.format: found beside name"}},
    {"a wrong value without effect",
     3,
     "algorithm: {name: dpsgd, learning_rate: 1, beta1: 2}",
     "3:44",
     {"algorithm.beta1: found 2", "[0, 1)"}},
    {"batch of zero",
     2,
     "objective: {model: logistic, data: digits, batch: 0}",
     "2:44",
     {"objective.batch: found 0", "or full"}},
    {"a list in a list",
     1,
     "topology:\n  graph: edges\n  edges: [[0, 1], [1, two]]",
     "3:23",
     {"topology.edges.1.1: found two", "whole number"}},
    {"no list", 1, "topology: {graph: edges, edges: 3}", "1:26", {"found 3", "a list"}},

    // Between keys.
    {"nodes and workers",
     1,
     "topology: {graph: star, nodes: 3, workers: 2}",
     "1:35",
     {"topology.workers: found beside nodes"}},
    {"workers on a ring",
     1,
     "topology: {graph: ring, workers: 2}",
     "1:25",
     {"topology.workers", "ring", "star only"}},
    {"an address of nobody",
     4,
     "run: {rounds: 1}\ntransport: {addresses: {zero: \"h:1\"}}",
     "5:25",
     {"transport.addresses.zero", "node numbers", "collector"}},
    {"an address with a leading zero",
     4,
     "run: {rounds: 1}\ntransport: {addresses: {01: h}}",
     "5:25",
     {"transport.addresses.01"}},
};

class Malformed : public testing::TestWithParam<Mistake> {};

TEST_P(Malformed, IsRefusedWithPlaceAndWords) {
  const Mistake& mistake = GetParam();
  std::string text = mistake.text;
  if (mistake.line > 0) {
    std::vector<std::string> lines = good_lines();
    lines[static_cast<std::size_t>(mistake.line - 1)] = mistake.text;
    text.clear();
    for (const std::string& line : lines) text += line + "\n";
  }
  std::string message;
  try {
    Config::parse(text, "ring.yaml");
  } catch (const ConfigError& e) {
    message = e.what();
  }
  EXPECT_THAT(message, testing::StartsWith("ring.yaml:" + mistake.place)) << text;
  EXPECT_THAT(message, testing::Not(testing::HasSubstr("\n")));
  for (const std::string& word : mistake.words) EXPECT_THAT(message, testing::HasSubstr(word));
}

INSTANTIATE_TEST_SUITE_P(Config, Malformed, testing::ValuesIn(kMistakes));

std::string load_error(const std::string& path) {
  try {
    Config::load(path);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(ConfigFile, ThatIsMissingIsNamed) {
  EXPECT_THAT(load_error("no/such.yaml"),
              testing::AllOf(testing::StartsWith("no/such.yaml: "), testing::HasSubstr("No such")));
}

TEST(ConfigFile, ThatIsAFolderIsRefused) {
  EXPECT_THAT(load_error("."), testing::HasSubstr("directory"));
}

TEST(ConfigFile, ThatIsHugeIsRefused) {
  const std::string path = testing::TempDir() + "hearsay_huge_config.yaml";
  std::ofstream(path) << std::string((4 << 20) + 1, '#');
  EXPECT_THAT(load_error(path), testing::HasSubstr("4 MiB"));
  std::remove(path.c_str());
}

}  // namespace
}  // namespace hearsay
