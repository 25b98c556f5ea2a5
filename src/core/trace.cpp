// The forms of trace entries, and the sinks.
#include "avm/trace.hpp"

#include <algorithm>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "core/packed_trace.hpp"
#include "core/trace_forms.hpp"

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

/// As much of `text` as may be shown.
std::string head(std::string_view text, const ValueBounds& bounds) {
  if (text.size() <= bounds.bytes) return std::string(text);
  return std::string(text.substr(0, utf8_prefix(text.substr(0, bounds.bytes)))) + "…";
}

/// What is inside an event, as JSON.
struct JsonOf {
  const ValueBounds& bounds;

  std::string text(std::string_view bytes) const { return json_string(head(bytes, bounds)); }
  std::string name(const Val& text_value) const { return text(text_value.as_str()); }
  std::string value(const Val& any) const {
    return print_json(any, bounds.nodes, bounds.bytes).text;
  }

  std::string operator()(const event::ObjectCreated& e) const {
    return fmt::format(R"({{"id":{},"behavior_name":{}}})", e.id.number, name(e.behavior_name));
  }
  std::string operator()(const event::ObjectDestroyed& e) const {
    return std::to_string(e.id.number);
  }
  std::string operator()(const event::ObjectCalled& e) const {
    return fmt::format(R"({{"id":{},"input":{},"output":{}}})", e.id.number, value(e.input),
                       e.output ? value(*e.output) : "null");
  }
  std::string operator()(const event::MessageReceived& e) const {
    return fmt::format(R"({{"id":{},"input":{}}})", e.id.number, value(e.input));
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
  std::string operator()(const event::ErrorOccurred& e) const { return text(e.text); }
};

/// What is inside an event, for people.
struct TextOf {
  const ValueBounds& bounds;

  std::string text(std::string_view bytes) const { return bare(head(bytes, bounds)); }
  std::string name(const Val& text_value) const { return text(text_value.as_str()); }
  std::string value(const Val& any) const { return print(any, bounds.nodes, bounds.bytes).text; }

  std::string operator()(const event::ObjectCreated& e) const {
    return fmt::format("{}  {}", to_text(e.id), name(e.behavior_name));
  }
  std::string operator()(const event::ObjectDestroyed& e) const { return to_text(e.id); }
  std::string operator()(const event::ObjectCalled& e) const {
    return fmt::format("{}  {}  ->  {}", to_text(e.id), value(e.input),
                       e.output ? value(*e.output) : "failed");
  }
  std::string operator()(const event::MessageReceived& e) const {
    return fmt::format("{}  {}", to_text(e.id), value(e.input));
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
  std::string operator()(const event::ErrorOccurred& e) const { return text(e.text); }
};

}  // namespace

std::string_view event_name(std::size_t index) noexcept { return event_names[index]; }

std::string event_json(const EventType& event, const ValueBounds& bounds) {
  return fmt::format(R"({{"{}":{}}})", event_name(event.index()),
                     std::visit(JsonOf{bounds}, event));
}

std::string event_details(const EventType& event, const ValueBounds& bounds) {
  return std::visit(TextOf{bounds}, event);
}

std::string to_json(const TraceEntry& entry) {
  const ValueBounds bounds;
  std::string line = fmt::format(
      R"({{"timestamp":{},"event_type":{},"executing_controller":{})", entry.timestamp,
      event_json(entry.event_type, bounds),
      entry.executing_controller ? JsonOf{bounds}.name(entry.executing_controller->name) : "null");
  if (entry.execution) line += fmt::format(R"(,"execution":{})", *entry.execution);
  line += '}';
  return line;
}

std::string to_text(const TraceEntry& entry) {
  const ValueBounds bounds;
  std::string line;
  if (entry.execution) line += fmt::format("#{:<3} ", *entry.execution);
  line += fmt::format("{:>4}  {:<20}  {}", entry.timestamp, event_name(entry.event_type.index()),
                      event_details(entry.event_type, bounds));
  if (entry.executing_controller) {
    line += fmt::format("  (controller {})", TextOf{bounds}.name(entry.executing_controller->name));
  }
  return line;
}

MemoryTrace::MemoryTrace() : log_(std::make_unique<PackedTrace>()) {}
MemoryTrace::MemoryTrace(const MemoryTrace& other) : MemoryTrace() {
  for (const TraceEntry& entry : other.entries())
    record(entry);
}
MemoryTrace::MemoryTrace(MemoryTrace&& other) noexcept = default;
MemoryTrace& MemoryTrace::operator=(MemoryTrace other) noexcept {
  log_ = std::move(other.log_);
  return *this;
}
MemoryTrace::~MemoryTrace() = default;

void MemoryTrace::record(const TraceEntry& entry) {
  const auto& controller = entry.executing_controller;
  const PackedTrace::Origin origin{entry.timestamp, entry.execution,
                                   controller ? Val::just(controller->name) : Val::nothing()};
  std::visit([&](const auto& event) { log_->add(origin, event); }, entry.event_type);
}

std::size_t MemoryTrace::size() const noexcept { return log_->size(); }

TraceEntry MemoryTrace::operator[](std::size_t index) const { return log_->entry(index); }

std::size_t MemoryTrace::count(std::string_view event_name) const {
  return log_->count(event_index(event_name));
}

std::uint64_t CountedTrace::count(std::string_view event_name) const {
  const std::size_t index = event_index(event_name);
  return index < counts_.size() ? counts_[index] : 0;
}

void StreamTrace::record(const TraceEntry& entry) {
  out_ << (format_ == Format::Json ? to_json(entry) : to_text(entry)) << '\n';
}

}  // namespace avm
