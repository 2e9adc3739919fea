// What is known of a data set that is public: its files, their sums, and where they come from.
// Facts only; who fetches them is the command line's business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearsay {

/// A file of a known data set and the names that it usually has, each plain or with .gz.
struct UsualFile {
  std::vector<std::string> names;
  bool required = true;
};

struct PublicFile {
  UsualFile usual;          // it is kept under the first of the names
  std::string remote;       // below PublicData::base; packed when it ends in .gz
  std::uint64_t bytes = 0;  // unpacked
  std::string sha256;       // unpacked, in hexadecimal; of files that can be fetched
};

struct PublicData {
  std::string page;     // for people
  std::string base;     // where the files are, without a slash at the end; or empty, and then
  std::string by_hand;  // what to do with what the page offers
  std::string licence;  // as its authors state it
  std::vector<PublicFile> files;
};

/// What to do about files that are not here, for find_usual_files(): "" when they can be fetched.
std::string advice(const PublicData& data);

/// The files for find_usual_files().
std::vector<UsualFile> usual_files(const PublicData& data);

}  // namespace hearsay
