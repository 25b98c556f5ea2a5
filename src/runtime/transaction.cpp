#include "runtime/transaction.hpp"

#include <algorithm>

#include "runtime/planted_fault.hpp"

namespace avm {

Transaction::~Transaction() { release_snapshot(); }

void Transaction::end() noexcept {
  release_snapshot();
  has_read_all_ = false;
  touched_.clear();
  entries_.clear();
  calls_.clear();
  savepoints_.clear();
  saved_.clear();
  last_serial_ = 0;
  compact_at_ = compact_least;
}

void Transaction::release_snapshot() noexcept {
  if (std::exchange(holds_snapshot_, false)) store_.release_snapshot(snapshot_);
}

// ─── reading ────────────────────────────────────────────────────────────────────────────────────

const OverlayEntry* Transaction::changed(SlotKey key) const noexcept { return entries_.find(key); }

const ObjectData* Transaction::find(SlotKey key) const noexcept {
  if (const OverlayEntry* entry = changed(key)) return &entry->data;
  return store_.find(key, snapshot_);
}

Store::Vector<ObjectId> Transaction::observe_all() {
  has_read_all_ = !planted(Fault::newcomers_are_not_read);
  Store::Vector<ObjectId> ids = store_.ids(snapshot_);
  for (const OverlayEntry& entry : entries_) {
    if (entry.is_own() && entry.data.exists()) ids.push_back(entry.key.id);
  }
  std::ranges::sort(ids);
  for (const ObjectId id : ids)
    observe(id);
  return ids;
}

const Val* Transaction::use(ObjectId id, const Val& current) {
  Touch& used = touch(id);
  if (!used.is_used) {
    used.is_used = true;
    used.controller = current;
  }
  const Val& controller = planted(Fault::controller_at_last_use) ? current : used.controller;
  return controller.is_nothing() || is_under(controller) ? nullptr : &controller;
}

bool Transaction::is_under(const Val& controller) {
  if (controller_.is_nothing()) controller_ = controller;
  return controller == controller_;
}

Store::Vector<ObjectId> Transaction::created() const {
  Store::Vector<ObjectId> ids;
  for (const OverlayEntry& entry : entries_) {
    if (entry.is_own() && entry.data.exists()) ids.push_back(entry.key.id);
  }
  std::ranges::sort(ids);
  return ids;
}

Store::Vector<ObjectId> Transaction::destroyed() const {
  Store::Vector<ObjectId> ids;
  for (const OverlayEntry& entry : entries_) {
    if (entry.is_destroyed()) ids.push_back(entry.key.id);
  }
  std::ranges::sort(ids);
  return ids;
}

Store::Vector<ObjectId> Transaction::observed() const {
  Store::Vector<ObjectId> ids;
  for (const Touch& touched : touched_) {
    if (touched.is_read) ids.push_back(touched.id);
  }
  std::ranges::sort(ids);
  return ids;
}

// ─── changing, and taking it back ───────────────────────────────────────────────────────────────

OverlayEntry& Transaction::edit(SlotKey key) {
  const bool has_savepoint = !savepoints_.empty();
  if (OverlayEntry* const entry = entries_.find(key)) {
    if (has_savepoint && entry->saved_under < savepoints_.back().serial) {
      saved_.push_back({entries_.index_of(*entry), false, *entry});
      entry->saved_under = savepoints_.back().serial;
    }
    return *entry;
  }
  static const ObjectData none;
  const ObjectData* const present = store_.find(key, snapshot_);
  const ObjectData& data = present == nullptr ? none : *present;
  if (!has_savepoint) return entries_.push(key, Changes{0}, data, std::uint64_t{0});
  saved_.push_back({static_cast<std::uint32_t>(entries_.size()), true, {}});
  try {
    return entries_.push(key, Changes{0}, data, savepoints_.back().serial);
  } catch (...) {
    saved_.pop_back();
    throw;
  }
}

void Transaction::push_savepoint() { savepoints_.push_back({++last_serial_, saved_.size()}); }

void Transaction::release_savepoint() noexcept {
  savepoints_.pop_back();
  if (savepoints_.empty()) {
    saved_.clear();
    compact_at_ = compact_least;
  } else if (saved_.size() >= compact_at_) {
    compact();
    compact_at_ = std::max(compact_least, 2 * saved_.size());
  }
}

// Where savepoints have ended, an entry can be saved more than once under the one around them. Only
// the first of these counts.
void Transaction::compact() noexcept {
  std::size_t kept = 0;
  std::size_t next = 0;
  for (std::size_t level = 0; level < savepoints_.size(); ++level) {
    Savepoint& savepoint = savepoints_[level];
    const std::size_t end =
        level + 1 < savepoints_.size() ? savepoints_[level + 1].saved : saved_.size();
    savepoint.saved = kept;
    for (; next < end; ++next) {
      const Saved& saved = saved_[next];
      if (saved.before.saved_under >= savepoint.serial) continue;
      if (kept != next) saved_[kept] = std::move(saved_[next]);
      ++kept;
    }
  }
  saved_.erase(saved_.begin() + static_cast<std::ptrdiff_t>(kept), saved_.end());
}

void Transaction::roll_back() noexcept {
  while (saved_.size() > savepoints_.back().saved) {
    Saved& saved = saved_.back();
    if (saved.was_absent) {
      // Entries go in the opposite order of their coming, so that it is the last.
      entries_.pop();
    } else {
      entries_[saved.index] = std::move(saved.before);
    }
    saved_.pop_back();
  }
  savepoints_.pop_back();
}

// ─── committing ─────────────────────────────────────────────────────────────────────────────────

bool Transaction::has_changes() const noexcept {
  return std::ranges::any_of(entries_, &OverlayEntry::is_effective);
}

bool Transaction::conflicts() const noexcept {
  if (store_.version() == snapshot_ || planted(Fault::no_validation)) return false;
  if (planted(Fault::any_commit_conflicts)) return true;
  // What it read was one consistent state. That it changed nothing lets it stand before all that
  // came since.
  const bool has_written = has_changes();
  if (has_written && has_read_all_) return true;
  return std::ranges::any_of(touched_, [&](const Touch& touched) {
    return touched.is_read && (has_written ? was_changed(touched) : is_gone(touched.id));
  });
}

bool Transaction::is_gone(ObjectId id) const noexcept {
  const ObjectData* before = store_.find({id}, snapshot_);
  if (before == nullptr || !before->exists()) return false;
  const ObjectData* now = store_.find({id});
  return now == nullptr || !now->exists();
}

bool Transaction::was_changed(const Touch& touched) const noexcept {
  const ObjectId id = touched.id;
  // Of an object that the transaction made nobody else knows. At most a message can have come for it.
  const OverlayEntry* entry = changed({id});
  const bool is_own = entry != nullptr && entry->is_own();
  if (is_own && !touched.is_mailbox_read) return false;
  if (entry == nullptr && planted(Fault::reads_are_not_validated)) return false;
  return store_.changed_at({id}) > snapshot_ ||
         (store_.has_replicas() && store_.changed_at({id, place_}) > snapshot_);
}

bool Transaction::commit() {
  if (conflicts()) return false;
  // Nothing need be kept any more for this transaction to read.
  list_amendments();
  release_snapshot();
  if (!amendments_.empty()) store_.commit(amendments_, apply);
  return true;
}

// Creates, transfers, writes, states, destroys: the order makes no difference, since each slot is
// replaced by what came of all of them, in one step.
void Transaction::list_amendments() {
  const bool is_store_as_before = store_.version() == snapshot_;
  amendments_.clear();
  for (OverlayEntry& entry : entries_) {
    if (!entry.is_effective()) continue;
    if (entry.key.place != home_place) {
      const OverlayEntry* home = changed({entry.key.id});
      if (home != nullptr && home->is_destroyed()) continue;
    }
    const bool is_mailbox_untouched =
        !entry.is_destroyed() && (entry.changes & changes::mailbox) == 0;
    if (is_mailbox_untouched && !is_store_as_before) take_messages(entry);
    amendments_.push_back({entry.key, &entry});
    if (entry.is_destroyed()) {
      store_.for_each_replica(entry.key.id, [&](SlotKey replica, const ObjectData&) {
        amendments_.push_back({replica, nullptr});
      });
    }
  }
}

// Messages can have come meanwhile: also for an object that the transaction made.
void Transaction::take_messages(OverlayEntry& entry) const {
  const ObjectData* const now = store_.find(entry.key);
  const Mailbox present = now == nullptr ? Mailbox() : now->extras->mailbox;
  if (entry.data.extras->mailbox.is_same_as(present)) return;
  entry.data.extras = entry.data.extras.with([&](Extras& extras) { extras.mailbox = present; });
}

void Transaction::apply(const Amendment& amendment, ObjectData& data, Version version) noexcept {
  if (amendment.entry == nullptr || amendment.entry->is_destroyed()) {
    data = ObjectData();
    return;
  }
  OverlayEntry& entry = *amendment.entry;
  data = std::move(entry.data);
  if ((entry.changes & changes::content) != 0) data.written_at = version;
}

}  // namespace avm
