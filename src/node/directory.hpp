// Directory: which peer has an object that is not here (book chapter "Distributed runtime").
//
// Each move of an object has a number. What is known of a later move is not forgotten for what
// comes in late about an earlier one, so that to follow directories from node to node comes to an end.
//
// Threads: one. Errors: `note` throws std::bad_alloc and changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "avm/val.hpp"

namespace avm::node {

/// Numbers the machines that a node knows, from 0.
using PeerId = std::uint32_t;

class Directory {
 public:
  struct Place {
    PeerId peer = 0;
    std::uint32_t moves = 0;
  };

  /// Who has told: a peer, or nobody whose name is known. All of the latter count as one.
  using Teller = std::optional<PeerId>;

  /// Of each teller at most `most` objects are noted.
  explicit Directory(std::uint64_t most) : most_(most) {}

  /// Whether it was noted: it was not older than what is known, and there was room.
  bool note(ObjectId object, Place place, Teller teller);
  /// The same for what this node knows of itself. There is always room.
  bool note(ObjectId object, Place place) { return note(object, place, own); }
  void forget(ObjectId object) noexcept;
  /// All that is known to be at a peer.
  void forget_all(PeerId peer) noexcept;

  std::optional<Place> find(ObjectId object) const noexcept;
  /// How many objects are at a peer.
  std::uint64_t count(PeerId peer) const noexcept {
    return peer < counts_.size() ? counts_[peer] : 0;
  }
  std::uint64_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Place place;
    std::uint32_t teller;  // whose entry it is: an index of `told_`
  };
  static constexpr std::uint32_t own = 0;
  static constexpr std::uint32_t nobody = 1;
  static constexpr std::uint32_t first_peer = 2;

  bool note(ObjectId object, Place place, std::uint32_t teller);
  void remove_counts(const Entry& entry) noexcept {
    --counts_[entry.place.peer];
    --told_[entry.teller];
  }

  std::uint64_t most_;
  boost::unordered_flat_map<std::uint64_t, Entry> entries_;
  std::vector<std::uint64_t> counts_;  // by the peer where the objects are
  std::vector<std::uint64_t> told_;
};

}  // namespace avm::node
