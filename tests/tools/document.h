// A Markdown document taken apart: its code blocks, headings and links.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hearsay::testing {

/// A fenced block of code. A comment `<!-- KEY: VALUE -->` or `<!-- KEY -->` in a line of its own
/// right above it says how it is to be taken.
struct CodeBlock {
  std::size_t line = 0;  // of the fence, from 1
  std::string language;
  std::vector<std::string> lines;
  std::string note_key;
  std::string note_value;

  std::string text() const;
};

struct Link {
  std::size_t line = 0;
  std::string file;    // empty: the document itself
  std::string anchor;  // empty: none
};

struct Document {
  std::string name;  // docs/faults.md
  std::filesystem::path path;
  std::vector<CodeBlock> blocks;
  std::vector<std::string> headings;  // without the number signs
  std::vector<Link> links;            // but for those to other places than files

  /// What a link can point to, as GitHub makes it of the headings.
  std::vector<std::string> anchors() const;
};

Document read_document(const std::filesystem::path& root, const std::string& name);

struct Command {
  std::size_t line = 0;
  std::string text;
};

/// What a reader types: in a block `sh` everything, in a block `console` what stands behind "$ ",
/// with the lines that a backslash or a here-document adds.
std::vector<Command> commands_of(const CodeBlock& block);

}  // namespace hearsay::testing
