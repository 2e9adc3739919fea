// A node's inbox in memory that it shares with its neighbours: for each of them a ring of slots
// that only this neighbour fills and only the owner empties, without a lock, so that a process
// that dies in the middle leaves nothing locked.
//
// The owner that has nothing to do says how many frames it needs, and sleeps; senders ring its bell
// when so many have come, and not when it is awake. A message between two busy processes costs no
// system call, and a star's server is woken once for all its workers.
#pragma once

#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/shared_memory/bell.h"
#include "nodes/shared_memory/shared_file.h"

namespace hearsay {

/// A short message, or where a long one is.
class Slot {
 public:
  static constexpr std::size_t kBytes = 1008;

  Slot() = default;
  Slot(const Slot& other) : size_(other.size_), elsewhere_(other.elsewhere_) {
    std::memcpy(bytes_.data(), other.bytes_.data(), size_);
  }
  Slot& operator=(const Slot&) = delete;
  ~Slot() = default;

  /// At most kBytes are taken in all.
  void append(ByteView bytes) {
    if (bytes.empty()) return;
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += static_cast<std::uint32_t>(bytes.size());
  }
  void set_elsewhere() { elsewhere_ = 1; }
  void clear() { size_ = elsewhere_ = 0; }

  /// Whoever wrote it may be wrong about its size.
  ByteView bytes() const { return {bytes_.data(), size_ <= kBytes ? size_ : 0}; }
  bool elsewhere() const { return elsewhere_ != 0; }

 private:
  std::uint32_t size_ = 0;
  std::uint32_t elsewhere_ = 0;
  std::array<std::byte, kBytes> bytes_;  // NOLINT(*-member-init): only size_ of them count
};

/// What one sender fills and the owner empties.
struct Ring {
  static constexpr std::size_t kSlots = 16;
  boost::lockfree::spsc_queue<Slot, boost::lockfree::capacity<kSlots>> slots;
  std::atomic<std::uint32_t> blocked{0};  // its sender waits for a free slot
};

/// What stands in front of the rings.
struct InboxHead {
  std::uint32_t magic = 0;
  std::uint32_t layout = 0;   // of head and rings, in bytes
  std::uint32_t senders = 0;  // their ids follow, then the rings
  /// Frames that the owner sleeps for; it is awake at 0 or less.
  std::atomic<std::int32_t> needed{0};
  /// How it is woken: by its bell, or else by a futex, which `needed` is.
  std::atomic<std::uint32_t> by_bell{0};
};

/// The inbox as its owner has it.
class Inbox {
 public:
  /// The file must not be in use by another process; the leavings of a dead one are replaced.
  /// Throws TransportError.
  Inbox(const std::string& path, const std::vector<NodeId>& senders);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  Ring& ring(std::size_t k) { return rings_[k]; }
  bool empty();

  /// Sleeps until so many more frames have come, or one that is urgent, but not for longer than
  /// that. Not at all when there are some already.
  void sleep(std::size_t needed, std::chrono::milliseconds most);

  /// From now on the bell rings when a frame comes. False when there are some already, and it will
  /// not ring.
  bool watch();
  /// The end of that.
  void wake();
  const Bell& bell() const { return *bell_; }

 private:
  void announce(std::size_t needed, bool by_bell);

  std::string path_;
  int lock_ = -1;
  std::size_t senders_;
  std::optional<SharedFile> file_;
  std::optional<Bell> bell_;
  InboxHead* head_ = nullptr;
  Ring* rings_ = nullptr;
  bool watching_ = false;
};

/// The inbox of another node, as one of its senders has it.
class RemoteInbox {
 public:
  /// Throws TransportError: where there is no inbox, or none that expects messages of `self`.
  RemoteInbox(const std::string& path, NodeId self);

  Ring& ring() { return *ring_; }

  /// A frame was put into the ring. `urgent`: the owner should see it at once.
  void notify(bool urgent);
  void ring_bell() { bell_.ring(); }

 private:
  SharedFile file_;
  Bell bell_;
  InboxHead* head_ = nullptr;
  Ring* ring_ = nullptr;
};

}  // namespace hearsay
