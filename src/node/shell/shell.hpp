// Shell: a node with its sockets, its clock and its HTTP side. It moves bytes and time; what they mean is
// the core's.
//
//   auto shell = Shell::open(options, log);
//   (*shell)->core().load(tape);
//   (*shell)->run();  // until it is told to stop
//
// Threads: one, which makes the shell, runs it and ends it; only names of peers are looked up beside it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/core.hpp"
#include "node/shell/log.hpp"
#include "node/shell/options.hpp"

namespace avm::node {

/// Sees what happens, as it happens. Must not call the core.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void event(const NodeEvent& event) = 0;
  virtual void event(const WireEvent& event) = 0;
};

class Shell {
 public:
  /// How `run` has ended.
  enum class End : std::uint8_t {
    Stopped,      ///< In order.
    Interrupted,  ///< By a second signal, before all was done.
  };

  /// Listens, and lets nobody in yet. As the error: what is wrong with the options. `log` must outlive it.
  static std::expected<std::unique_ptr<Shell>, std::string> open(ShellOptions options, Log& log);
  ~Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  /// What it knows may be asked at any time; to give it something to do, before `run` or from a turn.
  NodeCore& core();
  /// Where peers come in.
  HostPort address() const;
  std::optional<HostPort> http_address() const;

  /// Makes an object that is known by `name` here and to peers.
  Result<ObjectId> create(std::string_view behavior, std::string_view name);
  /// `watcher` must outlive the shell.
  void watch(Watcher& watcher);
  /// Called after each turn, until it gives false.
  void after_turns(std::function<bool()> look);

  /// Dials its peers, lets others in, and works until `stop` or a signal (SIGINT, SIGTERM).
  End run();
  /// Takes nothing new, and ends `run` once what is under way is done, or --stop-timeout has passed.
  /// May be called from another thread.
  void stop();

 private:
  struct Impl;
  explicit Shell(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm::node
