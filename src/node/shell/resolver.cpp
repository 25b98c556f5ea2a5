#include "node/shell/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

namespace avm::node {
namespace {

Resolver::Found look_up(const std::string& host) {
  const addrinfo hints{
      .ai_flags = AI_ADDRCONFIG, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* first = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &first); error != 0) {
    return std::unexpected(gai_strerror(error));
  }
  std::vector<asio::ip::address> addresses;
  for (const addrinfo* info = first; info != nullptr; info = info->ai_next) {
    tcp::endpoint endpoint;
    if (info->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(info->ai_addrlen);
    std::memcpy(endpoint.data(), info->ai_addr, info->ai_addrlen);
    addresses.push_back(endpoint.address());
  }
  freeaddrinfo(first);
  return addresses;
}

}  // namespace

/// What the threads see. What is to be told stays with the resolver, on its own thread.
struct Resolver::Shared {
  std::mutex mutex;
  asio::io_context* io;  // null once the resolver is gone
  Resolver* resolver;

  void answer(std::shared_ptr<Shared> self, std::uint64_t question, Found found) {
    const std::lock_guard lock(mutex);
    if (io == nullptr) return;
    asio::post(*io, [self = std::move(self), question, found = std::move(found)]() mutable {
      if (self->resolver != nullptr) self->resolver->tell(question, std::move(found));
    });
  }
};

Resolver::Resolver(asio::io_context& io) : shared_(std::make_shared<Shared>()) {
  shared_->io = &io;
  shared_->resolver = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
  shared_->resolver = nullptr;
}

void Resolver::resolve(std::string host, Done done) {
  const std::uint64_t question = next_++;
  waiting_.emplace(question, std::move(done));
  try {
    std::thread([shared = shared_, question, host = std::move(host)]() mutable {
      Shared& all = *shared;
      all.answer(std::move(shared), question, look_up(host));
    }).detach();
  } catch (const std::system_error& error) {
    shared_->answer(shared_, question, std::unexpected(error.what()));
  }
}

void Resolver::tell(std::uint64_t question, Found found) {
  auto done = waiting_.extract(question);
  done.mapped()(std::move(found));
}

}  // namespace avm::node
