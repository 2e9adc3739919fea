// The protocol of one node, with an algorithm that only keeps a ledger of what it is told.
#include "nodes/round_engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kDigest = 0x1234;
constexpr NodeId kSelf = 5;
constexpr std::byte kBad{0xff};

/// Two phases a round: in phase 0 from nodes 1, 2 and 9, in phase 1 from node 2 alone.
class Ledger final : public Algorithm {
 public:
  std::size_t phases() const override { return 2; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t phase) const override {
    static const std::vector<NodeId> kAll{1, 2, 9};
    static const std::vector<NodeId> kOne{2};
    return phase == 0 ? kAll : kOne;
  }
  void produce(Round t, std::size_t phase, Workspace& /*work*/,
               std::vector<Message>& out) override {
    book.push_back(fmt::format("produce {}.{}", t, phase));
    const auto size = static_cast<std::size_t>(10 * t + phase);
    static const std::vector<NodeId> kTwo{1, 9};
    static const std::vector<NodeId> kOne{2};
    const auto payload = std::make_shared<const Bytes>(size, std::byte{0});
    if (phase == 0)
      out.push_back({kTwo, payload, 7});
    else
      out.push_back({kOne, payload, 3});
  }
  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    if (!payload.empty() && payload.front() == kBad) return "bad";
    return std::nullopt;
  }
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    std::string line = fmt::format("consume {}.{}", t, phase);
    for (const Incoming& message : messages)
      line += fmt::format(" {}:{}", message.from, std::to_integer<int>(message.payload.front()));
    book.push_back(line);
  }
  void take_ahead(Round t, std::size_t phase, const Incoming& message,
                  Workspace& /*work*/) override {
    ahead.push_back(fmt::format("{}.{} {}:{}", t, phase, message.from,
                                std::to_integer<int>(message.payload.front())));
  }
  bool takes_pieces() const override { return in_pieces; }
  ConstVectorView model() const override { return kModel; }
  void visit_state(StateVisitor& visitor) override {
    std::uint64_t lines = book.size();
    visitor.integer("lines", lines);
  }

  inline static const Vector kModel = Vector(3);
  bool in_pieces = false;
  std::vector<std::string> book;
  std::vector<std::string> ahead;
};

class RoundEngines : public ::testing::Test {
 protected:
  RoundEngines() : engine_(kSelf, std::make_unique<Ledger>(), kDigest) {}

  const std::vector<std::string>& book() {
    return static_cast<const Ledger&>(engine_.algorithm()).book;
  }
  static FrameHeader header(NodeId from, Round round, std::uint16_t phase, std::uint64_t sequence) {
    return {.digest = kDigest,
            .from = from,
            .to = kSelf,
            .round = round,
            .phase = phase,
            .sequence = sequence};
  }
  std::optional<Refusal> give(const FrameHeader& head, std::byte content = std::byte{42}) {
    return engine_.on_frame(head, std::make_shared<const Bytes>(1, content), work_, out_);
  }
  void start() { engine_.start_round(work_, out_); }

  /// Everything that the outside can see of the engine.
  std::string view() {
    std::string text = fmt::format("round {} done {} waits", engine_.round(), engine_.round_done());
    for (const NodeId id : engine_.waiting_for()) text += fmt::format(" {}", id);
    for (const std::string& line : book()) text += "; " + line;
    return text + fmt::format("; {} sent", out_.size());
  }
  void expect_refused(Refusal reason, const FrameHeader& head, std::byte content = std::byte{42}) {
    const std::string before = view();
    const auto refusal = give(head, content);
    ASSERT_TRUE(refusal.has_value()) << "taken instead of " << to_string(reason);
    EXPECT_EQ(to_string(*refusal), to_string(reason));
    EXPECT_EQ(view(), before);
  }

  Workspace work_;
  std::vector<Envelope> out_;
  RoundEngine engine_;
};

TEST_F(RoundEngines, PiecesAreForAlgorithmsThatTakeThemAndModelsOfTheirLength) {
  const Bytes bytes(16, std::byte{1});
  const auto in_pieces = [&](std::size_t first, std::size_t second) {
    const auto pieces = std::make_shared<const std::vector<ByteView>>(std::vector<ByteView>{
        ByteView(bytes).first(first), ByteView(bytes).subspan(first, second)});
    FrameHeader head = header(2, 1, 0, 1);
    head.payload_size = first + second;
    return engine_.on_frame(head, Payload(pieces, std::span<const ByteView>(*pieces)), work_, out_);
  };
  start();
  EXPECT_EQ(in_pieces(8, 4), Refusal::bad_payload) << "not taken";
  static_cast<Ledger&>(engine_.algorithm()).in_pieces = true;
  EXPECT_EQ(in_pieces(8, 8), Refusal::bad_payload) << "too long";
  EXPECT_EQ(in_pieces(4, 4), Refusal::bad_payload) << "too short";
  EXPECT_EQ(in_pieces(8, 4), std::nullopt);
}

TEST_F(RoundEngines, AreDoneBeforeTheFirstRound) {
  EXPECT_EQ(engine_.round(), 0U);
  EXPECT_TRUE(engine_.round_done());
  EXPECT_THAT(engine_.waiting_for(), IsEmpty());
}

TEST_F(RoundEngines, GoThroughThePhasesAsFramesArrive) {
  start();
  EXPECT_THAT(book(), ElementsAre("produce 1.0"));
  EXPECT_THAT(engine_.waiting_for(), ElementsAre(1, 2, 9));
  ASSERT_FALSE(give(header(9, 1, 0, 1), std::byte{3}));
  ASSERT_FALSE(give(header(1, 1, 0, 1), std::byte{1}));
  EXPECT_THAT(engine_.waiting_for(), ElementsAre(2));
  EXPECT_THAT(book(), SizeIs(1));
  ASSERT_FALSE(give(header(2, 1, 0, 1), std::byte{2}));
  EXPECT_THAT(engine_.waiting_for(), ElementsAre(2));
  EXPECT_FALSE(engine_.round_done());
  ASSERT_FALSE(give(header(2, 1, 1, 2), std::byte{4}));
  EXPECT_TRUE(engine_.round_done());
  // Messages in ascending node id, not in the order of their arrival.
  EXPECT_THAT(book(), ElementsAre("produce 1.0", "consume 1.0 1:1 2:2 9:3", "produce 1.1",
                                  "consume 1.1 2:4"));
}

TEST_F(RoundEngines, HandMessagesOutAheadInOrderWhileOthersAreWaitedFor) {
  const auto& ahead = static_cast<const Ledger&>(engine_.algorithm()).ahead;
  start();
  ASSERT_FALSE(give(header(2, 1, 0, 1), std::byte{2}));
  EXPECT_THAT(ahead, IsEmpty()) << "node 1 comes before";
  ASSERT_FALSE(give(header(1, 1, 0, 1), std::byte{1}));
  EXPECT_THAT(ahead, ElementsAre("1.0 1:1", "1.0 2:2"));
  ASSERT_FALSE(give(header(1, 2, 0, 2), std::byte{5}));  // of the next round, which waits
  ASSERT_FALSE(give(header(9, 1, 0, 1), std::byte{3}));
  ASSERT_FALSE(give(header(2, 1, 1, 2), std::byte{4}));
  EXPECT_THAT(ahead, SizeIs(2)) << "the last to come are consumed with all";
  start();
  EXPECT_THAT(ahead, ElementsAre("1.0 1:1", "1.0 2:2", "2.0 1:5"));
}

TEST_F(RoundEngines, NumberTheFramesOfEachLinkAndCountThem) {
  start();
  for (const NodeId id : {1U, 2U, 9U}) ASSERT_FALSE(give(header(id, 1, 0, 1)));
  ASSERT_FALSE(give(header(2, 1, 1, 2)));
  start();
  ASSERT_THAT(out_, SizeIs(5));
  const FrameHeader& last = out_[4].header;
  EXPECT_EQ(last, (FrameHeader{.kind = FrameKind::data,
                               .digest = kDigest,
                               .from = kSelf,
                               .to = 9,
                               .round = 2,
                               .phase = 0,
                               .sequence = 2,
                               .payload_size = 20}));
  EXPECT_EQ(out_[3].payload, out_[4].payload);  // shared, not copied
  EXPECT_EQ(out_[2].header.to, 2U);
  EXPECT_EQ(out_[2].header.phase, 1);
  EXPECT_EQ(out_[2].header.sequence, 1U);

  ASSERT_THAT(engine_.traffic(), SizeIs(3));
  const LinkTraffic& to9 = engine_.traffic()[2];
  EXPECT_EQ(to9.to, 9U);
  EXPECT_EQ(to9.frames, 2U);
  EXPECT_EQ(to9.ideal_bits, 14U);
  EXPECT_EQ(to9.wire_bytes, 2 * kHeaderBytes + 10 + 20);
  EXPECT_EQ(engine_.ideal_bits(), 14U + 14U + 3U);
  EXPECT_EQ(engine_.wire_bytes(), 5 * kHeaderBytes + 10 + 10 + 11 + 20 + 20);
}

/// Writes a message of 100,000 bytes to nodes 1 and 9 bit by bit.
class Slow final : public Algorithm {
 public:
  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t /*phase*/) const override {
    static const std::vector<NodeId> kNobody;
    return kNobody;
  }
  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    static const std::vector<NodeId> kTwo{1, 9};
    const auto message = std::make_shared<Bytes>();
    const auto write = [&](std::size_t size) {
      for (std::size_t k = 0; k < size; ++k) message->push_back(static_cast<std::byte>(k + t));
      work.ready(*message);
    };
    write(35'000);  // nobody knows yet where it goes
    if (work.advance != nullptr) work.advance->begin(kTwo);
    write(5'000);
    write(10'000);  // too few for a frame
    write(50'000);
    out.push_back({kTwo, message, 7});
    last = message;
  }
  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView /*payload*/) const override {
    return "none is awaited";
  }
  void consume(Round /*t*/, std::size_t /*phase*/, std::span<const Incoming> /*messages*/,
               Workspace& /*work*/) override {}
  ConstVectorView model() const override { return kModel; }
  void visit_state(StateVisitor& /*visitor*/) override {}

  inline static const Vector kModel = Vector(3);
  Payload last;
};

struct AdvanceRecorder final : AdvanceSink {
  void send_advance(const Envelope& envelope) override { seen.push_back(envelope); }
  std::vector<Envelope> seen;
};

TEST_F(RoundEngines, SendTheBeginningOfAMessageWhileTheRestIsBeingMade) {
  engine_ = RoundEngine(kSelf, std::make_unique<Slow>(), kDigest);
  AdvanceRecorder recorder;
  engine_.allow_advances();
  engine_.send_advances_to(&recorder);
  for (Round t = 1; t <= 2; ++t) {
    recorder.seen.clear();
    out_.clear();
    start();
    ASSERT_TRUE(engine_.round_done());
    const ByteView message = *static_cast<const Slow&>(engine_.algorithm()).last;
    // 40,000 bytes and 60,000, to two nodes each, and then nothing is left.
    ASSERT_THAT(recorder.seen, SizeIs(4));
    ASSERT_THAT(out_, SizeIs(2));
    for (std::size_t k = 0; k < 4; ++k) {
      const Envelope& advance = recorder.seen[k];
      EXPECT_EQ(advance.header.kind, FrameKind::advance);
      EXPECT_EQ(advance.header.to, k % 2 == 0 ? 1U : 9U);
      EXPECT_EQ(advance.header.round, t);
      EXPECT_EQ(advance.header.sequence, t);
      EXPECT_EQ(advance.ahead, k < 2 ? 0U : 40'000U);
      const ByteView piece = k < 2 ? message.first(40'000) : message.subspan(40'000);
      EXPECT_EQ(hex(*advance.payload), hex(piece));
    }
    for (const Envelope& envelope : out_) {
      EXPECT_EQ(envelope.header.kind, FrameKind::data);
      EXPECT_EQ(envelope.header.sequence, t);
      EXPECT_EQ(envelope.header.payload_size, 100'000U);
      EXPECT_EQ(envelope.ahead, 100'000U);
      EXPECT_EQ(envelope.payload->size(), 100'000U);
    }
    for (const LinkTraffic& link : engine_.traffic()) {
      EXPECT_EQ(link.frames, t) << "messages";
      EXPECT_EQ(link.wire_bytes, t * (3 * kHeaderBytes + 100'000));
      EXPECT_EQ(link.ideal_bits, t * 7);
    }
  }
  EXPECT_EQ(work_.advance, nullptr);
}

TEST_F(RoundEngines, CountWhatGoesInAdvanceAlsoWhereNobodySendsIt) {
  for (const bool allowed : {false, true}) {
    engine_ = RoundEngine(kSelf, std::make_unique<Slow>(), kDigest);
    if (allowed) engine_.allow_advances();
    out_.clear();
    start();
    ASSERT_THAT(out_, SizeIs(2));
    EXPECT_EQ(out_.front().ahead, allowed ? 100'000U : 0U);
    EXPECT_EQ(engine_.wire_bytes(), 2 * ((allowed ? 3 : 1) * kHeaderBytes + 100'000));
  }
}

TEST_F(RoundEngines, HoldFramesOfTheNextRoundUntilItStarts) {
  start();
  ASSERT_FALSE(give(header(1, 1, 0, 1)));
  ASSERT_FALSE(give(header(1, 2, 0, 2), std::byte{21}));
  ASSERT_FALSE(give(header(2, 1, 0, 1)));
  ASSERT_FALSE(give(header(2, 1, 1, 2)));
  ASSERT_FALSE(give(header(2, 2, 0, 3), std::byte{22}));
  ASSERT_FALSE(give(header(9, 1, 0, 1)));
  EXPECT_TRUE(engine_.round_done());
  ASSERT_FALSE(give(header(9, 2, 0, 2), std::byte{29}));
  EXPECT_EQ(engine_.round(), 1U);  // held frames start nothing
  start();
  EXPECT_EQ(book().back(), "produce 2.1");
  EXPECT_EQ(book()[5], "consume 2.0 1:21 2:22 9:29");
}

TEST_F(RoundEngines, RefuseWhatIsNotForThem) {
  start();
  FrameHeader head = header(1, 1, 0, 1);
  head.digest = kDigest + 1;
  expect_refused(Refusal::foreign, head);
  head = header(1, 1, 0, 1);
  head.to = kSelf + 1;
  expect_refused(Refusal::misdirected, head);
  expect_refused(Refusal::misdirected, header(3, 1, 0, 1));      // no neighbour
  expect_refused(Refusal::misdirected, header(kSelf, 1, 0, 1));  // itself
  expect_refused(Refusal::misdirected, header(9, 1, 1, 1));      // no sender of that phase
  expect_refused(Refusal::misdirected, header(1, 1, 2, 1));      // no such phase
}

TEST_F(RoundEngines, RefuseOtherTimes) {
  expect_refused(Refusal::stale, header(1, 0, 0, 1));
  start();
  expect_refused(Refusal::early, header(1, 3, 0, 1));
  expect_refused(Refusal::early, header(1, ~Round{0}, 0, 1));
  expect_refused(Refusal::stale, header(1, 0, 0, 1));
  for (const NodeId id : {1U, 2U, 9U}) ASSERT_FALSE(give(header(id, 1, 0, 1)));
  expect_refused(Refusal::stale, header(1, 1, 0, 2));  // of the phase before
  ASSERT_FALSE(give(header(2, 1, 1, 2)));
  expect_refused(Refusal::stale, header(2, 1, 1, 3));  // of the round that has just ended
  start();
  expect_refused(Refusal::stale, header(1, 1, 0, 2));
}

/// Node 1 is heard in every third round alone; nothing is waited for in between.
class Sparse final : public Algorithm {
 public:
  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round t, std::size_t /*phase*/) const override {
    static const std::vector<NodeId> kOne{1};
    static const std::vector<NodeId> kNobody;
    return t % 3 == 0 ? kOne : kNobody;
  }
  void produce(Round /*t*/, std::size_t /*phase*/, Workspace& /*work*/,
               std::vector<Message>& /*out*/) override {}
  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView /*payload*/) const override {
    return std::nullopt;
  }
  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    for (const Incoming& message : messages)
      heard.push_back(fmt::format("{} in {}", message.from, t));
  }
  ConstVectorView model() const override { return {}; }
  void visit_state(StateVisitor& /*visitor*/) override {}

  std::vector<std::string> heard;
};

TEST_F(RoundEngines, HoldWhatASenderSendsAfterRoundsInWhichNobodyIsWaitedFor) {
  engine_ = RoundEngine(kSelf, std::make_unique<Sparse>(), kDigest);
  const auto& heard = static_cast<const Sparse&>(engine_.algorithm()).heard;
  expect_refused(Refusal::early, header(1, 6, 0, 1));        // it waits for this node in round 3
  expect_refused(Refusal::early, header(1, 4, 0, 1));        // a round without senders, too far off
  expect_refused(Refusal::misdirected, header(1, 1, 0, 1));  // the same, near
  expect_refused(Refusal::early, header(1, ~Round{0}, 0, 1));
  ASSERT_FALSE(give(header(1, 3, 0, 1)));
  for (int t = 1; t <= 3; ++t) {
    EXPECT_THAT(heard, IsEmpty());
    start();
    EXPECT_TRUE(engine_.round_done());
  }
  EXPECT_THAT(heard, ElementsAre("1 in 3"));
}

TEST_F(RoundEngines, RefuseWhatIsOutOfSequence) {
  start();
  expect_refused(Refusal::gap, header(1, 1, 0, 2));
  expect_refused(Refusal::replayed, header(1, 1, 0, 0));
  ASSERT_FALSE(give(header(1, 1, 0, 1)));
  expect_refused(Refusal::replayed, header(1, 1, 0, 1));
  expect_refused(Refusal::replayed, header(1, 1, 0, 2));  // a second message for one place
  expect_refused(Refusal::gap, header(1, 2, 0, 3));
  ASSERT_FALSE(give(header(1, 2, 0, 2)));
}

TEST_F(RoundEngines, RefuseWhatTheAlgorithmCannotRead) {
  start();
  expect_refused(Refusal::bad_payload, header(1, 1, 0, 1), kBad);
  expect_refused(Refusal::bad_payload, header(1, 2, 0, 1), kBad);  // also when it would be held
  ASSERT_FALSE(give(header(1, 1, 0, 1)));
}

TEST_F(RoundEngines, RefusedFramesLeaveNoTraceInTheirState) {
  FrameHeader foreign = header(1, 1, 0, 1);
  foreign.digest = 0;
  const SavedState before = saved(engine_);
  EXPECT_TRUE(give(foreign));
  EXPECT_TRUE(give(header(1, 1, 0, 2)));
  EXPECT_TRUE(give(header(2, 5, 0, 1)));
  EXPECT_TRUE(give(header(3, 1, 0, 1)));
  EXPECT_TRUE(give(header(9, 0, 0, 1)));
  EXPECT_TRUE(give(header(9, 1, 0, 1), kBad));
  EXPECT_EQ(difference(saved(engine_), before), "");
}

}  // namespace
}  // namespace hearsay
