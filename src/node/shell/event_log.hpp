// EventLog: the last messages of the node's event stream, from which its readers read.
//
// Readers have places in it and no queues: one that is slow costs nothing, and where it has fallen
// behind what is kept it goes on with the oldest that is, and is told how many it has missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace avm::node {

/// Is told, after a turn in which there were new messages.
class EventReader {
 public:
  virtual ~EventReader() = default;
  virtual void on_news() = 0;
};

class EventLog {
 public:
  enum class Kind : std::uint8_t { Trace, Wire };

  /// Keeps at most so many messages, and about so many bytes of them.
  EventLog(std::size_t messages, std::size_t bytes) : messages_max_(messages), bytes_max_(bytes) {}

  /// `json`: on one line.
  void add(Kind kind, std::string json);

  /// The id of the next message. They count up from 1.
  std::uint64_t next() const noexcept { return first_ + messages_.size(); }
  /// Where a reader goes on that has seen the message `id`.
  std::uint64_t after(std::uint64_t id) const noexcept;
  /// Messages from `place` on in the form of Server-Sent Events, until there are about `bytes`; `place` is
  /// then behind them.
  std::string read(std::uint64_t& place, std::size_t bytes) const;

  void subscribe(EventReader& reader) { readers_.push_back(&reader); }
  void unsubscribe(EventReader& reader) { std::erase(readers_, &reader); }
  std::size_t readers() const noexcept { return readers_.size(); }
  /// Tells the readers where there is something new.
  void tell();

 private:
  struct Message {
    Kind kind;
    std::string json;
  };
  void drop_oldest();

  std::size_t messages_max_;
  std::size_t bytes_max_;
  std::deque<Message> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t first_ = 1;  // the id of the oldest that is kept
  std::uint64_t told_ = 1;   // `next` when the readers were told
  std::vector<EventReader*> readers_;
};

}  // namespace avm::node
