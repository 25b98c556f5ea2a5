// A plain socket of a test: what it writes is written as it is, and what it waits for has to come.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "node/shell/address.hpp"

namespace avm::test {

class Socket {
 public:
  /// Throws where nobody listens there.
  explicit Socket(const node::HostPort& address);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Where the other side has closed it this is no error: what it said before is to be read.
  void write(std::string_view bytes);
  /// Says that nothing more will be written.
  void end();

  /// The next `count` bytes; fewer where it is closed before. Throws where they do not come.
  std::string read(std::size_t count);
  /// Up to and with `end`.
  std::string read_until(std::string_view end);
  /// Until it is closed.
  std::string read_all();
  bool is_closed() { return read(1).empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Deadline = Clock::time_point;
  bool fill(Deadline deadline);

  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace avm::test
