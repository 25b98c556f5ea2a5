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

  /// At most `most` objects of one peer are noted.
  explicit Directory(std::uint64_t most) : most_(most) {}

  /// Whether it was noted: it was not older than what is known, and there was room.
  bool note(ObjectId object, Place place);
  void forget(ObjectId object) noexcept;
  /// All that is known to be at a peer.
  void forget_all(PeerId peer) noexcept;

  std::optional<Place> find(ObjectId object) const noexcept;
  std::uint64_t count(PeerId peer) const noexcept {
    return peer < counts_.size() ? counts_[peer] : 0;
  }
  std::uint64_t size() const noexcept { return places_.size(); }

 private:
  std::uint64_t most_;
  boost::unordered_flat_map<std::uint64_t, Place> places_;
  std::vector<std::uint64_t> counts_;  // by peer
};

}  // namespace avm::node
