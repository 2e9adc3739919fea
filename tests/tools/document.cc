#include "tests/tools/document.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <stdexcept>

namespace hearsay::testing {

namespace {

constexpr std::string_view kFence = "```";

void take_links(const std::string& line, std::size_t number, std::vector<Link>& links) {
  static const std::regex kCode("`[^`]*`");
  static const std::regex kLink(R"(\]\(([^)#\s]*)(?:#([^)\s]*))?\))");
  const std::string text = std::regex_replace(line, kCode, "");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kLink);
       it != std::sregex_iterator(); ++it) {
    const std::string file = (*it)[1];
    if (file.find("://") == std::string::npos) links.push_back({number, file, (*it)[2]});
  }
}

/// GitHub's: lower case, without punctuation, hyphens for spaces.
std::string anchor_of(const std::string& heading) {
  std::string result;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      result += '-';
    else if (byte >= 0x80U || std::isalnum(byte) != 0 || c == '-' || c == '_')
      result += static_cast<char>(byte < 0x80U ? std::tolower(byte) : byte);
  }
  return result;
}

/// The word that ends a here-document which starts in that line, if one does.
std::optional<std::string> here_document(const std::string& line) {
  static const std::regex kStart(R"(<<-?\s*['"]?(\w+)['"]?)");
  std::smatch match;
  if (!std::regex_search(line, match, kStart)) return std::nullopt;
  return match[1];
}

}  // namespace

std::string CodeBlock::text() const {
  std::string result;
  for (const std::string& each : lines) result += each + "\n";
  return result;
}

std::vector<std::string> Document::anchors() const {
  std::map<std::string, int> seen;
  std::vector<std::string> result;
  for (const std::string& heading : headings) {
    const std::string anchor = anchor_of(heading);
    const int before = seen[anchor]++;
    result.push_back(before == 0 ? anchor : anchor + "-" + std::to_string(before));
  }
  return result;
}

Document read_document(const std::filesystem::path& root, const std::string& name) {
  static const std::regex kNote(R"(<!--\s*([A-Za-z ]+?)\s*(?::\s*(.*?))?\s*-->)");
  static const std::regex kHeading("#{1,6} +(.*)");
  Document document{.name = name, .path = root / name, .blocks = {}, .headings = {}, .links = {}};
  std::ifstream in(document.path);
  if (!in) throw std::runtime_error("cannot read " + document.path.string());
  bool inside = false;
  std::string above;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line); above = line) {
    ++number;
    if (line.starts_with(kFence)) {
      inside = !inside;
      if (!inside) continue;
      CodeBlock block{.line = number,
                      .language = line.substr(kFence.size()),
                      .lines = {},
                      .note_key = {},
                      .note_value = {}};
      std::smatch note;
      if (std::regex_match(above, note, kNote)) {
        block.note_key = note[1];
        block.note_value = note[2];
      }
      document.blocks.push_back(std::move(block));
      continue;
    }
    if (inside) {
      document.blocks.back().lines.push_back(line);
      continue;
    }
    std::smatch heading;
    if (std::regex_match(line, heading, kHeading)) document.headings.push_back(heading[1]);
    take_links(line, number, document.links);
  }
  if (inside) throw std::runtime_error(name + ": a block of code does not end");
  return document;
}

std::vector<Command> commands_of(const CodeBlock& block) {
  if (block.language == "sh") return {{block.line + 1, block.text()}};
  std::vector<Command> result;
  std::optional<std::string> end;  // of the here-document that this line belongs to
  bool goes_on = false;
  for (std::size_t k = 0; k < block.lines.size(); ++k) {
    std::string line = block.lines[k];
    if (!goes_on && !end) {
      if (!line.starts_with("$ ")) continue;
      line = line.substr(2);
      result.push_back({block.line + 1 + k, ""});
    }
    result.back().text += line + "\n";
    if (end) {
      if (line == *end) end.reset();
      continue;
    }
    end = here_document(line);
    goes_on = line.ends_with('\\');
  }
  return result;
}

}  // namespace hearsay::testing
