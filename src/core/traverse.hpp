// Walking over values without touching their reference counts.
#pragma once

#include <memory>
#include <new>

#include "core/blocks.hpp"

namespace avm {

/// A value that is looked at while someone else keeps its blocks alive.
class Borrowed {
 public:
  explicit Borrowed(const Val& value) noexcept : Borrowed(value.header(), value.payload()) {}
  Borrowed(std::uint64_t header, std::uint64_t payload) noexcept : value_(header, payload) {}
  Borrowed(const Borrowed& other) noexcept : Borrowed(other.value_) {}
  Borrowed& operator=(const Borrowed& other) noexcept {
    std::construct_at(&value_, other.value_.header(), other.value_.payload());
    return *this;
  }
  ~Borrowed() {}

  const Val& operator*() const noexcept { return value_; }
  const Val* operator->() const noexcept { return &value_; }

  /// The same without `depth` of the `just`s that its header counts.
  Borrowed without_justs(unsigned depth) const noexcept {
    return {value_.header() - depth * Val::just_unit, value_.payload()};
  }

 private:
  // The union keeps the destructor of Val, which would release, from running.
  union {
    Val value_;
  };
};

inline Borrowed list_element(ListBlock& list, std::uint64_t index) noexcept {
  if (list.is_packed()) return {list.header, list.payloads()[index]};
  return Borrowed(list.values()[index]);
}

/// How many values sit directly inside a block.
inline std::uint64_t child_count(Block& block) noexcept {
  switch (block.tag) {
  case Tag::List: return static_cast<ListBlock&>(block).size;
  case Tag::Pair: return 2;
  case Tag::Just: return 1;
  default: return 0;
  }
}

inline Borrowed child(Block& block, std::uint64_t index) noexcept {
  if (block.tag == Tag::List) return list_element(static_cast<ListBlock&>(block), index);
  const auto& pair = static_cast<PairBlock&>(block);
  return Borrowed(index == 0 ? pair.first : pair.second);
}

/// What is inside the outermost `just`.
inline Borrowed inside_just(const Borrowed& value) noexcept {
  if (value->just_depth() > 0) return value.without_justs(1);
  return Borrowed(pair_block(*value)->first);
}

/// Bytes of a list block with room for `capacity` elements.
inline std::size_t list_bytes(std::uint64_t capacity, bool packed) {
  // More elements than this have no room in any address space; the bound keeps the product from
  // wrapping.
  if (capacity >= std::uint64_t{1} << 56) throw std::bad_alloc();
  return sizeof(ListBlock) + capacity * (packed ? sizeof(std::uint64_t) : sizeof(Val));
}

}  // namespace avm
