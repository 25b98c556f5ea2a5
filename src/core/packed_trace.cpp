#include "core/packed_trace.hpp"

#include <algorithm>
#include <bit>
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

}  // namespace

PackedTrace::~PackedTrace() {
  for (std::size_t i = 0; i < size_; ++i)
    std::destroy_at(&at(i));
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    give(blocks_[i], block_size(i) * sizeof(Packed));
}

const PackedTrace::Packed& PackedTrace::at(std::size_t index) const noexcept {
  const std::size_t number = index + block_size(0);
  const auto bits = static_cast<unsigned>(std::bit_width(number)) - 1;
  return blocks_[bits - first_block_bits][number - (std::size_t{1} << bits)];
}

void PackedTrace::make_room_for(const Origin& origin) {
  if (next_ == end_) {
    blocks_.reserve(blocks_.size() + 1);
    const std::size_t size = block_size(blocks_.size());
    next_ = static_cast<Packed*>(take(size * sizeof(Packed)));
    end_ = next_ + size;
    blocks_.push_back(next_);
  }
  if (stretches_.empty() || !has_room_for(origin)) {
    stretches_.push_back({size_, origin.timestamp, origin.execution, origin.controller});
    next_timestamp_ = origin.timestamp;
    const Open open = origin.execution ? Open::OfExecution : Open::OfNone;
    open_ = origin.controller.is_nothing() ? open : Open::Controlled;
    open_execution_ = origin.execution.value_or(0);
  }
}

std::size_t PackedTrace::count(std::size_t type) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < size_; ++i)
    count += at(i).type == type ? 1 : 0;
  return count;
}

TraceEntry PackedTrace::entry(std::size_t index) const {
  const Packed& packed = at(index);
  const Stretch& stretch =
      *std::prev(std::ranges::upper_bound(stretches_, index, {}, &Stretch::first));
  return {stretch.timestamp + (index - stretch.first), unpack(packed),
          controller_of(stretch.controller), stretch.execution};
}

PackedTrace::Packed PackedTrace::pack(event::ObjectCreated event) noexcept {
  return {
      event.id.number, std::move(event.behavior_name), {}, event_type_of<event::ObjectCreated>()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectDestroyed event) noexcept {
  return {event.id.number, {}, {}, event_type_of<event::ObjectDestroyed>()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectCalled event) noexcept {
  const bool has_output = event.output.has_value();
  return {event.id.number, std::move(event.input), has_output ? std::move(*event.output) : Val(),
          event_type_of<event::ObjectCalled>(), has_output};
}
PackedTrace::Packed PackedTrace::pack(event::StateUpdated event) noexcept {
  return {event.id.number, {}, {}, event_type_of<event::StateUpdated>()};
}
PackedTrace::Packed PackedTrace::pack(event::MessageReceived event) noexcept {
  return {event.id.number, std::move(event.input), {}, event_type_of<event::MessageReceived>()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectMoved event) noexcept {
  return {event.id.number, std::move(event.from.name), std::move(event.to.name),
          event_type_of<event::ObjectMoved>()};
}
PackedTrace::Packed PackedTrace::pack(event::ExecutionMoved event) noexcept {
  return {0, std::move(event.from.name), std::move(event.to.name),
          event_type_of<event::ExecutionMoved>()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectFetched event) noexcept {
  return {
      event.id.number, std::move(event.machine.name), {}, event_type_of<event::ObjectFetched>()};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectTransferred event) noexcept {
  const bool has_from = event.from.has_value();
  return {event.id.number, std::move(event.to.name), has_from ? std::move(event.from->name) : Val(),
          event_type_of<event::ObjectTransferred>(), has_from};
}
PackedTrace::Packed PackedTrace::pack(event::ObjectFrozen event) noexcept {
  return {
      event.id.number, std::move(event.controller.name), {}, event_type_of<event::ObjectFrozen>()};
}
PackedTrace::Packed PackedTrace::pack(event::FunctionUpdated event) noexcept {
  return {0, std::move(event.name), {}, event_type_of<event::FunctionUpdated>()};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionStarted event) noexcept {
  return {event.tx.number, {}, {}, event_type_of<event::TransactionStarted>()};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionCommitted event) noexcept {
  return {event.tx.number, {}, {}, event_type_of<event::TransactionCommitted>()};
}
PackedTrace::Packed PackedTrace::pack(event::TransactionAborted event) noexcept {
  return {event.tx.number, {}, {}, event_type_of<event::TransactionAborted>()};
}
PackedTrace::Packed PackedTrace::pack(event::ErrorOccurred event) {
  texts_.push_back(std::move(event.text));
  return {texts_.size() - 1, {}, {}, event_type_of<event::ErrorOccurred>()};
}

EventType PackedTrace::unpack(const Packed& packed) const {
  const auto& [number, a, b, type, has_b] = packed;
  const ObjectId object{number};
  const TxId tx{number};
  switch (type) {
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
