// Store: the objects of a machine, each with the version of the commit that last changed it (book
// chapter "Transactions", docs "Semantics").
//
// What stands under an object's id is in a slot. Beside its home slot an object can have one for each
// machine that holds a replica of it. A slot keeps its older contents only as long as an active
// snapshot can see them, so that to take a snapshot costs the same whatever the store holds.
//
// A commit changes any number of slots as one step. All that can fail (memory) comes first: where it
// throws std::bad_alloc the store is as it was.
//
// Pointers to an object's data hold until the next change of the store.
//
// Threads: a store belongs to one thread, as the values in it do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "avm/heap.hpp"
#include "avm/val.hpp"
#include "runtime/block_pool.hpp"
#include "runtime/execution.hpp"
#include "runtime/mailbox.hpp"

namespace avm {

/// Counts the commits of a store.
using Version = std::uint64_t;

/// Which of an object's slots: its home, or a replica on the machine of this number (`Machines`).
using Place = std::uint32_t;
inline constexpr Place home_place = 0;

struct SlotKey {
  ObjectId id;
  Place place = home_place;
  friend bool operator==(const SlotKey&, const SlotKey&) = default;
};

/// What few objects have.
struct Extras {
  Val creating_controller = Val::nothing();
  Val current_controller = Val::nothing();  ///< Both Maybe.
  std::shared_ptr<const Parked> waiting;    ///< The activation that waits in `receive`.
  Mailbox mailbox = {};
  Version fetched_at = 0;  ///< Of a replica: the commit that made it.

  bool has_any() const noexcept {
    return !creating_controller.is_nothing() || !current_controller.is_nothing() ||
           waiting != nullptr || !mailbox.empty() || fetched_at != 0;
  }
};

/// The extras of an object that has some. Copies share them.
class ExtrasPointer {
 public:
  const Extras* operator->() const noexcept { return shared_ == nullptr ? &none : shared_.get(); }
  explicit operator bool() const noexcept { return shared_ != nullptr; }

  /// To be changed: no copy's any more. Throws std::bad_alloc, but not where they are its own already.
  Extras& own() {
    if (shared_ == nullptr) {
      shared_ = new Shared;
    } else if (shared_->use_count() > 1) {
      shared_ = new Shared(*shared_);
    }
    return *shared_;
  }
  /// A copy that is its own, changed by `change(Extras&)`. Throws std::bad_alloc.
  template <typename Change>
  ExtrasPointer with(Change change) const {
    ExtrasPointer changed = *this;
    change(changed.own());
    if (!changed->has_any()) changed.shared_.reset();
    return changed;
  }

 private:
  struct Shared : Extras, boost::intrusive_ref_counter<Shared, boost::thread_unsafe_counter> {
    static void* operator new(std::size_t size) { return heap::allocate(size); }
    static void operator delete(void* block, std::size_t size) noexcept {
      heap::release(block, size);
    }
  };
  static const Extras none;

  boost::intrusive_ptr<Shared> shared_;
};

/// An object. A slot without one can still hold messages, for an object that is not yet born.
///
/// Its content, that is its state and what waits, can be replicated; all else stands at home alone.
struct ObjectData {
  const Code* behavior = nullptr;  ///< Null: there is no object.
  Val state = Val::empty_list();
  ExtrasPointer extras;
  Place machine = 0;       ///< The number of the machine where it lives.
  Version written_at = 0;  ///< The commit that last changed its content.

  bool exists() const noexcept { return behavior != nullptr; }
  bool waits() const noexcept { return extras && extras->waiting != nullptr; }
  bool is_blank() const noexcept { return !exists() && (!extras || extras->mailbox.empty()); }
};

/// What a replica of it begins with: its content. The extras are the replica's own.
inline ObjectData replica_of(const ObjectData& object) {
  ObjectData replica{.behavior = object.behavior, .state = object.state};
  replica.extras.own().waiting = object.extras->waiting;
  return replica;
}

/// The controller that a Maybe names.
inline std::optional<ControllerId> controller_id(const Val& maybe) {
  if (maybe.is_nothing()) return std::nullopt;
  return ControllerId{maybe.unwrapped()};
}

class Store {
 public:
  template <typename T>
  using Vector = std::vector<T, heap::Allocator<T>>;

  Store() : near_pages_(std::make_unique<std::array<Near, near_count>>()) {}
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// What the slot holds, as of now or of an active snapshot. Null where it never held anything.
  const ObjectData* find(SlotKey key) const noexcept {
    const Slot* const slot = find_slot(key);
    return slot == nullptr ? nullptr : &slot->data;
  }
  const ObjectData* find(SlotKey key, Version snapshot) const noexcept {
    const Slot* const slot = find_slot(key);
    return slot == nullptr ? nullptr : visible(*slot, snapshot);
  }

  /// The commit that last changed the slot. 0 where that does not matter to any active snapshot.
  Version changed_at(SlotKey key) const noexcept;

  /// The last commit.
  Version version() const noexcept { return version_; }
  std::uint64_t object_count() const noexcept { return object_count_; }
  /// Whether any object has, or to an active snapshot had, a replica.
  bool has_replicas() const noexcept { return replica_pages_ != 0; }
  bool has_snapshots() const noexcept { return !snapshots_.empty(); }

  /// The objects, in id order.
  Vector<ObjectId> ids() const;
  Vector<ObjectId> ids(Version snapshot) const;

  /// Calls `visit(SlotKey, const ObjectData&)` for each replica of an object.
  template <typename Visit>
  void for_each_replica(ObjectId id, Visit visit) const {
    if (!has_replicas()) return;
    for (Place place = home_place + 1; place <= highest_place_; ++place) {
      const ObjectData* replica = find({id, place});
      if (replica != nullptr && replica->exists()) visit(SlotKey{id, place}, *replica);
    }
  }

  /// An object and its replicas go, in one commit.
  void remove(ObjectId object);

  /// From now on notes which objects come to be and go, for `take_changes`.
  void keep_changes() noexcept { keeps_changes_ = true; }
  /// The objects that came or went since the last time, in order.
  Vector<ObjectId> take_changes() noexcept { return std::exchange(changes_, {}); }

  /// Keeps all that can be seen now in sight, until `release_snapshot`.
  Version take_snapshot();
  void release_snapshot(Version snapshot) noexcept;

  /// A commit that changes one slot by `change(ObjectData&, Version of this commit)`, which must not
  /// throw.
  template <typename Change>
  void change(SlotKey key, Change change) {
    Page* page = nullptr;
    try {
      page = &prepare(key);
    } catch (...) {
      abandon();
      abandon_page(key);
      throw;
    }
    begin_changes();
    amend(key, *page, change);
    remove_idle_pages();
  }

  /// A commit that changes the state of an object at home, where no snapshot is active and `agree`, which
  /// is asked last, gives true. False: nothing is done. `state` is taken where it is not wanted afterwards.
  template <typename Agree>
  bool set_state(ObjectId id, Val& state, bool is_wanted, Agree agree) noexcept {
    Page* const page = snapshots_.empty() ? find_page({id}) : nullptr;
    if (page == nullptr) return false;
    Slot& slot = page->at({id});
    if (!slot.data.exists() || !agree()) return false;
    slot.data.state = is_wanted ? state : std::move(state);
    slot.version = slot.data.written_at = page->changed_at = ++version_;
    return true;
  }

  /// A commit that changes the slot `item.key` of each item by `change(item, ObjectData&, Version of
  /// this commit)`, which must not throw. No two items have the same key.
  template <typename Items, typename Change>
  void commit(const Items& items, Change change) {
    try {
      for (const auto& item : items)
        prepare(item.key);
    } catch (...) {
      abandon();
      for (const auto& item : items)
        abandon_page(item.key);
      throw;
    }
    begin_changes();
    for (const auto& item : items) {
      amend(item.key, *find_page(item.key),
            [&](ObjectData& data, Version version) { change(item, data, version); });
    }
    remove_idle_pages();
  }

 private:
  // An older content of a slot, kept for active snapshots: it was current from `version` on.
  struct Past {
    ObjectData data;
    Version version;
    SlotKey key;
    Past* older;  // of the same slot
    Past* next;   // in the list of the newest snapshot that sees it
  };
  struct Slot {
    ObjectData data;
    Version version = 0;
    Past* past = nullptr;  // newest first; no more than there are active snapshots
    bool in_use() const noexcept { return past != nullptr || !data.is_blank(); }
  };
  static_assert(sizeof(Slot) == BlockPool::cache_line);

  static constexpr unsigned page_bits = 8;
  static constexpr std::size_t page_size = std::size_t{1} << page_bits;
  struct PageKey {
    std::uint64_t chunk;
    Place place;
    explicit PageKey(SlotKey key) noexcept : chunk(key.id.number >> page_bits), place(key.place) {}
    friend bool operator==(const PageKey&, const PageKey&) = default;
  };
  struct PageHash {
    std::size_t operator()(const PageKey& key) const noexcept {
      return key.chunk ^ (std::uint64_t{key.place} << 40U);
    }
  };
  // The slots of ids that lie together. One without a slot in use goes once no active snapshot needs
  // to know what changed in it: ids do not come back, so that nothing else would end it.
  struct alignas(BlockPool::cache_line) Page {
    Page(PageKey k, BlockPool::Block b) noexcept : key(k), block(b) {}
    Slot& at(SlotKey slot) noexcept { return slots[slot.id.number % page_size]; }
    std::array<Slot, page_size> slots;
    PageKey key;
    BlockPool::Block block;  // its memory
    std::size_t in_use = 0;
    Version changed_at = 0;
    bool is_idle = false;  // whether it is in the list of those that may go
    Page* next_idle = nullptr;
  };
  struct DeletePage {
    BlockPool* pool;
    void operator()(Page* page) const noexcept;
  };
  using PagePointer = std::unique_ptr<Page, DeletePage>;
  using Pages = boost::unordered_flat_map<PageKey, PagePointer, PageHash, std::equal_to<PageKey>,
                                          heap::Allocator<std::pair<const PageKey, PagePointer>>>;
  struct Snapshot {
    Version version;
    std::uint64_t holders;
    Past* past;  // what no newer snapshot sees
  };

  // Homes are looked for with every call: pages that were looked for lately are found without the hash table.
  struct Near {
    std::uint64_t chunk = ~std::uint64_t{0};  // no page's
    Page* page = nullptr;
  };
  static constexpr std::size_t near_count = 4'096;
  Near& near(PageKey key) const noexcept { return (*near_pages_)[key.chunk % near_count]; }

  Page* find_page(SlotKey key) const noexcept {
    const Near& found = near(PageKey(key));
    const bool is_it = found.chunk == PageKey(key).chunk && key.place == home_place;
    return is_it ? found.page : find_far_page(key);
  }
  const Slot* find_slot(SlotKey key) const noexcept {
    Page* page = find_page(key);
    return page == nullptr ? nullptr : &page->at(key);
  }
  static const ObjectData* visible(const Slot& slot, Version snapshot) noexcept {
    return slot.version <= snapshot ? &slot.data : visible_past(slot, snapshot);
  }
  static const ObjectData* visible_past(const Slot& slot, Version snapshot) noexcept;
  template <typename Exists>
  Vector<ObjectId> collect_ids(Exists exists) const;

  Page* find_far_page(SlotKey key) const noexcept;
  // One that there is not yet.
  Page& make_page(SlotKey key);
  // Keeps what active snapshots may need; after it a change of the slot cannot fail.
  Page& prepare(SlotKey key);
  void begin_changes() noexcept {
    ++version_;
    prepared_ = 0;
  }
  // Takes back what `prepare` kept for a commit that does not come, and the pages that it made.
  void abandon() noexcept;
  void abandon_page(SlotKey key) noexcept;
  void keep_past(SlotKey key, Slot& slot);
  void drop_past(Past* past) noexcept;
  void settle(Page& page, const Slot& slot, bool was_in_use, bool existed) noexcept;
  void offer_idle(Page& page) noexcept;
  void remove_idle_pages() noexcept {
    if (first_idle_ != nullptr) [[unlikely]]
      remove_old_idle_pages();
  }
  void remove_old_idle_pages() noexcept;

  template <typename Change>
  void amend(SlotKey key, Page& page, Change&& change) noexcept {
    Slot& slot = page.at(key);
    const bool was_in_use = slot.in_use();
    const bool existed = slot.data.exists();
    change(slot.data, version_);
    slot.version = version_;
    if (keeps_changes_ && key.place == home_place && slot.data.exists() != existed)
      changes_.push_back(key.id);
    if (was_in_use && existed && slot.data.exists()) {
      page.changed_at = version_;
    } else {
      settle(page, slot, was_in_use, existed);
    }
  }

  BlockPool pool_{sizeof(Page)};
  Pages pages_;
  std::unique_ptr<std::array<Near, near_count>> near_pages_;
  Version version_ = 0;
  Vector<Snapshot> snapshots_;  // oldest first
  std::uint64_t object_count_ = 0;
  Vector<ObjectId> changes_;  // with room for as many more as are prepared
  std::size_t prepared_ = 0;
  bool keeps_changes_ = false;
  std::size_t replica_pages_ = 0;
  Place highest_place_ = home_place;
  // The page of the object born last stays, else each birth after a death would make it anew.
  Page* nursery_ = nullptr;
  Page* first_idle_ = nullptr;
  Page* last_idle_ = nullptr;
};

}  // namespace avm
