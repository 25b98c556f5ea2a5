// A tool that runs as a process of its own, until it ends or the test does.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "node/shell/address.hpp"

namespace avm::test {

class Process {
 public:
  /// `tool`: "avm-node". Its output goes into files of the current folder, so that it never waits for the
  /// test to read.
  Process(const std::string& tool, std::vector<std::string> arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// So many files and sockets may it have open from now on.
  void limit_files(unsigned count) const;
  /// Waits until it has ended; its exit code, or minus the signal that ended it.
  int wait();

  std::string out() const;
  std::string err() const;
  /// Waits until standard error has this in it.
  void wait_for(std::string_view text) const;

 private:
  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t id_ = -1;
};

/// Of a node with `--log-json`: where it listens "peers" or "http".
node::HostPort listening(const Process& node, std::string_view what);

}  // namespace avm::test
