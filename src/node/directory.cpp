#include "node/directory.hpp"

#include "node/planted_fault.hpp"

namespace avm::node {

bool Directory::note(ObjectId object, Place place) {
  if (place.peer >= counts_.size()) counts_.resize(place.peer + 1);
  const auto found = places_.find(object.number);
  if (found == places_.end()) {
    if (counts_[place.peer] == most_) return false;
    places_.emplace(object.number, place);
    ++counts_[place.peer];
    return true;
  }
  if (place.moves < found->second.moves || planted(NodeFault::directory_not_corrected))
    return false;
  --counts_[found->second.peer];
  found->second = place;
  ++counts_[place.peer];
  return true;
}

void Directory::forget(ObjectId object) noexcept {
  const auto found = places_.find(object.number);
  if (found == places_.end()) return;
  --counts_[found->second.peer];
  places_.erase(found);
}

void Directory::forget_all(PeerId peer) noexcept {
  erase_if(places_, [&](const auto& entry) { return entry.second.peer == peer; });
  if (peer < counts_.size()) counts_[peer] = 0;
}

std::optional<Directory::Place> Directory::find(ObjectId object) const noexcept {
  const auto found = places_.find(object.number);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

}  // namespace avm::node
