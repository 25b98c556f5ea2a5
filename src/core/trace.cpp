// The forms of trace entries, and the sinks.
#include "avm/trace.hpp"

#include <algorithm>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm {

namespace {

constexpr std::array<std::string_view, event_type_count> event_names{
    "ObjectCreated",        "ObjectDestroyed",    "ObjectCalled",    "MessageReceived",
    "StateUpdated",         "ObjectMoved",        "ExecutionMoved",  "ObjectFetched",
    "ObjectTransferred",    "ObjectFrozen",       "FunctionUpdated", "TransactionStarted",
    "TransactionCommitted", "TransactionAborted", "ErrorOccurred"};

std::size_t event_index(std::string_view name) noexcept {
  return static_cast<std::size_t>(std::ranges::find(event_names, name) - event_names.begin());
}

/// What is inside an event, as JSON.
struct JsonOf {
  static std::string name(const Val& text) { return json_string(text.as_str()); }

  std::string operator()(const event::ObjectCreated& e) const {
    return fmt::format(R"({{"id":{},"behavior_name":{}}})", e.id.number, name(e.behavior_name));
  }
  std::string operator()(const event::ObjectDestroyed& e) const {
    return std::to_string(e.id.number);
  }
  std::string operator()(const event::ObjectCalled& e) const {
    return fmt::format(R"({{"id":{},"input":{},"output":{}}})", e.id.number,
                       to_message_json(e.input), e.output ? to_message_json(*e.output) : "null");
  }
  std::string operator()(const event::MessageReceived& e) const {
    return fmt::format(R"({{"id":{},"input":{}}})", e.id.number, to_message_json(e.input));
  }
  std::string operator()(const event::StateUpdated& e) const { return std::to_string(e.id.number); }
  std::string operator()(const event::ObjectMoved& e) const {
    return fmt::format(R"({{"id":{},"from":{},"to":{}}})", e.id.number, name(e.from.name),
                       name(e.to.name));
  }
  std::string operator()(const event::ExecutionMoved& e) const {
    return fmt::format(R"({{"from":{},"to":{}}})", name(e.from.name), name(e.to.name));
  }
  std::string operator()(const event::ObjectFetched& e) const {
    return fmt::format(R"({{"id":{},"machine":{}}})", e.id.number, name(e.machine.name));
  }
  std::string operator()(const event::ObjectTransferred& e) const {
    return fmt::format(R"({{"id":{},"from":{},"to":{}}})", e.id.number,
                       e.from ? name(e.from->name) : "null", name(e.to.name));
  }
  std::string operator()(const event::ObjectFrozen& e) const {
    return fmt::format(R"({{"id":{},"controller":{}}})", e.id.number, name(e.controller.name));
  }
  std::string operator()(const event::FunctionUpdated& e) const { return name(e.name); }
  std::string operator()(const event::TransactionStarted& e) const {
    return std::to_string(e.tx.number);
  }
  std::string operator()(const event::TransactionCommitted& e) const {
    return std::to_string(e.tx.number);
  }
  std::string operator()(const event::TransactionAborted& e) const {
    return std::to_string(e.tx.number);
  }
  std::string operator()(const event::ErrorOccurred& e) const { return json_string(e.text); }
};

/// What is inside an event, for people.
struct TextOf {
  static std::string name(const Val& text) { return bare(text.as_str()); }

  std::string operator()(const event::ObjectCreated& e) const {
    return fmt::format("{}  {}", to_text(e.id), name(e.behavior_name));
  }
  std::string operator()(const event::ObjectDestroyed& e) const { return to_text(e.id); }
  std::string operator()(const event::ObjectCalled& e) const {
    return fmt::format("{}  {}  ->  {}", to_text(e.id), to_message_text(e.input),
                       e.output ? to_message_text(*e.output) : "failed");
  }
  std::string operator()(const event::MessageReceived& e) const {
    return fmt::format("{}  {}", to_text(e.id), to_message_text(e.input));
  }
  std::string operator()(const event::StateUpdated& e) const { return to_text(e.id); }
  std::string operator()(const event::ObjectMoved& e) const {
    return fmt::format("{}  {}  ->  {}", to_text(e.id), name(e.from.name), name(e.to.name));
  }
  std::string operator()(const event::ExecutionMoved& e) const {
    return fmt::format("{}  ->  {}", name(e.from.name), name(e.to.name));
  }
  std::string operator()(const event::ObjectFetched& e) const {
    return fmt::format("{}  {}", to_text(e.id), name(e.machine.name));
  }
  std::string operator()(const event::ObjectTransferred& e) const {
    return fmt::format("{}  {}  ->  {}", to_text(e.id),
                       e.from ? name(e.from->name) : "no controller", name(e.to.name));
  }
  std::string operator()(const event::ObjectFrozen& e) const {
    return fmt::format("{}  {}", to_text(e.id), name(e.controller.name));
  }
  std::string operator()(const event::FunctionUpdated& e) const { return name(e.name); }
  std::string operator()(const event::TransactionStarted& e) const { return to_text(e.tx); }
  std::string operator()(const event::TransactionCommitted& e) const { return to_text(e.tx); }
  std::string operator()(const event::TransactionAborted& e) const { return to_text(e.tx); }
  std::string operator()(const event::ErrorOccurred& e) const { return bare(e.text); }
};

}  // namespace

std::string_view event_name(std::size_t index) noexcept { return event_names[index]; }

std::string to_json(const TraceEntry& entry) {
  std::string line = fmt::format(
      R"({{"timestamp":{},"event_type":{{"{}":{}}},"executing_controller":{})", entry.timestamp,
      event_name(entry.event_type.index()), std::visit(JsonOf(), entry.event_type),
      entry.executing_controller ? JsonOf::name(entry.executing_controller->name) : "null");
  if (entry.execution) line += fmt::format(R"(,"execution":{})", *entry.execution);
  line += '}';
  return line;
}

std::string to_text(const TraceEntry& entry) {
  std::string line;
  if (entry.execution) line += fmt::format("#{:<3} ", *entry.execution);
  line += fmt::format("{:>4}  {:<20}  {}", entry.timestamp, event_name(entry.event_type.index()),
                      std::visit(TextOf(), entry.event_type));
  if (entry.executing_controller) {
    line += fmt::format("  (controller {})", TextOf::name(entry.executing_controller->name));
  }
  return line;
}

std::size_t MemoryTrace::count(std::string_view event_name) const {
  const std::size_t index = event_index(event_name);
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [&](const TraceEntry& entry) { return entry.event_type.index() == index; }));
}

std::uint64_t CountedTrace::count(std::string_view event_name) const {
  const std::size_t index = event_index(event_name);
  return index < counts_.size() ? counts_[index] : 0;
}

void StreamTrace::record(const TraceEntry& entry) {
  out_ << (format_ == Format::Json ? to_json(entry) : to_text(entry)) << '\n';
}

}  // namespace avm
