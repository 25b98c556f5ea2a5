// Names for what is wrong. Here commits are taken to have happened one after the other in the order of
// their ends, which is right or wrong as far as a name goes: whether there is anything to be named is
// `serial_order`'s to say.

#include <algorithm>
#include <set>

#include "interleaving/checker.hpp"

namespace avm::test {
namespace {

using Kind = Operation::Kind;

// ─── single reads ───────────────────────────────────────────────────────────────────────────────

/// One object as a unit read it; a `scry_deep` is as many of these as it chose.
struct SingleRead {
  Object object;
  std::optional<Value> value;
  Time at;
};

std::vector<SingleRead> single_reads(const Unit& unit) {
  std::vector<SingleRead> reads;
  for (const Operation& operation : unit.operations) {
    if (operation.kind == Kind::Read)
      reads.push_back({operation.object, operation.value, operation.at});
    for (const auto& [object, value] : operation.chosen)
      reads.push_back({object, value, operation.at});
  }
  return reads;
}

bool puts(const Operation& operation, Object object, std::optional<Value> value) {
  if (operation.object != object) return false;
  switch (operation.kind) {
  case Kind::Write: return operation.value == value;
  case Kind::Create: return value == fresh;
  case Kind::Destroy: return !value.has_value();
  default: return false;
  }
}

/// Who put there what was read: nowhere, or somebody who had not committed it.
Anomaly wrong_source(const History& history, const Unit& reader, const SingleRead& read) {
  const auto initial = history.initial.find(read.object);
  const auto before =
      initial == history.initial.end() ? std::nullopt : std::optional(initial->second);
  if (read.value == before) return Anomaly::None;
  Anomaly found = Anomaly::ReadFromNowhere;
  for (const Unit& unit : history.units) {
    const auto is_source = [&](const Operation& operation) {
      return puts(operation, read.object, read.value);
    };
    if (std::ranges::none_of(unit.operations, is_source)) continue;
    if (&unit == &reader) return Anomaly::None;
    const auto left = effects(unit);
    const auto kept = left.find(read.object);
    const bool is_kept = kept != left.end() && kept->second == read.value;
    if (unit.has_committed() && is_kept && unit.end < read.at) return Anomaly::None;
    found = Anomaly::DirtyRead;
  }
  return found;
}

// ─── one unit by itself ─────────────────────────────────────────────────────────────────────────

/// What a unit knows of the objects by what it did.
class Knowledge {
 public:
  Anomaly learn(const Operation& operation) {
    const Object object = operation.object;
    switch (operation.kind) {
    case Kind::Read: return read(object, operation.value);
    case Kind::Write: own(object, *operation.value); break;
    case Kind::Create: own(object, fresh); break;
    case Kind::Scry: return scry(operation.chosen);
    case Kind::Destroy:
    case Kind::Find: break;
    }
    return Anomaly::None;
  }

 private:
  void own(Object object, Value value) {
    known_[object] = value;
    written_.insert(object);
    if (!chosen_) return;
    chosen_->erase(object);
    if (is_chosen(value)) chosen_->emplace(object, value);
  }

  Anomaly contradicted(Object object) const {
    return written_.contains(object) ? Anomaly::OwnWriteUnseen : Anomaly::NonRepeatableRead;
  }

  Anomaly read(Object object, std::optional<Value> value) {
    const auto [known, is_new] = known_.emplace(object, value);
    if (known->second != value) return contradicted(object);
    if (!is_new || !chosen_) return Anomaly::None;
    const auto seen = chosen_->find(object);
    if (seen != chosen_->end()) {
      return seen->second == value ? Anomaly::None : Anomaly::NonRepeatableRead;
    }
    return value && is_chosen(*value) ? Anomaly::Phantom : Anomaly::None;
  }

  Anomaly scry(const State& chosen) {
    for (const auto& [object, value] : known_) {
      const auto seen = chosen.find(object);
      const bool is_expected = value && is_chosen(*value);
      if (is_expected != (seen != chosen.end())) return contradicted(object);
      if (is_expected && seen->second != value) return contradicted(object);
    }
    const bool is_same = !chosen_ || *chosen_ == chosen;
    if (!is_same) {
      for (const auto& [object, value] : chosen) {
        const auto before = chosen_->find(object);
        if (before != chosen_->end() && before->second != value) return Anomaly::NonRepeatableRead;
      }
    }
    chosen_ = chosen;
    return is_same ? Anomaly::None : Anomaly::Phantom;
  }

  std::map<Object, std::optional<Value>> known_;
  std::set<Object> written_;
  std::optional<State> chosen_;  // what the latest scry saw, and the unit's own changes since
};

// ─── units among each other ─────────────────────────────────────────────────────────────────────

Unit without_scry(Unit unit) {
  std::erase_if(unit.operations,
                [](const Operation& operation) { return operation.kind == Kind::Scry; });
  return unit;
}

bool fits(const Unit& unit, State state) { return play(unit, state); }

void apply(const Unit& unit, State& state) {
  for (const auto& [object, value] : effects(unit)) {
    if (value) {
      state[object] = *value;
    } else {
      state.erase(object);
    }
  }
}

/// What both read, and both wrote.
bool is_lost_update(const Unit& a, const Unit& b) {
  const auto left_by_a = effects(a);
  const auto left_by_b = effects(b);
  for (const SingleRead& x : single_reads(a)) {
    if (!left_by_a.contains(x.object) || !left_by_b.contains(x.object)) continue;
    for (const SingleRead& y : single_reads(b)) {
      if (x.object == y.object && x.value == y.value) return true;
    }
  }
  return false;
}

class Naming {
 public:
  explicit Naming(const History& history) : history_(history), states_{history.initial} {
    for (const Unit& unit : history.units) {
      if (unit.has_committed() && !effects(unit).empty()) commits_.push_back(&unit);
    }
    std::ranges::sort(commits_, {}, &Unit::end);
    for (const Unit* unit : commits_) {
      states_.push_back(states_.back());
      apply(*unit, states_.back());
    }
  }

  Anomaly run() const {
    for (const auto step : {&Naming::wrong_sources, &Naming::contradictions, &Naming::skewed_reads,
                            &Naming::lost_updates, &Naming::skewed_writes, &Naming::stale_reads}) {
      if (const Anomaly found = (this->*step)(); found != Anomaly::None) return found;
    }
    return history_.last == states_.back() ? Anomaly::NotSerializable : Anomaly::WrongStore;
  }

 private:
  Anomaly wrong_sources() const {
    for (const Unit& unit : history_.units) {
      for (const SingleRead& read : single_reads(unit)) {
        const Anomaly found = wrong_source(history_, unit, read);
        if (found != Anomaly::None) return found;
      }
    }
    return Anomaly::None;
  }

  Anomaly contradictions() const {
    for (const Unit& unit : history_.units) {
      Knowledge knowledge;
      for (const Operation& operation : unit.operations) {
        const Anomaly found = knowledge.learn(operation);
        if (found != Anomaly::None) return found;
      }
    }
    return Anomaly::None;
  }

  /// The last state from `first` up to before `end` in which the unit could have run.
  std::optional<std::size_t> last_fit(const Unit& unit, std::size_t first, std::size_t end) const {
    for (std::size_t i = end; i > first; --i) {
      if (fits(unit, states_[i - 1])) return i - 1;
    }
    return std::nullopt;
  }

  Anomaly skewed_reads() const {
    for (const Unit& unit : history_.units) {
      if (last_fit(unit, 0, states_.size())) continue;
      return last_fit(without_scry(unit), 0, states_.size()) ? Anomaly::Phantom : Anomaly::ReadSkew;
    }
    return Anomaly::None;
  }

  Anomaly lost_updates() const {
    for (std::size_t i = 0; i < commits_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (is_lost_update(*commits_[i], *commits_[j])) return Anomaly::LostUpdate;
      }
    }
    return Anomaly::None;
  }

  /// Commits that rest on what an earlier one changed, where that one rests on what they change.
  Anomaly skewed_writes() const {
    for (std::size_t i = 0; i < commits_.size(); ++i) {
      const Unit& late = *commits_[i];
      const auto seen = last_fit(late, 0, i + 1);
      if (!seen || *seen == i) continue;
      for (std::size_t j = *seen; j < i; ++j) {
        const Unit& early = *commits_[j];
        State state = states_[last_fit(early, 0, j + 1).value_or(j)];
        apply(late, state);
        if (fits(early, state)) continue;
        const bool is_seen_by_scry =
            fits(without_scry(late), states_[i]) || fits(without_scry(early), state);
        return is_seen_by_scry ? Anomaly::Phantom : Anomaly::WriteSkew;
      }
    }
    return Anomaly::None;
  }

  Anomaly stale_reads() const {
    for (const Unit& unit : history_.units) {
      const auto ended_before = [&](Time time) {
        return static_cast<std::size_t>(
            std::ranges::count_if(commits_, [&](const Unit* other) { return other->end < time; }));
      };
      if (!last_fit(unit, ended_before(unit.begin), ended_before(unit.end) + 1))
        return Anomaly::StaleRead;
    }
    return Anomaly::None;
  }

  const History& history_;
  std::vector<const Unit*> commits_;  // those that changed something, in the order of their ends
  std::vector<State> states_;         // before the first of them, and after each
};

// ─── conflicts ──────────────────────────────────────────────────────────────────────────────────

/// Whether anything that the unit, which was refused, looked up was changed as long as it was active;
/// of one that changed nothing, whether it was destroyed.
bool is_refused_with_reason(const History& history, const Unit& refused) {
  const bool has_changes = !effects(refused).empty();
  std::set<Object> looked_up;
  bool looked_at_all = false;
  for (const Operation& operation : refused.operations) {
    if (operation.kind == Kind::Scry) {
      looked_at_all = true;
    } else {
      looked_up.insert(operation.object);
    }
  }
  for (const Unit& unit : history.units) {
    if (!unit.has_committed() || unit.end < refused.begin || unit.end > refused.end) continue;
    for (const auto& [object, value] : effects(unit)) {
      const bool counts = has_changes || !value.has_value();
      if (counts && (looked_at_all || looked_up.contains(object))) return true;
    }
  }
  return false;
}

}  // namespace

std::string_view name(Anomaly anomaly) {
  switch (anomaly) {
  case Anomaly::None: return "none";
  case Anomaly::ReadFromNowhere: return "read from nowhere";
  case Anomaly::DirtyRead: return "dirty read";
  case Anomaly::OwnWriteUnseen: return "own write unseen";
  case Anomaly::NonRepeatableRead: return "non-repeatable read";
  case Anomaly::ReadSkew: return "read skew";
  case Anomaly::Phantom: return "phantom";
  case Anomaly::LostUpdate: return "lost update";
  case Anomaly::WriteSkew: return "write skew";
  case Anomaly::StaleRead: return "stale read";
  case Anomaly::WrongStore: return "wrong store";
  case Anomaly::NotSerializable: return "not serializable";
  case Anomaly::NeedlessConflict: return "needless conflict";
  }
  return "";
}

Anomaly find_anomaly(const History& history) {
  if (!serial_order(history)) return Naming(history).run();
  for (const Unit& unit : history.units) {
    if (unit.how == Unit::End::Refused && !is_refused_with_reason(history, unit))
      return Anomaly::NeedlessConflict;
  }
  return Anomaly::None;
}

}  // namespace avm::test
