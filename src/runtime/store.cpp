#include "runtime/store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/planted_fault.hpp"

namespace avm {

const Extras ExtrasPointer::none;

void Store::DeletePage::operator()(Page* page) const noexcept {
  const BlockPool::Block block = page->block;
  std::destroy_at(page);
  pool->give(block);
}

Store::~Store() {
  for (const auto& [key, page] : pages_) {
    for (Slot& slot : page->slots) {
      while (slot.past != nullptr) {
        Past* past = std::exchange(slot.past, slot.past->older);
        std::destroy_at(past);
        heap::release(past, sizeof(Past));
      }
    }
  }
}

const ObjectData* Store::visible_past(const Slot& slot, Version snapshot) noexcept {
  if (planted(Fault::snapshot_moves_on)) return &slot.data;
  const Past* past = slot.past;
  while (past != nullptr && past->version > snapshot)
    past = past->older;
  return past == nullptr ? nullptr : &past->data;
}

Version Store::changed_at(SlotKey key) const noexcept {
  const Slot* slot = find_slot(key);
  return slot == nullptr ? 0 : slot->version;
}

template <typename Exists>
Store::Vector<ObjectId> Store::collect_ids(Exists exists) const {
  Vector<const Page*> pages;
  for (const auto& [key, page] : pages_) {
    if (key.place == home_place) pages.push_back(page.get());
  }
  std::ranges::sort(pages, {}, [](const Page* page) { return page->key.chunk; });
  Vector<ObjectId> ids;
  for (const Page* page : pages) {
    for (std::size_t i = 0; i < page_size; ++i) {
      if (exists(page->slots[i])) ids.push_back({page->key.chunk << page_bits | i});
    }
  }
  return ids;
}

Store::Vector<ObjectId> Store::ids() const {
  return collect_ids([](const Slot& slot) { return slot.data.exists(); });
}

Store::Vector<ObjectId> Store::ids(Version snapshot) const {
  return collect_ids([snapshot](const Slot& slot) {
    const ObjectData* data = visible(slot, snapshot);
    return data != nullptr && data->exists();
  });
}

Version Store::take_snapshot() {
  if (snapshots_.empty() || snapshots_.back().version != version_) {
    snapshots_.push_back({version_, 0, nullptr});
  }
  ++snapshots_.back().holders;
  return version_;
}

void Store::release_snapshot(Version snapshot) noexcept {
  const bool is_newest = snapshots_.back().version == snapshot;
  const auto found = is_newest
                         ? std::prev(snapshots_.end())
                         : std::ranges::lower_bound(snapshots_, snapshot, {}, &Snapshot::version);
  if (--found->holders != 0) return;
  Snapshot* older = found == snapshots_.begin() ? nullptr : &*std::prev(found);
  for (Past* past = found->past; past != nullptr;) {
    Past* next = past->next;
    if (older != nullptr && past->version <= older->version) {
      past->next = std::exchange(older->past, past);
    } else {
      drop_past(past);
    }
    past = next;
  }
  snapshots_.erase(found);
  remove_idle_pages();
}

void Store::remove(ObjectId object) {
  struct Removal {
    SlotKey key;
  };
  Vector<Removal> removals{{{object}}};
  for_each_replica(object, [&](SlotKey key, const ObjectData&) { removals.push_back({key}); });
  commit(removals, [](const Removal&, ObjectData& data, Version) { data = ObjectData(); });
}

Store::Page* Store::find_far_page(SlotKey key) const noexcept {
  const auto found = pages_.find(PageKey(key));
  if (found == pages_.end()) return nullptr;
  Page* const page = found->second.get();
  if (key.place == home_place) near(PageKey(key)) = {page->key.chunk, page};
  return page;
}

Store::Page& Store::make_page(SlotKey key) {
  const BlockPool::Block block = pool_.take();
  PagePointer page(new (block.memory) Page(PageKey(key), block), {&pool_});
  Page& made = *page;
  pages_.emplace(made.key, std::move(page));
  if (key.place != home_place) ++replica_pages_;
  highest_place_ = std::max(highest_place_, key.place);
  return made;
}

Store::Page& Store::prepare(SlotKey key) {
  Page* const found = find_page(key);
  Page& page = found == nullptr ? make_page(key) : *found;
  Slot& slot = page.at(key);
  const bool is_seen = !snapshots_.empty() && slot.version <= snapshots_.back().version;
  if (is_seen && slot.in_use()) keep_past(key, slot);
  if (keeps_changes_ && changes_.size() + ++prepared_ > changes_.capacity())
    changes_.reserve(2 * (changes_.size() + prepared_));
  return page;
}

void Store::keep_past(SlotKey key, Slot& slot) {
  Past*& seen_by_newest = snapshots_.back().past;
  void* memory = heap::allocate(sizeof(Past));
  slot.past = std::construct_at(static_cast<Past*>(memory),
                                Past{slot.data, slot.version, key, slot.past, seen_by_newest});
  seen_by_newest = slot.past;
}

void Store::abandon() noexcept {
  prepared_ = 0;
  if (snapshots_.empty()) return;
  Past*& newest = snapshots_.back().past;
  // What was current until the commit that does not come is current still.
  while (newest != nullptr && find_slot(newest->key)->version == newest->version) {
    drop_past(std::exchange(newest, newest->next));
  }
}

void Store::abandon_page(SlotKey key) noexcept {
  if (Page* page = find_page(key)) offer_idle(*page);
  remove_idle_pages();
}

void Store::drop_past(Past* past) noexcept {
  Page& page = *find_page(past->key);
  Slot& slot = page.at(past->key);
  Past** link = &slot.past;
  while (*link != past)
    link = &(*link)->older;
  *link = past->older;
  std::destroy_at(past);
  heap::release(past, sizeof(Past));
  if (!slot.in_use()) {
    --page.in_use;
    offer_idle(page);
  }
}

void Store::settle(Page& page, const Slot& slot, bool was_in_use, bool existed) noexcept {
  page.changed_at = version_;
  page.in_use += slot.in_use();
  page.in_use -= was_in_use;
  if (page.key.place == home_place) {
    object_count_ += slot.data.exists();
    object_count_ -= existed;
    if (slot.data.exists() && !existed && nursery_ != &page) {
      Page* left = std::exchange(nursery_, &page);
      if (left != nullptr) offer_idle(*left);
    }
  }
  offer_idle(page);
}

void Store::offer_idle(Page& page) noexcept {
  if (page.in_use != 0 || page.is_idle || &page == nursery_) return;
  page.is_idle = true;
  page.next_idle = nullptr;
  (last_idle_ == nullptr ? first_idle_ : last_idle_->next_idle) = &page;
  last_idle_ = &page;
}

void Store::remove_old_idle_pages() noexcept {
  const Version oldest =
      snapshots_.empty() ? std::numeric_limits<Version>::max() : snapshots_.front().version;
  while (first_idle_ != nullptr) {
    Page& page = *first_idle_;
    const bool stays = page.in_use != 0 || &page == nursery_;
    if (!stays && page.changed_at > oldest) return;
    first_idle_ = page.next_idle;
    if (first_idle_ == nullptr) last_idle_ = nullptr;
    page.is_idle = false;
    if (!stays) {
      if (page.key.place != home_place) --replica_pages_;
      if (near(page.key).page == &page) near(page.key) = Near();
      pages_.erase(PageKey(page.key));
    }
  }
}

}  // namespace avm
