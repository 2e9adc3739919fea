// Control messages. The first byte is how many floats come with the message.
#include "nodes/control.h"

#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_control(ByteView input) {
  Choices choices(input);
  const std::size_t floats = choices.byte();
  const ExactBytes bytes(choices.rest());
  const auto message = decode_control(bytes.view(), Vector(floats, 1.0F));
  if (!message) return;
  require(message->vector.size() == floats, "the vector is the one that came");
  // Items are read one by one, so there are never more of them than there are bytes.
  require(message->texts.size() + message->integers.size() + message->traffic.size() +
                  message->offer.sketch.size() + message->offer.layers.layers.size() <=
              bytes.view().size(),
          "memory is bounded by the message");
  const Bytes once = encode(*message);
  const auto again = decode_control(once, message->vector);
  require(again.has_value() && encode(*again) == once, "what is read can be sent on");
}

}  // namespace hearsay::fuzz
