#include "node/directory.hpp"

#include "node/planted_fault.hpp"

namespace avm::node {

bool Directory::note(ObjectId object, Place place, Teller teller) {
  return note(object, place, teller ? first_peer + *teller : nobody);
}

bool Directory::note(ObjectId object, Place place, std::uint32_t teller) {
  if (place.peer >= counts_.size()) counts_.resize(place.peer + 1);
  if (teller >= told_.size()) told_.resize(teller + 1);
  const auto found = entries_.find(object.number);
  if (found == entries_.end()) {
    if (teller != own && told_[teller] >= most_) return false;
    entries_.emplace(object.number, Entry{place, teller});
    ++counts_[place.peer];
    ++told_[teller];
    return true;
  }
  Place& known = found->second.place;
  if (place.moves < known.moves || planted(NodeFault::directory_not_corrected)) return false;
  --counts_[known.peer];
  known = place;
  ++counts_[known.peer];
  return true;
}

void Directory::forget(ObjectId object) noexcept {
  const auto found = entries_.find(object.number);
  if (found == entries_.end()) return;
  remove_counts(found->second);
  entries_.erase(found);
}

void Directory::forget_all(PeerId peer) noexcept {
  erase_if(entries_, [&](const auto& entry) {
    const bool is_there = entry.second.place.peer == peer;
    if (is_there) remove_counts(entry.second);
    return is_there;
  });
}

std::optional<Directory::Place> Directory::find(ObjectId object) const noexcept {
  const auto found = entries_.find(object.number);
  if (found == entries_.end()) return std::nullopt;
  return found->second.place;
}

}  // namespace avm::node
