#include "lib/comparison.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "avm/error.hpp"
#include "avm/text.hpp"

namespace avm {
namespace {

constexpr std::size_t column_width = 58;

std::string_view take_row(std::string_view& text) {
  const std::string_view row = text.substr(0, code_point_offset(text, column_width));
  text.remove_prefix(row.size());
  return row;
}

// How many events came before the memory ran out.
std::size_t events_before_memory_end(const Ran& ran) {
  const auto& entries = ran.trace.entries();
  const std::string_view name = error_info(ErrorCode::ResourceError_Memory).name;
  const auto is_end = [&](const TraceEntry& entry) {
    const auto* const error = std::get_if<event::ErrorOccurred>(&entry.event_type);
    return error != nullptr && error->text.starts_with(name);
  };
  return static_cast<std::size_t>(std::ranges::find_if(entries, is_end) - entries.begin());
}

std::optional<Difference> refusal_difference(const Ran& left, const Ran& right) {
  if (left.refusal == right.refusal) return std::nullopt;
  return Difference{"what is run", left.refusal.value_or("is run"),
                    right.refusal.value_or("is run"), std::nullopt};
}

// What is left at the end.
std::optional<Difference> end_difference(const Ran& left, const Ran& right) {
  if (left.result != right.result)
    return Difference{"the result", left.result, right.result, std::nullopt};
  for (std::size_t i = 0; i < std::max(left.store.size(), right.store.size()); ++i) {
    const auto object = [i](const Ran& ran) {
      return i < ran.store.size() ? ran.store[i] : "no such object";
    };
    if (object(left) != object(right)) {
      return Difference{fmt::format("object {} at the end", i), object(left), object(right),
                        std::nullopt};
    }
  }
  if (left.steps != right.steps) {
    return Difference{"the steps", std::to_string(left.steps), std::to_string(right.steps),
                      std::nullopt};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Difference> unwatched_difference(const Ran& watched, const Ran& unwatched) {
  if (watched.refusal || unwatched.refusal) return refusal_difference(watched, unwatched);
  if (watched.hit_memory_limit || unwatched.hit_memory_limit) return std::nullopt;
  return end_difference(watched, unwatched);
}

std::optional<Difference> first_difference(const Ran& left, const Ran& right) {
  if (left.refusal || right.refusal) return refusal_difference(left, right);
  const std::size_t left_count = left.trace.entries().size();
  const std::size_t right_count = right.trace.entries().size();
  const std::size_t count = std::min(left_count, right_count);
  std::size_t event = 0;
  while (event < count && event_line(left, event) == event_line(right, event))
    ++event;
  if (left.hit_memory_limit || right.hit_memory_limit) {
    if (event >= std::min(events_before_memory_end(left), events_before_memory_end(right)))
      return std::nullopt;
  }
  if (event < count || left_count != right_count) {
    return Difference{"event " + std::to_string(event), event_line(left, event),
                      event_line(right, event), event};
  }
  return end_difference(left, right);
}

std::string event_line(const Ran& ran, std::size_t event) {
  const auto& entries = ran.trace.entries();
  return event < entries.size() ? to_text(entries[event]) : "no more events";
}

std::string columns(std::string_view left, std::string_view right, char mark) {
  std::string text;
  do {
    const std::string_view l = take_row(left);
    const std::string_view r = take_row(right);
    std::string row = fmt::format("{} {:<{}} | {}", mark, l, column_width, r);
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  } while (!left.empty() || !right.empty());
  return text;
}

}  // namespace avm
