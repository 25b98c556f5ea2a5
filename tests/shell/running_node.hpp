// A node in a thread of this process, with real sockets on free ports.
#pragma once

#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "node/shell/shell.hpp"

namespace avm::test {

/// Keeps the lines of a log, which may come from another thread.
class KeptLog final : public node::Log {
 public:
  void line(node::LogLevel level, std::string_view text,
            std::span<const node::LogField> fields) override;
  bool contains(std::string_view text) const;
  /// Waits until there is such a line.
  void wait_for(std::string_view text) const;
  /// All of it, to be shown where a test fails.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

/// What a node makes before it runs, on its own thread.
struct Program {
  std::string source{};
  /// NAME=BEHAVIOR each.
  std::vector<std::string> objects{};
};

class RunningNode {
 public:
  /// Throws where it does not open.
  explicit RunningNode(node::ShellOptions options, Program program = {});
  ~RunningNode();
  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;

  const node::HostPort& address() const { return address_; }
  const node::HostPort& http() const { return http_; }
  KeptLog& log() { return log_; }
  /// As a signal would.
  void stop();
  /// Until it has ended.
  void wait();

 private:
  void run(node::ShellOptions options, const Program& program, std::promise<void> opened);

  KeptLog log_;
  node::HostPort address_;
  node::HostPort http_;
  node::Shell* shell_ = nullptr;  // while it runs
  std::promise<void> may_go_;     // the thread lives as long as this object
  std::thread thread_;
};

/// Options of a node that has an HTTP side.
node::ShellOptions with_http(std::string name);

}  // namespace avm::test
