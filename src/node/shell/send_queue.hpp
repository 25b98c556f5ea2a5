// Frames that wait to be written to one connection, with their lengths before them.
//
// Two buffers: while one is being written the other one takes what comes. Both keep their memory, so
// that a frame costs no allocation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace avm::node {

class SendQueue {
 public:
  void add(std::string_view json);

  /// What is to be written next; empty where all is written. It stays in place until `wrote`.
  std::string_view front();
  void wrote(std::size_t count) noexcept { written_ += count; }

  /// Bytes that are not yet written.
  std::size_t size() const noexcept { return front_.size() - written_ + back_.size(); }
  /// Forgets all of it. Not while it is being written.
  void clear() noexcept;
  /// Gives back memory that much at once has taken.
  void shrink();

 private:
  std::string front_;  // being written
  std::string back_;
  std::size_t written_ = 0;  // of `front_`
};

}  // namespace avm::node
