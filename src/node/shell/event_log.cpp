#include "node/shell/event_log.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace avm::node {

void EventLog::add(Kind kind, std::string json) {
  bytes_ += json.size();
  messages_.push_back({kind, std::move(json)});
  while (messages_.size() > messages_max_ || (bytes_ > bytes_max_ && messages_.size() > 1))
    drop_oldest();
}

void EventLog::drop_oldest() {
  bytes_ -= messages_.front().json.size();
  messages_.pop_front();
  ++first_;
}

std::uint64_t EventLog::after(std::uint64_t id) const noexcept {
  // An id that has not been given yet is from before this node was started again.
  return id < next() ? id + 1 : first_;
}

std::string EventLog::read(std::uint64_t& place, std::size_t bytes) const {
  std::string text;
  if (place < first_) {
    text = fmt::format("event: skipped\nid: {}\ndata: {{\"count\":{}}}\n\n", first_ - 1,
                       first_ - place);
    place = first_;
  }
  for (; place < next() && text.size() < bytes; ++place) {
    const Message& message = messages_[place - first_];
    fmt::format_to(std::back_inserter(text), "{}id: {}\ndata: {}\n\n",
                   message.kind == Kind::Wire ? "event: wire\n" : "", place, message.json);
  }
  return text;
}

void EventLog::tell() {
  if (std::exchange(told_, next()) == next()) return;
  // A reader may leave when it is told.
  const std::vector<EventReader*> readers = readers_;
  for (EventReader* const reader : readers)
    reader->on_news();
}

}  // namespace avm::node
