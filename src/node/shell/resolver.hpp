// Names to addresses, without waiting.
//
// The system's own function takes as long as it likes, maybe half a minute, and cannot be ended. So each
// question has a thread of its own, which nobody waits for: neither the next question nor the node's end.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/shell/asio.hpp"

namespace avm::node {

class Resolver {
 public:
  using Found = std::expected<std::vector<asio::ip::address>, std::string>;
  using Done = std::function<void(Found)>;

  explicit Resolver(asio::io_context& io);
  /// What is still asked then has no answer any more.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` is told on the io_context's thread, never from within.
  void resolve(std::string host, Done done);

 private:
  struct Shared;
  void tell(std::uint64_t question, Found found);

  std::shared_ptr<Shared> shared_;
  std::map<std::uint64_t, Done> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace avm::node
