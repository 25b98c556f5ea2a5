// Channel: the bytes to and from one peer, over plain TCP or TLS.
//
// At most one `read` and one `write` are under way at once. Threads: the io_context's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "node/shell/asio.hpp"

namespace avm::node {

/// Is told what came of reading and writing, and kept alive until then.
class ChannelUser : public std::enable_shared_from_this<ChannelUser> {
 public:
  virtual ~ChannelUser() = default;
  virtual void on_read(error_code error, std::size_t count) = 0;
  virtual void on_written(error_code error, std::size_t count) = 0;
};

class Channel {
 public:
  virtual ~Channel() = default;

  /// Reads what there is, at least one byte, and tells `user`.
  virtual void read(ChannelUser& user, std::span<char> into) = 0;
  /// Writes as many bytes as can be taken at once, maybe none.
  virtual std::size_t write_now(std::string_view bytes, error_code& error) = 0;
  /// Writes some bytes as soon as can be, and tells `user`. They stay in place until then.
  virtual void write(ChannelUser& user, std::string_view bytes) = 0;

  /// Tells the other side that nothing more will come. It can still be read.
  virtual void end_output() = 0;
  /// Ends what is under way; `user` is told.
  virtual void close() = 0;
};

/// A channel that is ready to be used.
struct OpenChannel {
  std::unique_ptr<Channel> channel;
  std::string address;                          ///< Of the other side, for people.
  std::optional<std::string> certified_name{};  ///< What its certificate says.
};

/// Over TCP as it is. `socket` is connected.
OpenChannel plain_channel(Socket socket);

}  // namespace avm::node
