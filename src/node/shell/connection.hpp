// Connection: frames to and from one peer, with the limits that keep one peer from hurting others.
//
// Frames that are sent wait until `flush`, so that all that one turn of the node has to say goes out in
// one write. `flush` tries to write at once and only waits for what the system does not take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/core.hpp"
#include "node/shell/channel.hpp"
#include "node/shell/frame_buffer.hpp"
#include "node/shell/send_queue.hpp"

namespace avm::node {

struct ConnectionLimits {
  std::size_t frame = std::size_t{16} << 20U;     ///< Bytes of a frame that comes in.
  std::size_t queue = std::size_t{64} << 20U;     ///< Bytes not yet written; more: it is closed.
  std::size_t congested = std::size_t{4} << 20U;  ///< From here on the node holds back.
  std::size_t relaxed = std::size_t{1} << 20U;    ///< Until it is below this.
  Milliseconds first_frame = 5'000;               ///< From connecting to the first frame.
  Milliseconds whole_frame = 30'000;              ///< From a frame's first byte to its last.
  Milliseconds closing =
      2'000;  ///< For what is left to be written, and for the other side to close.
};

class Connection;

/// Whom a connection tells. These are never called from within `send`.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_frame(Connection& connection, std::string_view json) = 0;
  /// All frames that had come are handed over.
  virtual void on_input(Connection& connection) = 0;
  virtual void on_congested(Connection& connection, bool is_congested) = 0;
  /// It broke, or was ended for `why`.
  virtual void on_lost(Connection& connection, std::string_view why) = 0;
  /// Nothing more comes of it; the owner may let go of it.
  virtual void on_gone(Connection& connection) = 0;
  /// Whether frames may be read now; else `read` goes on later.
  virtual bool may_read() const = 0;
};

class Connection final : public ChannelUser {
 public:
  Connection(ConnectionId id, std::unique_ptr<Channel> channel, ConnectionOwner& owner,
             const ConnectionLimits& limits, Milliseconds now);

  ConnectionId id() const noexcept { return id_; }

  /// Begins to read, or goes on after `may_read` was false.
  void read();
  /// Takes a frame. True where `flush` has to be called, and was not asked for already.
  bool send(std::string_view json);
  /// Closes it once what was sent is written; the owner takes it for gone. True as for `send`.
  bool close();
  /// Writes what has been sent.
  void flush();
  /// Ends it for `why`.
  void lose(std::string_view why);
  /// Ends it without a word.
  void go();
  /// Looks at the clock: about ten times a second.
  void on_tick(Milliseconds now);

  void on_read(error_code error, std::size_t count) override;
  void on_written(error_code error, std::size_t count) override;

 private:
  enum class State : std::uint8_t {
    Open,
    Closing,  ///< The owner takes it for gone; what is left goes out.
    Gone,
  };

  void take_frames();
  /// Writes what the system takes now, and waits for the rest.
  void write();
  void tell_congestion();
  void end_output();

  ConnectionId id_;
  std::unique_ptr<Channel> channel_;
  ConnectionOwner& owner_;
  ConnectionLimits limits_;
  FrameBuffer input_;
  SendQueue output_;
  State state_ = State::Open;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool wants_flush_ = false;
  bool is_congested_ = false;
  bool has_ended_output_ = false;
  bool is_new_ = true;  // no frame has come yet
  Milliseconds now_;    // of the last tick
  std::optional<Milliseconds> deadline_;
  std::string failure_;  // of writing, to be told by `flush`
};

}  // namespace avm::node
