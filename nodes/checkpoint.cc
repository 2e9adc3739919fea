#include "nodes/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/bytes.h"
#include "nodes/frame.h"

namespace hearsay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kHeader = 32;   // magic, digest, node, 0, round
constexpr std::size_t kTrailer = 16;  // size of the body, checksum, 0
constexpr std::size_t kBuffer = std::size_t{1} << 20U;
constexpr std::string_view kPrefix = "round-";
constexpr std::string_view kSuffix = ".ckpt";

enum class Entry : std::uint8_t { vector = 1, integer = 2, counters = 3 };

static_assert(std::endian::native == std::endian::little, "values are written as they are");

template <class T>
ByteView bytes_of(std::span<const T> values) {
  return std::as_bytes(values);
}

std::string reason() {
  return std::strerror(errno);
}

/// A file descriptor, closed with the object.
class File {
 public:
  File(const fs::path& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// Writes through a buffer and adds up the checksum.
class Writer final : public StateVisitor {
 public:
  Writer(int file, const fs::path& path) : file_(file), path_(path) { buffer_.reserve(kBuffer); }

  void vector(std::string_view name, VectorView values) override {
    begin(Entry::vector, name);
    sized(bytes_of(std::span<const float>(values)), values.size());
  }
  void integer(std::string_view name, std::uint64_t& value) override {
    begin(Entry::integer, name);
    Bytes bytes;
    ByteWriter(bytes).u64(value);
    put(bytes);
  }
  void counters(std::string_view name, std::span<std::uint32_t> values) override {
    begin(Entry::counters, name);
    sized(bytes_of(std::span<const std::uint32_t>(values)), values.size());
  }

  void put(ByteView bytes) {
    checksum_ = checksum(bytes, checksum_);
    written_ += bytes.size();
    if (buffer_.size() + bytes.size() > kBuffer) flush();
    if (bytes.size() > kBuffer)
      write_out(bytes);
    else
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void flush() {
    write_out(buffer_);
    buffer_.clear();
  }
  std::uint64_t written() const { return written_; }
  std::uint32_t sum() const { return checksum_; }

 private:
  void begin(Entry kind, std::string_view name) {
    Bytes head;
    ByteWriter writer(head);
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.text(name);
    put(head);
  }
  void sized(ByteView bytes, std::size_t count) {
    Bytes size;
    ByteWriter(size).u64(count);
    put(size);
    put(bytes);
  }
  void write_out(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t done = ::write(file_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0)
        throw CheckpointError(fmt::format("{}: cannot be written: {}", path_.string(), reason()));
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
  }

  int file_;
  const fs::path& path_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::uint32_t checksum_ = 0;
};

/// Fills a part with the entries of a checkpoint, which must be those that the part lists.
class Reader final : public StateVisitor {
 public:
  Reader(ByteView body, const std::string& file) : in_(body), file_(file) {}

  void vector(std::string_view name, VectorView values) override {
    fill(Entry::vector, name, std::as_writable_bytes(values), values.size());
  }
  void integer(std::string_view name, std::uint64_t& value) override {
    begin(Entry::integer, name);
    value = in_.u64();
    require(in_.ok(), name);
  }
  void count(std::string_view name, std::uint64_t& value) override {
    integer(name, value);
    require(value <= in_.left(), name);  // every item takes a byte at least
  }
  void counters(std::string_view name, std::span<std::uint32_t> values) override {
    fill(Entry::counters, name, std::as_writable_bytes(values), values.size());
  }
  void end() { require(in_.ok() && in_.left() == 0, "its end"); }

 private:
  void begin(Entry kind, std::string_view name) {
    const bool same_kind = in_.u8() == static_cast<std::uint8_t>(kind);
    require(in_.text() == name && same_kind && in_.ok(), name);
  }
  void fill(Entry kind, std::string_view name, std::span<std::byte> to, std::size_t count) {
    begin(kind, name);
    require(in_.u64() == count, name);
    const ByteView from = in_.bytes(to.size());
    require(in_.ok(), name);
    std::copy(from.begin(), from.end(), to.begin());
  }
  void require(bool fits, std::string_view name) const {
    if (!fits)
      throw CheckpointError(
          fmt::format("{}: what it holds for {} does not fit this experiment: it is of another "
                      "version of the program",
                      file_, name));
  }

  ByteReader in_;
  const std::string& file_;
};

void sync(int file, const fs::path& path) {
  if (fsync(file) != 0)
    throw CheckpointError(fmt::format("{}: cannot be written: {}", path.string(), reason()));
}

Bytes read_file(const fs::path& path) {
  const File file(path, O_RDONLY);
  struct stat status {};
  if (!file.is_open() || fstat(file.descriptor(), &status) != 0)
    throw CheckpointError(fmt::format("{}: cannot be read: {}", path.string(), reason()));
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t done = ::read(file.descriptor(), bytes.data() + at, bytes.size() - at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      throw CheckpointError(fmt::format("{}: cannot be read: {}", path.string(), reason()));
    if (done == 0) break;
    at += static_cast<std::size_t>(done);
  }
  bytes.resize(at);
  return bytes;
}

std::string describe(NodeId node) {
  return node == CheckpointOwner::kSimulation ? "a simulation" : fmt::format("node {}", node);
}

/// The round in a file's name, if it is one of ours.
std::optional<Round> round_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  Round round = 0;
  const char* begin = name.data() + kPrefix.size();
  const char* end = name.data() + name.size() - kSuffix.size();
  const auto [stop, error] = std::from_chars(begin, end, round);
  return error == std::errc() && stop == end ? std::optional(round) : std::nullopt;
}

}  // namespace

Round check_checkpoint(ByteView bytes, const CheckpointOwner& owner, const std::string& name) {
  const auto refuse = [&name](const std::string& why) {
    throw CheckpointError(fmt::format("{}: {}", name, why));
  };
  ByteReader header(bytes);
  if (header.u64() != kCheckpointMagic || !header.ok()) refuse("is no checkpoint");
  if (bytes.size() < kHeader + kTrailer) refuse("is cut short");
  const std::uint64_t digest = header.u64();
  const NodeId node = header.u32();
  header.u32();
  const Round round = header.u64();
  ByteReader trailer(bytes.last(kTrailer));
  if (trailer.u64() != bytes.size() - kHeader - kTrailer) refuse("is cut short");
  if (trailer.u32() != checksum(bytes.first(bytes.size() - kTrailer)))
    refuse("is damaged: its checksum does not match");
  if (digest != owner.digest)
    refuse(fmt::format("is of another experiment (digest {:016x}, this one has {:016x})", digest,
                       owner.digest));
  if (node != owner.node)
    refuse(fmt::format("is of {}, wanted is {}", describe(node), describe(owner.node)));
  return round;
}

void restore_checkpoint(ByteView bytes, const VisitState& visit, const std::string& name) {
  Reader reader(bytes.subspan(kHeader, bytes.size() - kHeader - kTrailer), name);
  visit(reader);
  reader.end();
}

CheckpointFolder::CheckpointFolder(const fs::path& folder, CheckpointOwner owner, std::size_t keep,
                                   Round lag)
    : folder_(folder / (owner.node == CheckpointOwner::kSimulation
                            ? std::string("simulation")
                            : fmt::format("node-{:03}", owner.node))),
      owner_(owner),
      keep_(std::max<std::size_t>(keep, 1)),
      lag_(lag) {}

fs::path CheckpointFolder::file_of(Round t) const {
  return folder_ / fmt::format("{}{:09}{}", kPrefix, t, kSuffix);
}

std::vector<Round> CheckpointFolder::rounds() const {
  std::vector<Round> result;
  std::error_code ignored;  // no folder, no checkpoints
  for (const auto& entry : fs::directory_iterator(folder_, ignored))
    if (const auto round = round_of(entry.path())) result.push_back(*round);
  std::sort(result.rbegin(), result.rend());
  return result;
}

std::uint64_t CheckpointFolder::write(Round t, const VisitState& visit) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    throw CheckpointError(fmt::format("{}: cannot be made: {}", folder_.string(), error.message()));
  const fs::path path = file_of(t);
  fs::path beside = path;
  beside += ".tmp";
  std::uint64_t size = 0;
  try {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open())
      throw CheckpointError(fmt::format("{}: cannot be written: {}", beside.string(), reason()));
    Writer writer(file.descriptor(), beside);
    Bytes header;
    ByteWriter head(header);
    head.u64(kCheckpointMagic);
    head.u64(owner_.digest);
    head.u32(owner_.node);
    head.u32(0);
    head.u64(t);
    writer.put(header);
    visit(writer);
    Bytes trailer;
    ByteWriter tail(trailer);
    tail.u64(writer.written() - kHeader);
    tail.u32(writer.sum());
    tail.u32(0);
    writer.put(trailer);
    writer.flush();
    sync(file.descriptor(), beside);
    size = writer.written();
    fs::rename(beside, path);
    const File folder(folder_, O_RDONLY | O_DIRECTORY);
    sync(folder.descriptor(), folder_);
  } catch (const fs::filesystem_error& failure) {
    fs::remove(beside, error);
    throw CheckpointError(failure.what());
  } catch (const CheckpointError&) {
    fs::remove(beside, error);
    throw;
  }
  remove_old(t);
  return size;
}

void CheckpointFolder::remove_old(Round t) const {
  std::error_code ignored;
  bool for_the_slowest = false;
  std::size_t kept = 0;
  for (const Round round : rounds()) {
    const bool old_enough = round + lag_ <= t;
    if (kept < keep_ || (old_enough && !for_the_slowest))
      ++kept;
    else if (old_enough)
      fs::remove(file_of(round), ignored);
    for_the_slowest = for_the_slowest || old_enough;
  }
}

std::vector<Round> CheckpointFolder::sound(
    const std::function<void(const std::string&)>& refused) const {
  std::vector<Round> result;
  for (const Round t : rounds()) {
    const std::string name = file_of(t).string();
    try {
      if (check_checkpoint(read_file(name), owner_, name) != t)
        throw CheckpointError(fmt::format("{}: is of another round than its name says", name));
      result.push_back(t);
    } catch (const CheckpointError& error) {
      refused(error.what());
    }
  }
  return result;
}

void CheckpointFolder::read(Round t, const VisitState& visit) const {
  const std::string name = file_of(t).string();
  const Bytes bytes = read_file(name);
  check_checkpoint(bytes, owner_, name);
  restore_checkpoint(bytes, visit, name);
}

void CheckpointFolder::forget_after(Round t) const {
  std::error_code ignored;
  for (const Round round : rounds())
    if (round > t) fs::remove(file_of(round), ignored);
}

}  // namespace hearsay
