#include "shell/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace avm::test {
namespace {

/// Only where something is wrong: for a machine that is busy with other things.
constexpr std::chrono::seconds patience{60};

}  // namespace

Socket::Socket(const node::HostPort& address) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(address.port);
  inet_pton(AF_INET, address.host.c_str(), &place.sin_addr);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) {
    close(descriptor_);
    throw std::runtime_error("nobody listens on " + to_text(address));
  }
}

Socket::~Socket() { close(descriptor_); }

void Socket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (count <= 0) throw std::runtime_error("what was written is not taken");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Socket::end() { shutdown(descriptor_, SHUT_WR); }

bool Socket::fill(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) != 1) {
    throw std::runtime_error("what was waited for has not come, but this: " + buffer_);
  }
  std::array<char, 65536> bytes;
  const ssize_t count = recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string Socket::read(std::size_t count) {
  const Deadline deadline = Clock::now() + patience;
  while (buffer_.size() < count && fill(deadline)) {
  }
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

std::string Socket::read_until(std::string_view end) {
  const Deadline deadline = Clock::now() + patience;
  std::size_t seen = 0;
  while (buffer_.find(end, seen) == std::string::npos) {
    seen = buffer_.size() - std::min(buffer_.size(), end.size());
    if (!fill(deadline)) {
      throw std::runtime_error("closed before what was waited for: " + buffer_);
    }
  }
  return read(buffer_.find(end, seen) + end.size());
}

std::string Socket::read_all() {
  const Deadline deadline = Clock::now() + patience;
  while (fill(deadline)) {
  }
  return std::exchange(buffer_, {});
}

}  // namespace avm::test
