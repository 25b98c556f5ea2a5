// Transaction: what one execution has changed since `begin_tx` and not yet committed (book chapter
// "Transactions").
//
// Serializable snapshot isolation. Reads see the store as it was when the transaction began, and over
// it the transaction's own changes. All ids that were looked up make the read set: a commit succeeds
// only where nothing of it was changed by another commit since. To begin costs constant time, to
// commit what was read and changed.
//
// Savepoints nest: a call that fails has its changes undone. They cost constant time; what they keep
// is one older version of each object that changed under each savepoint that is still open, times a
// constant, however many calls came and went.
//
// Threads: one thread. Errors: what needs memory throws std::bad_alloc; the store is as it was then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/keyed_vector.hpp"
#include "runtime/store.hpp"

namespace avm {

/// What a transaction did to an object: bits.
using Changes = std::uint8_t;
namespace changes {
inline constexpr Changes birth = 1;
inline constexpr Changes content = 2;
inline constexpr Changes mailbox = 4;
inline constexpr Changes controller = 8;
inline constexpr Changes place = 16;  // never inside a transaction
inline constexpr Changes death = 32;
}  // namespace changes

/// The changed copy of a slot. Where an object was made and destroyed in the same transaction, it does
/// not exist.
struct OverlayEntry {
  SlotKey key;
  Changes changes = 0;
  ObjectData data;
  std::uint64_t saved_under = 0;  // the serial of the savepoint under which it was last saved

  bool is_destroyed() const noexcept { return (changes & changes::death) != 0; }
  bool is_own() const noexcept { return (changes & changes::birth) != 0; }
  /// Whether a commit has to do anything.
  bool is_effective() const noexcept { return changes != 0 && (data.exists() || !is_own()); }
};

class Transaction {
 public:
  /// One that has not begun.
  explicit Transaction(Store& store) : store_(store) {}
  ~Transaction();
  /// It is a new one, in the memory of one that has ended. `owner`: which activation began it. `controller`: Maybe.
  /// `place`: the number of the machine that it runs on, which does not change as long as it is active.
  /// Gives nothing up where it throws.
  void begin(TxId id, std::uint64_t owner, Val controller, Place place) {
    snapshot_ = store_.take_snapshot();
    holds_snapshot_ = true;
    id_ = id;
    owner_ = owner;
    controller_ = std::move(controller);
    place_ = place;
  }
  /// Drops all that it holds of the store.
  void end() noexcept;
  /// Whether it has little memory.
  bool is_small() const noexcept {
    const auto bytes = [](const auto& items) { return items.capacity() * sizeof(*items.begin()); };
    return bytes(touched_) + bytes(entries_) + bytes(calls_) + bytes(savepoints_) + bytes(saved_) +
               bytes(amendments_) <=
           16'384;
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  TxId id() const noexcept { return id_; }
  std::uint64_t owner() const noexcept { return owner_; }
  const Val& controller() const noexcept { return controller_; }

  // Reading.

  /// What the slot holds in the transaction's view; null where it never held anything.
  const ObjectData* find(SlotKey key) const noexcept;
  const OverlayEntry* changed(SlotKey key) const noexcept;
  /// Puts an id into the read set.
  void observe(ObjectId id) { touch(id).is_read = true; }
  /// Takes note that it depends on which messages wait for the object.
  void observe_mailbox(ObjectId id) { touch(id).is_mailbox_read = true; }
  /// All objects of its view, in id order; all of them, and those to come, are read.
  Store::Vector<ObjectId> observe_all();

  /// Takes note that the transaction uses an object, which has the controller `current` (Maybe) in its
  /// view. Gives the controller where it is another than the transaction's, else null.
  const Val* use(ObjectId id, const Val& current);

  // Changing.

  /// The overlay's copy of a slot, to be changed; the caller adds to its `changes`.
  OverlayEntry& edit(SlotKey key);
  void log_call(ObjectId id, const Val& input) { calls_.push_back({id, input}); }

  void push_savepoint();
  /// Ends the innermost savepoint; the changes since stay.
  void release_savepoint() noexcept;
  /// Ends the innermost savepoint and takes back the changes since. What was read and used, and the
  /// list of calls, stay.
  void roll_back() noexcept;

  /// Applies everything as one commit, or nothing: false where it conflicts with another one.
  bool commit();

  // For `reify_tx_state`.
  struct Call {
    ObjectId id;
    Val input;
  };
  const Store::Vector<Call>& calls() const noexcept { return calls_; }
  Store::Vector<ObjectId> created() const;
  Store::Vector<ObjectId> destroyed() const;
  Store::Vector<ObjectId> observed() const;

 private:
  struct KeyHash {
    std::size_t operator()(const SlotKey& key) const noexcept {
      return key.id.number ^ (std::uint64_t{key.place} << 40U);
    }
  };
  struct IdHash {
    std::size_t operator()(ObjectId id) const noexcept { return id.number; }
  };
  // What it had to do with an object so far.
  struct Touch {
    ObjectId id;
    bool is_read = false;
    bool is_mailbox_read = false;
    bool is_used = false;
    Val controller = Val::nothing();  // Maybe; at its first use
  };
  struct Savepoint {
    std::uint64_t serial;
    std::size_t saved;  // how many there were when it began
  };
  // An entry as it was before its first change under a savepoint.
  struct Saved {
    std::uint32_t index;
    bool was_absent;
    OverlayEntry before;
  };
  struct Amendment {
    SlotKey key;
    OverlayEntry* entry;  // null: a replica goes, together with its home
  };

  Touch& touch(ObjectId id) {
    Touch* const touched = touched_.find(id);
    return touched == nullptr ? touched_.push(id) : *touched;
  }
  // Whether it is the transaction's controller, which it becomes where there is none.
  bool is_under(const Val& controller);
  void compact() noexcept;
  bool has_changes() const noexcept;
  bool conflicts() const noexcept;
  bool is_gone(ObjectId id) const noexcept;
  bool was_changed(const Touch& touch) const noexcept;
  void list_amendments();
  void take_messages(OverlayEntry& entry) const;
  static void apply(const Amendment& amendment, ObjectData& data, Version version) noexcept;
  void release_snapshot() noexcept;

  Store& store_;
  TxId id_;
  std::uint64_t owner_ = 0;
  Val controller_;
  Place place_ = home_place;
  Version snapshot_ = 0;
  bool holds_snapshot_ = false;
  bool has_read_all_ = false;

  KeyedVector<Touch, &Touch::id, IdHash> touched_;
  KeyedVector<OverlayEntry, &OverlayEntry::key, KeyHash> entries_;
  Store::Vector<Call> calls_;

  Store::Vector<Savepoint> savepoints_;
  Store::Vector<Saved> saved_;
  std::uint64_t last_serial_ = 0;
  std::size_t compact_at_ = compact_least;
  static constexpr std::size_t compact_least = 64;

  Store::Vector<Amendment> amendments_;  // of the commit that is under way
};

}  // namespace avm
