#include "core/packed_trace.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "core/large_blocks.hpp"

namespace avm {

namespace {

std::optional<ControllerId> controller_of(const Val& maybe) {
  if (maybe.is_nothing()) return std::nullopt;
  return ControllerId{maybe.unwrapped()};
}

// A trace does not count as memory of the program that is traced.
void* take(std::size_t size) {
  return size < heap::large_min ? ::operator new(size) : heap::take_large(size);
}
void give(void* block, std::size_t size) noexcept {
  size < heap::large_min ? ::operator delete(block) : heap::give_large(block, size);
}

// Behind an event's number.
Val* values_at(std::byte* place) noexcept {
  return reinterpret_cast<Val*>(place + sizeof(std::uint64_t));
}

}  // namespace

PackedTrace::~PackedTrace() {
  std::size_t left = size();
  for (std::byte* const group : groups_) {
    const auto* const shapes = reinterpret_cast<const Shape*>(group);
    std::byte* place = group + group_size;
    for (std::size_t i = 0; i < group_size && left > 0; ++i, --left) {
      std::destroy_n(values_at(place), values_of(shapes[i]));
      place += bytes_of(shapes[i]);
    }
  }
  for (const Block& block : blocks_)
    give(block.memory, block.bytes);
}

PackedTrace::Packed PackedTrace::at(std::size_t index) const noexcept {
  std::byte* const group = groups_[index / group_size];
  const auto* const shapes = reinterpret_cast<const Shape*>(group);
  std::byte* place = group + group_size;
  for (std::size_t i = 0; i < index % group_size; ++i)
    place += bytes_of(shapes[i]);
  const Shape shape = shapes[index % group_size];
  const Val* const values = values_at(place);
  return {shape, *reinterpret_cast<const std::uint64_t*>(place),
          values_of(shape) > 0 ? values[0] : Val(), values_of(shape) > 1 ? values[1] : Val()};
}

void PackedTrace::make_room_for(const Origin& origin) {
  if (!has_room()) begin_group();
  if (!goes_on(origin)) {
    stretches_.push_back({size(), origin.timestamp, origin.execution, origin.controller});
    next_timestamp_ = origin.timestamp;
    const bool is_plain =
        origin.controller.is_nothing() && origin.execution.value_or(0) <= execution_max;
    open_source_ = is_plain ? source_of(origin.execution) : no_source;
  }
}

void PackedTrace::begin_group() {
  if (groups_.size() == groups_.capacity()) groups_.reserve(2 * groups_.size() + 1);
  if (blocks_.empty() || static_cast<std::size_t>(blocks_.back().end() - next_) < group_bytes_max) {
    const std::size_t bytes = blocks_.empty() ? first_block_bytes : 2 * blocks_.back().bytes;
    blocks_.reserve(blocks_.size() + 1);
    next_ = static_cast<std::byte*>(take(bytes));
    blocks_.push_back({next_, bytes});
  }
  groups_.push_back(next_);
  next_shape_ = reinterpret_cast<Shape*>(next_);
  shapes_end_ = next_shape_ + group_size;
  next_ += group_size;
}

std::size_t PackedTrace::count(std::size_t type) const noexcept {
  std::size_t count = 0;
  std::size_t left = size();
  for (const std::byte* const group : groups_) {
    const auto* const shapes = reinterpret_cast<const Shape*>(group);
    for (std::size_t i = 0; i < group_size && left > 0; ++i, --left)
      count += type_of(shapes[i]) == type ? 1 : 0;
  }
  return count;
}

TraceEntry PackedTrace::entry(std::size_t index) const {
  const Packed packed = at(index);
  const Stretch& stretch =
      *std::prev(std::ranges::upper_bound(stretches_, index, {}, &Stretch::first));
  return {stretch.timestamp + (index - stretch.first), unpack(packed),
          controller_of(stretch.controller), stretch.execution};
}

PackedTrace::Packed PackedTrace::pack(event::ObjectCreated event) noexcept {
  return {shape_of<event::ObjectCreated>(1), event.id.number, std::move(event.behavior_name)};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectDestroyed event) noexcept {
  return {shape_of<event::ObjectDestroyed>(0), event.id.number};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectCalled event) noexcept {
  const bool has_output = event.output.has_value();
  return {shape_of<event::ObjectCalled>(has_output ? 2 : 1), event.id.number,
          std::move(event.input), has_output ? std::move(*event.output) : Val()};
}
PackedTrace::Packed PackedTrace::pack(event::StateUpdated event) noexcept {
  return {shape_of<event::StateUpdated>(0), event.id.number};
}
PackedTrace::Packed PackedTrace::pack(event::MessageReceived event) noexcept {
  return {shape_of<event::MessageReceived>(1), event.id.number, std::move(event.input)};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectMoved event) noexcept {
  return {shape_of<event::ObjectMoved>(2), event.id.number, std::move(event.from.name),
          std::move(event.to.name)};
}
PackedTrace::Packed PackedTrace::pack(event::ExecutionMoved event) noexcept {
  return {shape_of<event::ExecutionMoved>(2), 0, std::move(event.from.name),
          std::move(event.to.name)};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectFetched event) noexcept {
  return {shape_of<event::ObjectFetched>(1), event.id.number, std::move(event.machine.name)};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectTransferred event) noexcept {
  const bool has_from = event.from.has_value();
  return {shape_of<event::ObjectTransferred>(has_from ? 2 : 1), event.id.number,
          std::move(event.to.name), has_from ? std::move(event.from->name) : Val()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectFrozen event) noexcept {
  return {shape_of<event::ObjectFrozen>(1), event.id.number, std::move(event.controller.name)};
}
PackedTrace::Packed PackedTrace::pack(event::FunctionUpdated event) noexcept {
  return {shape_of<event::FunctionUpdated>(1), 0, std::move(event.name)};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionStarted event) noexcept {
  return {shape_of<event::TransactionStarted>(0), event.tx.number};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionCommitted event) noexcept {
  return {shape_of<event::TransactionCommitted>(0), event.tx.number};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionAborted event) noexcept {
  return {shape_of<event::TransactionAborted>(0), event.tx.number};
}
PackedTrace::Packed PackedTrace::pack(event::ErrorOccurred event) {
  texts_.push_back(std::move(event.text));
  return {shape_of<event::ErrorOccurred>(0), texts_.size() - 1};
}

EventType PackedTrace::unpack(const Packed& packed) const {
  const auto& [shape, number, a, b] = packed;
  const bool has_b = values_of(shape) == 2;
  const ObjectId object{number};
  const TxId tx{number};
  switch (type_of(shape)) {
  case event_type_of<event::ObjectCreated>(): return event::ObjectCreated{object, a};
  case event_type_of<event::ObjectDestroyed>(): return event::ObjectDestroyed{object};
  case event_type_of<event::ObjectCalled>():
    return event::ObjectCalled{object, a, has_b ? std::optional(b) : std::nullopt};
  case event_type_of<event::MessageReceived>(): return event::MessageReceived{object, a};
  case event_type_of<event::StateUpdated>(): return event::StateUpdated{object};
  case event_type_of<event::ObjectMoved>(): return event::ObjectMoved{object, {a}, {b}};
  case event_type_of<event::ExecutionMoved>(): return event::ExecutionMoved{{a}, {b}};
  case event_type_of<event::ObjectFetched>(): return event::ObjectFetched{object, {a}};
  case event_type_of<event::ObjectTransferred>():
    return event::ObjectTransferred{
        object, has_b ? std::optional(ControllerId{b}) : std::nullopt, {a}};
  case event_type_of<event::ObjectFrozen>(): return event::ObjectFrozen{object, {a}};
  case event_type_of<event::FunctionUpdated>(): return event::FunctionUpdated{a};
  case event_type_of<event::TransactionStarted>(): return event::TransactionStarted{tx};
  case event_type_of<event::TransactionCommitted>(): return event::TransactionCommitted{tx};
  case event_type_of<event::TransactionAborted>(): return event::TransactionAborted{tx};
  default: return event::ErrorOccurred{texts_[number]};
  }
}

}  // namespace avm
