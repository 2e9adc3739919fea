// An allocator whose vectors leave new elements without a value where none is given: buffers that
// are about to be written are not filled with zeros first.
#pragma once

#include <memory>
#include <utility>

namespace hearsay {

template <class T>
struct RawAllocator : std::allocator<T> {
  template <class U>
  struct rebind {  // NOLINT(readability-identifier-naming): the name that the standard gives it
    using other = RawAllocator<U>;
  };

  RawAllocator() = default;
  template <class U>
  RawAllocator(const RawAllocator<U>& /*other*/) noexcept {}  // NOLINT: allocators convert

  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    std::construct_at(place, std::forward<Arguments>(arguments)...);
  }
};

}  // namespace hearsay
