#include "nodes/control_socket.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// A node and its collector, in one process.
class ControlSocket : public ::testing::Test {
 protected:
  ControlSocket() {
    router.bind("inproc://control");
    dealer.set(zmq::sockopt::routing_id, "node-3");
    dealer.connect("inproc://control");
  }

  zmq::context_t context;
  zmq::socket_t router{context, zmq::socket_type::router};
  zmq::socket_t dealer{context, zmq::socket_type::dealer};
};

TEST_F(ControlSocket, CarriesMessagesBothWays) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}}) {
    const Vector values = gaussian_vector(size, 1);
    const ControlMessage message{
        .kind = ControlKind::model, .node = 3, .vector = values, .text = "a text"};
    const std::size_t sent = send_control(dealer, message);
    EXPECT_GE(sent, 4 * size);
    const auto up = receive_control(router);
    ASSERT_TRUE(up && up->message);
    EXPECT_EQ(up->bytes, sent);
    EXPECT_EQ(up->message->kind, ControlKind::model);
    EXPECT_EQ(up->message->text, "a text");
    EXPECT_EQ(bits_of(up->message->vector.view()), bits_of(values));

    router.send(zmq::buffer(std::string("node-3")), zmq::send_flags::sndmore);
    send_control(router, *up->message);
    const auto down = receive_control(dealer);
    ASSERT_TRUE(down && down->message);
    EXPECT_EQ(down->bytes, sent);
    EXPECT_EQ(bits_of(down->message->vector.view()), bits_of(values));
  }
  EXPECT_FALSE(receive_control(router));
  EXPECT_FALSE(receive_control(dealer));
}

TEST_F(ControlSocket, SendsAVectorToSeveralThatOutlivesItsMessage) {
  const Vector values = gaussian_vector(50'000, 1);
  {
    const ControlMessage message{.kind = ControlKind::model, .vector = values};
    send_control(dealer, message);
    send_control(dealer, message);
  }
  for (int k = 0; k < 2; ++k) {
    const auto received = receive_control(router);
    ASSERT_TRUE(received && received->message);
    EXPECT_EQ(bits_of(received->message->vector.view()), bits_of(values));
  }
}

TEST_F(ControlSocket, TakesNothingElse) {
  const ControlMessage message{.kind = ControlKind::model, .vector = Vector(2)};
  const Bytes head = encode(message);
  const std::string zeros(13, '\0');
  const auto send_parts = [&](const std::vector<std::size_t>& sizes) {
    dealer.send(zmq::buffer(head.data(), head.size()),
                sizes.empty() ? zmq::send_flags::none : zmq::send_flags::sndmore);
    for (std::size_t k = 0; k < sizes.size(); ++k)
      dealer.send(zmq::buffer(zeros.data(), sizes[k]),
                  k + 1 == sizes.size() ? zmq::send_flags::none : zmq::send_flags::sndmore);
    return receive_control(router);
  };
  EXPECT_TRUE(send_parts({8})->message);
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{
           {}, {0}, {4}, {7}, {9}, {11}, {12}, {8, 0}, {8, 8}, {4, 4}, {8, 1, 1}}) {
    const auto received = send_parts(sizes);
    ASSERT_TRUE(received);
    EXPECT_FALSE(received->message) << ::testing::PrintToString(sizes);
  }
  EXPECT_TRUE(send_parts({8})->message);  // nothing of the others was left over
}

}  // namespace
}  // namespace hearsay
