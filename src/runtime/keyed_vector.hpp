// KeyedVector: elements in the order in which they came, each with a key of its own by which it is found.
//
// Few are found by looking at one after the other. Only more have a hash table, so that a small one costs
// no more than a vector.
//
// Threads: one. Errors: `push` throws std::bad_alloc, and changes nothing then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "avm/heap.hpp"

namespace avm {

/// `key` is the member of T that is its key, its first member. It does not change as long as the element is here.
template <typename T, auto key, typename Hash>
class KeyedVector {
 public:
  using Key = std::remove_cvref_t<decltype(std::declval<T>().*key)>;

  T* begin() noexcept { return elements_.data(); }
  T* end() noexcept { return elements_.data() + elements_.size(); }
  const T* begin() const noexcept { return elements_.data(); }
  const T* end() const noexcept { return elements_.data() + elements_.size(); }
  std::size_t size() const noexcept { return elements_.size(); }
  std::size_t capacity() const noexcept { return elements_.capacity(); }
  T& operator[](std::size_t index) noexcept { return elements_[index]; }
  T& back() noexcept { return elements_.back(); }
  std::uint32_t index_of(const T& element) const noexcept {
    return static_cast<std::uint32_t>(&element - elements_.data());
  }

  T* find(const Key& wanted) noexcept { return const_cast<T*>(std::as_const(*this).find(wanted)); }
  const T* find(const Key& wanted) const noexcept {
    if (elements_.size() > few) {
      const auto found = index_.find(wanted);
      return found == index_.end() ? nullptr : &elements_[found->second];
    }
    for (const T& element : elements_) {
      if (element.*key == wanted) return &element;
    }
    return nullptr;
  }

  /// An element of a key that none has, and `parts`, which are put together without an exception.
  template <typename... Parts>
  T& push(const Key& new_key, Parts&&... parts) {
    const std::size_t size = elements_.size();
    if (size == elements_.capacity() || size >= few) make_room_for(new_key);
    return elements_.emplace_back(new_key, std::forward<Parts>(parts)...);
  }
  void pop() noexcept {
    if (elements_.size() > few) index_.erase(elements_.back().*key);
    elements_.pop_back();
  }
  void clear() noexcept {
    if (elements_.size() > few) index_.clear();
    elements_.clear();
  }

 private:
  static constexpr std::size_t few = 8;
  using Index = boost::unordered_flat_map<Key, std::uint32_t, Hash, std::equal_to<Key>,
                                          heap::Allocator<std::pair<const Key, std::uint32_t>>>;

  void make_room_for(const Key& new_key) {
    const std::size_t size = elements_.size();
    if (size == std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();
    if (size == elements_.capacity()) elements_.reserve(2 * size + 2);
    if (size == few) begin_index();
    if (size >= few) index_.emplace(new_key, static_cast<std::uint32_t>(size));
  }
  void begin_index() {
    index_.clear();
    for (const T& element : elements_)
      index_.emplace(element.*key, index_of(element));
  }

  std::vector<T, heap::Allocator<T>> elements_;
  Index index_;  // where there are more than a few: of all
};

}  // namespace avm
