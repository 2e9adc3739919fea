#include "nodes/shared_memory/inbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <new>
#include <span>
#include <system_error>

#include "nodes/transport_error.h"

namespace hearsay {

namespace {

constexpr std::uint32_t kMagic = 0x59415348;  // "HSAY"
constexpr std::uint32_t kLayout = sizeof(InboxHead) + sizeof(Ring);

std::size_t rings_at(std::size_t senders) {
  constexpr std::size_t kAlign = alignof(Ring) > 64 ? alignof(Ring) : 64;
  const std::size_t end = sizeof(InboxHead) + senders * sizeof(NodeId);
  return (end + kAlign - 1) / kAlign * kAlign;
}

std::string bell_of(const std::string& path) {
  return path + ".bell";
}

/// For as long as the process lives, or until it is closed.
int lock(const std::string& path) {
  const std::string name = path + ".lock";
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0)
    throw TransportError(
        fmt::format("cannot make {}: {}", name, std::generic_category().message(errno)));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  close(file);
  throw TransportError(fmt::format("{} is in use by another process", path));
}

/// Of a word that processes share.
long futex(std::atomic<std::int32_t>& word, int operation, std::int32_t value,
           const timespec* limit) {
  static_assert(sizeof word == sizeof value && std::atomic<std::int32_t>::is_always_lock_free);
  return syscall(SYS_futex, &word, operation, value, limit, nullptr, 0);
}

/// All that a node that listened there has left, but the lock.
void remove_leavings(const std::string& path) {
  const std::filesystem::path inbox(path);
  const std::string prefix = inbox.filename().string() + ".";
  std::error_code ignored;
  std::filesystem::remove(inbox, ignored);
  for (const auto& entry : std::filesystem::directory_iterator(inbox.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with(".lock"))
      std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

Inbox::Inbox(const std::string& path, const std::vector<NodeId>& senders)
    : path_(path), lock_(lock(path)), senders_(senders.size()) {
  remove_leavings(path);
  const std::size_t begin = rings_at(senders_);
  bell_ = Bell::make(bell_of(path));
  const std::string fresh = path + ".new";  // has its name when it is complete
  file_ = SharedFile::create(fresh, begin + senders_ * sizeof(Ring));
  head_ = new (file_->data()) InboxHead{
      .magic = kMagic, .layout = kLayout, .senders = static_cast<std::uint32_t>(senders_)};
  if (!senders.empty())
    std::memcpy(file_->data() + sizeof(InboxHead), senders.data(), senders_ * sizeof(NodeId));
  rings_ = reinterpret_cast<Ring*>(file_->data() + begin);
  for (std::size_t k = 0; k < senders_; ++k) new (rings_ + k) Ring;
  std::filesystem::rename(fresh, path);
}

Inbox::~Inbox() {
  remove_leavings(path_);
  unlink((path_ + ".lock").c_str());
  close(lock_);
}

bool Inbox::empty() {
  return std::all_of(rings_, rings_ + senders_,
                     [](Ring& ring) { return ring.slots.read_available() == 0; });
}

// Either the exchange comes after a sender's, and so the ring is seen with what that put there, or
// the sender sees that the owner is to be woken.
void Inbox::announce(std::size_t needed, bool by_bell) {
  head_->by_bell.store(by_bell ? 1 : 0);
  head_->needed.exchange(static_cast<std::int32_t>(needed));
}

void Inbox::sleep(std::size_t needed, std::chrono::milliseconds most) {
  announce(needed, false);
  if (empty()) {
    const timespec limit = {.tv_sec = most.count() / 1000,
                            .tv_nsec = most.count() % 1000 * 1000000};
    // The kernel looks again whether the word is what it was; senders that change it do not wake.
    for (std::int32_t left = head_->needed.load(); left > 0; left = head_->needed.load())
      if (futex(head_->needed, FUTEX_WAIT, left, &limit) == 0 || errno != EAGAIN) break;
  }
  head_->needed.exchange(0);
}

bool Inbox::watch() {
  announce(1, true);
  watching_ = true;
  if (empty()) return true;
  wake();
  return false;
}

void Inbox::wake() {
  if (!watching_) return;
  watching_ = false;
  if (head_->needed.exchange(0) <= 0) bell_->hush();
}

RemoteInbox::RemoteInbox(const std::string& path, NodeId self)
    : file_(SharedFile::open(path)), bell_(Bell::at(bell_of(path))) {
  head_ = reinterpret_cast<InboxHead*>(file_.data());
  const bool sound = file_.size() >= sizeof(InboxHead) && head_->magic == kMagic &&
                     head_->layout == kLayout &&
                     file_.size() >= rings_at(head_->senders) + head_->senders * sizeof(Ring);
  if (!sound) throw TransportError(fmt::format("{} is no inbox of this version", path));
  const std::span<const NodeId> senders(
      reinterpret_cast<const NodeId*>(file_.data() + sizeof(InboxHead)), head_->senders);
  const auto at = std::find(senders.begin(), senders.end(), self);
  if (at == senders.end())
    throw TransportError(fmt::format("{} expects no messages of node {}", path, self));
  ring_ = reinterpret_cast<Ring*>(file_.data() + rings_at(senders.size())) + (at - senders.begin());
}

void RemoteInbox::notify(bool urgent) {
  const bool wanted = urgent ? head_->needed.exchange(0) > 0 : head_->needed.fetch_sub(1) == 1;
  if (!wanted) return;
  if (head_->by_bell.load() != 0)
    bell_.ring();
  else
    futex(head_->needed, FUTEX_WAKE, 1, nullptr);
}

}  // namespace hearsay
