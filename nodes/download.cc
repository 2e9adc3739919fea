#include "nodes/download.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <fstream>
#include <memory>
#include <system_error>

#include "nodes/gunzip.h"
#include "nodes/sha256.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;

/// A file that goes away with the object unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)), out_(path_, std::ios::binary) {
    require();
  }
  ~TemporaryFile() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::span<const char> bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    require();
  }

  void keep_as(const fs::path& name) {
    out_.close();
    require();
    fs::rename(path_, name);
    path_.clear();
  }

 private:
  void require() const {
    if (!out_) throw std::runtime_error(fmt::format("cannot write {}", path_.string()));
  }

  fs::path path_;
  std::ofstream out_;
};

/// What comes, on its way to the disk: unpacked, counted, summed.
class Arrival {
 public:
  Arrival(const PublicFile& file, const fs::path& temporary, const DownloadProgress& progress)
      : file_(file), progress_(progress), out_(temporary) {}

  void add(std::span<const char> bytes) { unpack_.add(bytes); }

  void keep_as(const fs::path& name) {
    unpack_.finish();
    const std::string sum = sum_.hex();
    if (sum != file_.sha256)
      throw std::runtime_error(fmt::format(
          "what came is not the file: its sha256 is {}, expected is {}; nothing was kept", sum,
          file_.sha256));
    out_.keep_as(name);
  }

 private:
  void take(std::span<const char> bytes) {
    bytes_ += bytes.size();
    if (bytes_ > file_.bytes)
      throw std::runtime_error(fmt::format(
          "what comes is not the file: it has more than {} bytes; nothing was kept", file_.bytes));
    sum_.add(bytes);
    out_.write(bytes);
    progress_(bytes_);
  }

  const PublicFile& file_;
  const DownloadProgress& progress_;
  TemporaryFile out_;
  Sha256 sum_;
  std::uint64_t bytes_ = 0;
  Gunzip unpack_{[this](std::span<const char> bytes) { take(bytes); }};
};

/// libcurl calls this with what has come; an exception may not pass through it.
struct Receiver {
  Arrival& arrival;
  std::exception_ptr failure;

  static std::size_t receive(const char* data, std::size_t size, std::size_t count, void* self) {
    auto& receiver = *static_cast<Receiver*>(self);
    try {
      receiver.arrival.add({data, size * count});
      return size * count;
    } catch (...) {
      receiver.failure = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
  }
};

void start_curl() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) throw std::runtime_error("libcurl cannot start");
}

/// Why a transfer ended early, for a person.
std::string reason(CURLcode code, CURL* curl, const char* detail) {
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return fmt::format("the server answers {}{}", status, status == 404 ? " (not found)" : "");
  }
  const bool unconnected = code == CURLE_COULDNT_RESOLVE_HOST ||
                           code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT;
  return fmt::format("{}{}", unconnected ? "no connection: " : "",
                     *detail != '\0' ? detail : curl_easy_strerror(code));
}

void fetch(const std::string& url, Arrival& arrival) {
  constexpr long kMostRedirects = 10;
  constexpr long kConnectSeconds = 30;
  constexpr long kSilentSeconds = 60;
  start_curl();
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> owner(curl_easy_init(),
                                                                  &curl_easy_cleanup);
  CURL* curl = owner.get();
  if (curl == nullptr) throw std::runtime_error("libcurl cannot start");
  Receiver receiver{arrival, nullptr};
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "hearsay/" HEARSAY_VERSION);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Receiver::receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  const CURLcode code = curl_easy_perform(curl);
  if (receiver.failure) std::rethrow_exception(receiver.failure);
  if (code != CURLE_OK) throw std::runtime_error(reason(code, curl, detail.data()));
}

}  // namespace

std::string url_of(const PublicFile& file, const std::string& base) {
  std::string url = base;
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url + "/" + file.remote;
}

bool is_kept(const PublicFile& file, const fs::path& folder) {
  std::ifstream in(folder / file.usual.names.front(), std::ios::binary);
  Sha256 sum;
  std::array<char, 1U << 16U> buffer;
  while (in) {
    in.read(buffer.data(), buffer.size());
    sum.add(std::span(buffer).first(static_cast<std::size_t>(in.gcount())));
  }
  return in.eof() && sum.hex() == file.sha256;
}

void download(const PublicFile& file, const std::string& base, const fs::path& folder,
              const DownloadProgress& progress) {
  const std::string url = url_of(file, base);
  const std::string& name = file.usual.names.front();
  try {
    fs::create_directories(folder);
    // Two downloads at a time do not meet in one file.
    Arrival arrival(file, folder / fmt::format(".{}.{}.part", name, getpid()), progress);
    fetch(url, arrival);
    arrival.keep_as(folder / name);
  } catch (const std::exception& failure) {
    throw DownloadError(fmt::format("{}: {}", url, failure.what()));
  }
}

}  // namespace hearsay
