#include "nodes/gunzip.h"

#include <zlib.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace hearsay {

struct Gunzip::Inflater {
  Inflater() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&state, kGzipOnly + MAX_WBITS) != Z_OK)
      throw std::runtime_error("zlib cannot start");
  }
  ~Inflater() { inflateEnd(&state); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream state{};
  bool ended = false;
};

Gunzip::Gunzip(Sink sink) : sink_(std::move(sink)) {}
Gunzip::~Gunzip() = default;

void Gunzip::add(std::span<const char> bytes) {
  if (known_) {
    if (inflater_ != nullptr)
      inflate(bytes);
    else
      sink_(bytes);
    return;
  }
  constexpr std::string_view kMagic = "\x1f\x8b";
  head_.append(bytes.data(), bytes.size());
  if (head_.size() < kMagic.size()) return;
  known_ = true;
  if (head_.compare(0, kMagic.size(), kMagic) == 0) inflater_ = std::make_unique<Inflater>();
  add(std::exchange(head_, {}));
}

void Gunzip::inflate(std::span<const char> bytes) {
  if (bytes.empty()) return;
  if (inflater_->ended) throw std::runtime_error("there is more behind the end of the gzip file");
  z_stream& state = inflater_->state;
  state.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib's API
  state.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, 1U << 16U> out;
  do {
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = out.size();
    const int status = ::inflate(&state, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      throw std::runtime_error("the gzip file is damaged");
    sink_(std::span(out).first(out.size() - state.avail_out));
    inflater_->ended = status == Z_STREAM_END;
  } while (state.avail_out == 0 && !inflater_->ended);
  if (inflater_->ended && state.avail_in > 0)
    throw std::runtime_error("there is more behind the end of the gzip file");
}

void Gunzip::finish() {
  if (!known_ && !head_.empty()) sink_(head_);
  if (inflater_ != nullptr && !inflater_->ended)
    throw std::runtime_error("the gzip file ends before its time");
}

}  // namespace hearsay
