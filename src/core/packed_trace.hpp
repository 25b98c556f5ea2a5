// PackedTrace: what is behind `MemoryTrace`. An event takes 9 to 41 bytes; its TraceEntry is built when it is
// read.
//
// Events lie in groups of 64: a byte for each, which says what it is, and behind these what each of them
// holds. Groups lie in blocks that never move, each twice as large as the one before. What an event has in
// common with the one before it (the execution, its controller, a time that goes on by one) is kept
// once for stretches of them.
//
// Threads: that of the values. Errors: what adds throws std::bad_alloc, and adds nothing then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "avm/trace.hpp"

namespace avm {

/// Its index in EventType.
template <typename Event, std::size_t index = 0>
consteval std::uint8_t event_type_of() {
  if constexpr (std::is_same_v<Event, std::variant_alternative_t<index, EventType>>) {
    return index;
  } else {
    return event_type_of<Event, index + 1>();
  }
}

class PackedTrace {
 public:
  /// Whose an event is, and when it was.
  struct Origin {
    std::uint64_t timestamp;
    std::optional<std::uint64_t> execution;
    Val controller;  ///< Maybe.
  };

  /// The same where there is no controller: which execution is one number.
  struct PlainOrigin {
    std::uint64_t timestamp;
    std::uint64_t source;
  };
  static constexpr std::uint64_t execution_max = ~std::uint64_t{0} - 2;  ///< In a plain origin.
  static std::uint64_t source_of(std::optional<std::uint64_t> execution) noexcept {
    return execution ? *execution + 1 : 0;
  }

  PackedTrace() = default;
  ~PackedTrace();
  PackedTrace(const PackedTrace&) = delete;
  PackedTrace& operator=(const PackedTrace&) = delete;

  std::size_t size() const noexcept {
    return groups_.size() * group_size - static_cast<std::size_t>(shapes_end_ - next_shape_);
  }
  TraceEntry entry(std::size_t index) const;
  std::size_t count(std::size_t type) const noexcept;

  template <typename Event>
  void add(const Origin& origin, Event event) {
    Packed packed = pack(std::move(event));
    if (!has_room_for(origin)) [[unlikely]]
      make_room_for(origin);
    append(packed.shape, packed.number, std::move(packed.a), std::move(packed.b));
  }

  // What comes most, as far as it needs no memory. False: nothing is added.

  bool add_called(const PlainOrigin& origin, ObjectId object, const Val& input,
                  const Val& output) noexcept {
    if (!has_room_for(origin)) [[unlikely]]
      return false;
    append(shape_of<event::ObjectCalled>(2), object.number, input, output);
    return true;
  }
  bool add_updated(const PlainOrigin& origin, ObjectId object) noexcept {
    if (!has_room_for(origin)) [[unlikely]]
      return false;
    append(shape_of<event::StateUpdated>(0), object.number);
    return true;
  }

 private:
  // What an event is, and how many values it holds beside its number: the first of them, or both.
  using Shape = std::uint8_t;
  static constexpr unsigned count_shift = 6;
  template <typename Event>
  static constexpr Shape shape_of(unsigned values) noexcept {
    static_assert(std::variant_size_v<EventType> <= 1U << count_shift);
    return static_cast<Shape>(event_type_of<Event>() | values << count_shift);
  }
  static constexpr unsigned type_of(Shape shape) noexcept { return shape % (1U << count_shift); }
  static constexpr std::size_t values_of(Shape shape) noexcept { return shape >> count_shift; }
  static constexpr std::size_t bytes_of(Shape shape) noexcept {
    return sizeof(std::uint64_t) + values_of(shape) * sizeof(Val);
  }
  struct Packed {
    Shape shape;
    std::uint64_t number = 0;  // of the object or transaction; of an error, which text it has
    Val a = {};
    Val b = {};
  };
  struct Stretch {
    std::size_t first;
    std::uint64_t timestamp;  // of the first
    std::optional<std::uint64_t> execution;
    Val controller;
  };

  static Packed pack(event::ObjectCalled event) noexcept;
  static Packed pack(event::StateUpdated event) noexcept;
  static Packed pack(event::ObjectCreated event) noexcept;
  static Packed pack(event::ObjectDestroyed event) noexcept;
  static Packed pack(event::MessageReceived event) noexcept;
  static Packed pack(event::ObjectMoved event) noexcept;
  static Packed pack(event::ExecutionMoved event) noexcept;
  static Packed pack(event::ObjectFetched event) noexcept;
  static Packed pack(event::ObjectTransferred event) noexcept;
  static Packed pack(event::ObjectFrozen event) noexcept;
  static Packed pack(event::FunctionUpdated event) noexcept;
  static Packed pack(event::TransactionStarted event) noexcept;
  static Packed pack(event::TransactionCommitted event) noexcept;
  static Packed pack(event::TransactionAborted event) noexcept;
  Packed pack(event::ErrorOccurred event);
  EventType unpack(const Packed& packed) const;

  Packed at(std::size_t index) const noexcept;
  bool has_room() const noexcept { return next_shape_ != shapes_end_; }
  // Whether an event of `origin` belongs to the last stretch.
  bool goes_on(const Origin& origin) const noexcept {
    return !stretches_.empty() && origin.timestamp == next_timestamp_ &&
           origin.execution == stretches_.back().execution &&
           origin.controller == stretches_.back().controller;
  }
  bool has_room_for(const Origin& origin) const noexcept { return has_room() && goes_on(origin); }
  bool has_room_for(const PlainOrigin& origin) const noexcept {
    return has_room() && origin.timestamp == next_timestamp_ && origin.source == open_source_;
  }
  // `values` are of the type Val. Those that the shape does not count are room that the next event takes.
  template <typename... Values>
  void append(Shape shape, std::uint64_t number, Values&&... values) noexcept {
    *next_shape_++ = shape;
    std::byte* place = next_;
    next_ += bytes_of(shape);
    new (place) std::uint64_t(number);
    place += sizeof(std::uint64_t);
    ((new (place) Val(std::forward<Values>(values)), place += sizeof(Val)), ...);
    ++next_timestamp_;
  }
  void make_room_for(const Origin& origin);
  void begin_group();

  static constexpr std::size_t group_size = 64;
  static constexpr std::size_t group_bytes_max =
      group_size * (sizeof(Shape) + sizeof(std::uint64_t) + 2 * sizeof(Val));
  static constexpr std::size_t first_block_bytes = 4'096;
  static_assert(first_block_bytes >= group_bytes_max);

  static constexpr std::uint64_t no_source = ~std::uint64_t{0};

  struct Block {
    std::byte* memory;
    std::size_t bytes;
    std::byte* end() const noexcept { return memory + bytes; }
  };

  // Of the last group, which has room for all that may come into it.
  Shape* next_shape_ = nullptr;
  Shape* shapes_end_ = nullptr;
  std::byte* next_ = nullptr;
  std::uint64_t next_timestamp_ = 0;
  std::uint64_t open_source_ = no_source;  // of the last stretch, where its origins are plain
  std::vector<Stretch> stretches_;
  std::vector<std::byte*> groups_;  // where they begin
  std::vector<Block> blocks_;
  std::vector<std::string> texts_;
};

}  // namespace avm
