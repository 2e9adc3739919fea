// Lines of a text file, with their numbers for messages; and numbers in text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/byte_stream.h"

namespace hearsay {

class LineReader {
 public:
  explicit LineReader(ByteStream& stream);

  /// The next line without its end ("\n" or "\r\n") and without a byte order mark; false at the end
  /// of the file. The view is valid until the next call. A last line may lack its end.
  bool next(std::string_view& line);

  /// The number of the last line, from 1.
  std::uint64_t number() const { return number_; }

  /// Throws DataError "file:line: message" for the last line.
  [[noreturn]] void fail(const std::string& message) const { fail_at(number_, message); }
  [[noreturn]] void fail_at(std::uint64_t line, const std::string& message) const;

 private:
  void refill();

  ByteStream& stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // unread bytes are begin_ .. end_ - 1
  std::size_t end_ = 0;
  bool ended_ = false;
  std::uint64_t number_ = 0;
};

/// Reads the whole of `text` as a finite decimal number, with a sign or without; false when it is
/// none. Independent of the locale.
bool parse_number(std::string_view text, double& number);

/// Without blanks and tabs at both ends.
std::string_view trim(std::string_view text);

/// Part of a text from a file, fit for a message: long ones are cut, and control characters are
/// written as \x0a.
std::string excerpt(std::string_view text);

}  // namespace hearsay
