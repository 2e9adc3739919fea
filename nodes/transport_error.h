// The world failed: an address that cannot be bound, a deadline that passed.
#pragma once

#include <stdexcept>

namespace hearsay {

/// The message is for the user.
class TransportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace hearsay
