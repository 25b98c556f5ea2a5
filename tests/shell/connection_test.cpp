// Connections over a made-up channel: what is told, what is written at once, and every limit in time and
// size.
#include "node/shell/connection.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/error.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace avm::node;

namespace {

/// The other end, as the test sees it.
struct Wire {
  std::string written;
  std::size_t takes = 1'000'000'000;  // so many bytes at once
  bool is_closed = false;
  bool has_output_ended = false;
  std::span<char> into{};
  std::string_view waiting{};  // to be written
};

class FakeChannel final : public Channel {
 public:
  explicit FakeChannel(Wire& wire) : wire_(wire) {}
  void read(ChannelUser&, std::span<char> into) override { wire_.into = into; }
  std::size_t write_now(std::string_view bytes, error_code& error) override {
    if (wire_.is_closed) error = asio::error::broken_pipe;
    const std::size_t count = std::min(bytes.size(), wire_.takes);
    wire_.takes -= count;
    wire_.written += bytes.substr(0, count);
    return count;
  }
  void write(ChannelUser&, std::string_view bytes) override { wire_.waiting = bytes; }
  void end_output() override { wire_.has_output_ended = true; }
  void close() override { wire_.is_closed = true; }

 private:
  Wire& wire_;
};

/// Writes down what it is told.
struct Owner final : ConnectionOwner {
  std::vector<std::string> told;
  bool reads = true;

  void on_frame(Connection&, std::string_view json) override {
    told.push_back("frame " + std::string(json));
  }
  void on_input(Connection&) override { told.emplace_back("input"); }
  void on_congested(Connection&, bool is_congested) override {
    told.emplace_back(is_congested ? "congested" : "relaxed");
  }
  void on_lost(Connection&, std::string_view why) override {
    told.push_back("lost: " + std::string(why));
  }
  void on_gone(Connection&) override { told.emplace_back("gone"); }
  bool may_read() const override { return reads; }

  std::vector<std::string> take() { return std::exchange(told, {}); }
};

std::string frame(std::string_view json) {
  SendQueue queue;
  queue.add(json);
  return std::string(queue.front());
}

struct Fixture {
  explicit Fixture(const ConnectionLimits& limits = {})
      : connection(std::make_shared<Connection>(1, std::make_unique<FakeChannel>(wire), owner,
                                                limits, start)) {
    connection->read();
  }

  /// Bytes come in, as many reads as it takes.
  void comes(std::string_view bytes) {
    while (!bytes.empty()) {
      REQUIRE(!wire.into.empty());
      const std::span<char> into = std::exchange(wire.into, {});
      const std::size_t count = std::min(bytes.size(), into.size());
      std::memcpy(into.data(), bytes.data(), count);
      bytes.remove_prefix(count);
      connection->on_read({}, count);
    }
  }
  /// The system takes `count` of the bytes that wait.
  void takes(std::size_t count) {
    REQUIRE(!wire.waiting.empty());
    count = std::min(count, wire.waiting.size());
    wire.written += std::exchange(wire.waiting, {}).substr(0, count);
    connection->on_written({}, count);
  }

  static constexpr Milliseconds start = 1'000'000;
  Wire wire;
  Owner owner;
  std::shared_ptr<Connection> connection;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("frames that come together are handed over together") {
  Fixture f;
  f.comes(frame("1") + frame("2") + frame("3").substr(0, 3));
  CHECK(f.owner.take() == Told{"frame 1", "frame 2", "input"});
  f.comes(frame("3").substr(3));
  CHECK(f.owner.take() == Told{"frame 3", "input"});
}

TEST_CASE("what is sent goes out by one write, when it is flushed") {
  Fixture f;
  CHECK(f.connection->send("1"));
  // It was asked for already.
  CHECK(!f.connection->send("2"));
  CHECK(f.wire.written.empty());
  f.connection->flush();
  CHECK(f.wire.written == frame("1") + frame("2"));
  CHECK(f.connection->send("3"));
  CHECK(f.owner.take().empty());
}

TEST_CASE("what the system does not take waits, and is written in order") {
  Fixture f;
  f.wire.takes = 7;
  f.connection->send("first");
  f.connection->send("second");
  f.connection->flush();
  CHECK(f.wire.written.size() == 7);
  f.connection->send("third");
  f.connection->flush();
  f.wire.takes = 3;
  f.takes(5);
  f.takes(1'000);
  CHECK(f.wire.written.size() == 7 + 5 + 3 + (frame("first") + frame("second")).size() - 15);
  f.wire.takes = 1'000;
  while (!f.wire.waiting.empty())
    f.takes(1);
  CHECK(f.wire.written == frame("first") + frame("second") + frame("third"));
}

TEST_CASE("the node is told when much waits, and when little does") {
  Fixture f({.queue = 10'000, .congested = 1'000, .relaxed = 100});
  f.wire.takes = 0;
  f.connection->send(std::string(996, 'x'));
  f.connection->flush();
  CHECK(f.owner.take().empty());
  f.connection->send("");
  f.connection->flush();
  CHECK(f.owner.take() == Told{"congested"});
  f.connection->flush();
  CHECK(f.owner.take().empty());
  f.takes(900);
  CHECK(f.owner.take().empty());
  f.takes(5);
  CHECK(f.owner.take() == Told{"relaxed"});
}

TEST_CASE("a peer that takes nothing is cut off once too much waits for it") {
  Fixture f({.queue = 1'000, .congested = 500, .relaxed = 100});
  f.wire.takes = 0;
  f.connection->send(std::string(600, 'x'));
  f.connection->flush();
  CHECK(f.owner.take() == Told{"congested"});
  f.connection->send(std::string(600, 'x'));
  // Nothing is told from within, and no more is kept.
  f.connection->send(std::string(600, 'x'));
  CHECK(f.owner.take().empty());
  f.connection->flush();
  CHECK(f.owner.take() ==
        Told{"lost: 1208 bytes wait to be written (--max-queue is 1000)", "gone"});
  CHECK(f.wire.is_closed);
  // What was under way ends without a word.
  f.connection->on_written(asio::error::operation_aborted, 0);
  f.connection->on_read(asio::error::operation_aborted, 0);
  CHECK(f.owner.take().empty());
}

TEST_CASE("much at once goes out before the turn is over") {
  Fixture f;
  f.connection->send(std::string(std::size_t{300} << 10U, 'x'));
  CHECK(f.wire.written.size() == (std::size_t{300} << 10U) + 4);
}

TEST_CASE("the first frame has to come in time") {
  Fixture f({.first_frame = 5'000});
  f.connection->on_tick(Fixture::start + 4'999);
  f.comes(frame("1").substr(0, 4));
  CHECK(f.owner.take().empty());
  f.connection->on_tick(Fixture::start + 5'000);
  CHECK(f.owner.take() == Told{"lost: no frame within 5000 ms of connecting", "gone"});
}

TEST_CASE("a frame that has begun has to be whole in time, however slowly it comes") {
  Fixture f({.whole_frame = 30'000});
  f.comes(frame("1"));
  // Without a frame that has begun there is no hurry.
  f.connection->on_tick(Fixture::start + 1'000'000);
  CHECK(f.owner.take() == Told{"frame 1", "input"});
  const std::string slow = frame("slow");
  f.comes(slow.substr(0, 1));
  f.connection->on_tick(Fixture::start + 1'029'000);
  f.comes(slow.substr(1, 1));
  f.connection->on_tick(Fixture::start + 1'029'999);
  CHECK(f.owner.take().empty());
  f.connection->on_tick(Fixture::start + 1'030'000);
  CHECK(f.owner.take() == Told{"lost: a frame is not whole after 30000 ms", "gone"});
}

TEST_CASE("each frame that has begun has its own time") {
  Fixture f({.whole_frame = 30'000});
  f.comes(frame("1") + frame("2").substr(0, 2));
  f.connection->on_tick(Fixture::start + 29'000);
  f.comes(frame("2").substr(2) + frame("3").substr(0, 2));
  f.connection->on_tick(Fixture::start + 58'000);
  f.comes(frame("3").substr(2));
  f.connection->on_tick(Fixture::start + 1'000'000);
  CHECK(f.owner.take() == Told{"frame 1", "input", "frame 2", "input", "frame 3", "input"});
}

TEST_CASE("a length that is too long ends the connection after the frames before it") {
  Fixture f({.frame = 1'000});
  f.comes(frame("1") + "\xff\xff\xff\xff");
  CHECK(f.owner.take() ==
        Told{"frame 1", "lost: a frame of 4294967295 bytes (--max-frame is 1000)", "gone"});
}

TEST_CASE("a closed connection writes what was sent, says so, and waits for the other side") {
  Fixture f;
  f.wire.takes = 2;
  f.connection->send("last");
  CHECK(!f.connection->close());
  CHECK(!f.connection->send("too late"));
  f.connection->flush();
  CHECK(!f.wire.has_output_ended);
  f.wire.takes = 1'000;
  f.takes(1'000);
  CHECK(f.wire.written == frame("last"));
  CHECK(f.wire.has_output_ended);
  // What still comes is read and dropped: a reset could take our last frames away.
  f.comes(frame("1"));
  CHECK(f.owner.take().empty());
  CHECK(!f.wire.is_closed);
  f.connection->on_read(asio::error::eof, 0);
  CHECK(f.owner.take() == Told{"gone"});
  CHECK(f.wire.is_closed);
}

TEST_CASE("a closed connection does not wait for ever") {
  Fixture f({.closing = 2'000});
  f.comes(frame("1"));
  f.owner.take();
  CHECK(f.connection->close());
  f.connection->flush();
  f.connection->on_tick(Fixture::start + 1'999);
  CHECK(f.owner.take().empty());
  f.connection->on_tick(Fixture::start + 2'000);
  CHECK(f.owner.take() == Told{"gone"});
}

TEST_CASE("a connection that breaks is told once, with the reason") {
  Fixture f;
  f.connection->on_read(asio::error::eof, 0);
  CHECK(f.owner.take() == Told{"lost: the other side has closed it", "gone"});
  f.connection->send("1");
  f.connection->flush();
  f.connection->on_tick(Fixture::start + 1'000'000);
  CHECK(f.owner.take().empty());
  CHECK(f.wire.written.empty());
}

TEST_CASE("nothing is read while the node has enough to do") {
  Fixture f;
  f.owner.reads = false;
  f.comes(frame("1"));
  CHECK(f.owner.take() == Told{"frame 1", "input"});
  CHECK(f.wire.into.empty());
  f.owner.reads = true;
  f.connection->read();
  f.comes(frame("2"));
  CHECK(f.owner.take() == Told{"frame 2", "input"});
}
