// PackedTrace: what is behind `MemoryTrace`. An event takes 48 bytes; its TraceEntry is built when it is
// read.
//
// Events lie in blocks that never move, each twice as large as the one before. What an event has in
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

  /// The same where there is no controller.
  struct PlainOrigin {
    std::uint64_t timestamp;
    bool has_execution;
    std::uint64_t execution;  ///< 0 where there is none.
  };

  PackedTrace() = default;
  ~PackedTrace();
  PackedTrace(const PackedTrace&) = delete;
  PackedTrace& operator=(const PackedTrace&) = delete;

  std::size_t size() const noexcept { return size_; }
  TraceEntry entry(std::size_t index) const;
  std::size_t count(std::size_t type) const noexcept;

  template <typename Event>
  void add(const Origin& origin, Event event) {
    Packed packed = pack(std::move(event));
    if (!has_room_for(origin)) [[unlikely]]
      make_room_for(origin);
    append([&]() -> Packed { return std::move(packed); });
  }

  // What comes most, as far as it needs no memory. False: nothing is added.

  bool add_called(const PlainOrigin& origin, ObjectId object, const Val& input,
                  const Val& output) noexcept {
    if (!has_room_for(origin)) [[unlikely]]
      return false;
    append([&] {
      return Packed{object.number, input, output, event_type_of<event::ObjectCalled>(), true};
    });
    return true;
  }
  bool add_updated(const PlainOrigin& origin, ObjectId object) noexcept {
    if (!has_room_for(origin)) [[unlikely]]
      return false;
    append([&] { return Packed{object.number, {}, {}, event_type_of<event::StateUpdated>()}; });
    return true;
  }

 private:
  struct Packed {
    std::uint64_t number = 0;  // of the object or transaction; of an error, which text it has
    Val a;
    Val b;
    std::uint8_t type = 0;  // `event_type_of`
    bool has_b = false;
  };
  static_assert(sizeof(Packed) == 48);
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

  const Packed& at(std::size_t index) const noexcept;
  bool has_room_for(const Origin& origin) const noexcept {
    return next_ != end_ && origin.timestamp == next_timestamp_ &&
           origin.execution == stretches_.back().execution &&
           origin.controller == stretches_.back().controller;
  }
  bool has_room_for(const PlainOrigin& origin) const noexcept {
    const Open open = origin.has_execution ? Open::OfExecution : Open::OfNone;
    return next_ != end_ && origin.timestamp == next_timestamp_ && open == open_ &&
           origin.execution == open_execution_;
  }
  template <typename Make>
  void append(Make make) noexcept {
    new (next_++) Packed(make());
    ++size_;
    ++next_timestamp_;
  }
  void make_room_for(const Origin& origin);

  static constexpr unsigned first_block_bits = 6;
  static constexpr std::size_t block_size(std::size_t block) noexcept {
    return std::size_t{1} << (first_block_bits + block);
  }

  // Of what the last stretch is, for plain origins.
  enum class Open : std::uint8_t { Controlled, OfNone, OfExecution };

  Packed* next_ = nullptr;
  Packed* end_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t next_timestamp_ = 0;
  Open open_ = Open::Controlled;
  std::uint64_t open_execution_ = 0;
  std::vector<Stretch> stretches_;
  std::vector<Packed*> blocks_;
  std::vector<std::string> texts_;
};

}  // namespace avm
