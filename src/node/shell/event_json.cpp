#include "node/shell/event_json.hpp"

#include <iterator>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "core/trace_forms.hpp"

namespace avm::node {
namespace {

constexpr ValueBounds bounds{.nodes = 4'000, .bytes = 4'096};

/// Which object an event is about.
std::optional<ObjectId> object_of(const EventType& event) {
  return std::visit(
      [](const auto& e) -> std::optional<ObjectId> {
        if constexpr (requires { e.id; }) return e.id;
        return std::nullopt;
      },
      event);
}

std::string json_or_null(const std::optional<ObjectId>& id) {
  return id ? json_string(to_text(*id)) : "null";
}

std::string cut(std::string_view text) {
  return std::string(text.substr(0, utf8_prefix(text.substr(0, bounds.bytes))));
}

}  // namespace

std::string_view what_name(WireEvent::What what) noexcept {
  switch (what) {
  case WireEvent::What::CallSent: return "call_sent";
  case WireEvent::What::CallReceived: return "call_received";
  case WireEvent::What::AnswerSent: return "answer_sent";
  case WireEvent::What::AnswerReceived: return "answer_received";
  }
  return {};
}

std::string to_json(const NodeEvent& event, std::optional<std::uint64_t> time) {
  const TraceEntry& entry = event.entry;
  std::string json = fmt::format(R"({{"timestamp":{},"event_type":{},"executing_controller":{})",
                                 entry.timestamp, event_json(entry.event_type, bounds),
                                 entry.executing_controller
                                     ? json_string(cut(entry.executing_controller->name.as_str()))
                                     : "null");
  const auto out = std::back_inserter(json);
  if (entry.execution) fmt::format_to(out, R"(,"execution":{})", *entry.execution);
  fmt::format_to(out, R"(,"object":{},"text":{})", json_or_null(object_of(entry.event_type)),
                 json_string(fmt::format("{}  {}", event_name(entry.event_type.index()),
                                         event_details(entry.event_type, bounds))));
  if (event.cause_machine != nullptr) {
    fmt::format_to(out, R"(,"cause":{{"machine":{},"execution":{},"seq":{}}})",
                   json_string(*event.cause_machine), event.cause.execution, event.cause.seq);
  }
  if (time) fmt::format_to(out, R"(,"time":{})", *time);
  json += '}';
  return json;
}

std::string to_json(const WireEvent& event, std::string_view machine, std::uint64_t time) {
  std::string json = fmt::format(
      R"({{"what":"{}","machine":{},"peer":{},"request_id":{},"sender":{},"target":{},"value":{})",
      what_name(event.what), json_string(machine), json_string(event.peer), event.request_id,
      json_string(to_text(event.sender)), json_string(to_text(event.target)),
      event.value != nullptr ? json_string(print(*event.value, bounds.nodes, bounds.bytes).text)
                             : "null");
  if (!event.error.empty()) json += fmt::format(R"(,"error":{})", json_string(cut(event.error)));
  json += fmt::format(R"(,"time":{}}})", time);
  return json;
}

}  // namespace avm::node
