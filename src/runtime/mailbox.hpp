// Mailbox: the messages that wait for an object, first in first out.
//
// A mailbox is a window on a queue that its copies share, so that a snapshot or a transaction takes a
// copy in constant time. Taking a message out moves the window; putting one in appends to the shared
// queue, behind every other window's end. Only where two copies went different ways is anything
// copied.
//
// Threads: all copies belong to one thread. Errors: `push` throws std::bad_alloc and changes nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "avm/heap.hpp"
#include "avm/val.hpp"

namespace avm {

struct Message {
  Val sender = Val::nothing();  ///< Maybe.
  Val value;
};

class Mailbox {
 public:
  bool empty() const noexcept { return begin_ == end_; }
  std::span<const Message> messages() const noexcept {
    return empty() ? std::span<const Message>()
                   : std::span<const Message>(*queue_).subspan(begin_, end_ - begin_);
  }
  const Message& front() const noexcept { return (*queue_)[begin_]; }

  void push(Message message) {
    if (end_ == std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();
    // Moving at most as many as were taken since the last time keeps the cost of each constant.
    const bool is_wasteful = begin_ >= taken_max && begin_ >= end_ / 2;
    if (queue_ == nullptr || end_ != queue_->size() || is_wasteful) separate();
    queue_->push_back(std::move(message));
    ++end_;
  }

  void pop() noexcept {
    ++begin_;
    if (empty()) *this = Mailbox();
  }

  /// Whether it is a copy of the other, and neither has changed since.
  bool is_same_as(const Mailbox& other) const noexcept {
    return queue_ == other.queue_ && begin_ == other.begin_ && end_ == other.end_;
  }

 private:
  using Queue = std::vector<Message, heap::Allocator<Message>>;
  static constexpr std::uint32_t taken_max = 32;

  void separate() {
    auto own = std::allocate_shared<Queue>(heap::Allocator<Queue>());
    const std::span<const Message> present = messages();
    own->reserve(present.size() + 1);
    own->assign(present.begin(), present.end());
    end_ -= begin_;
    begin_ = 0;
    queue_ = std::move(own);
  }

  std::shared_ptr<Queue> queue_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace avm
