#include "asm/dis/register_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "asm/dis/webs.hpp"

namespace avm::dis {
namespace {

// Those behind them are bound to names (`lowering::bound_number`).
constexpr unsigned numbered_registers = 250;

constexpr std::uint32_t no_name = 0xffffffff;
constexpr std::uint32_t several_names = 0xfffffffe;

// `%_250` and the like say where a register lies, whatever the debug section means by it.
bool is_bound(std::string_view name) { return name.starts_with("_25"); }

constexpr std::uint64_t place_key(std::uint32_t pc, std::uint8_t number) {
  return std::uint64_t{pc} << 8U | number;
}

// The names that the debug section gives, each a number.
class DebugNames {
 public:
  explicit DebugNames(const FunctionDebug& debug) {
    for (const FunctionDebug::Register& entry : debug.registers) {
      if (!is_bound(entry.name))
        by_register_[entry.number].push_back({entry.from, entry.to, number_of(entry.name)});
    }
  }

  /// `no_name` where there is none.
  std::uint32_t at(std::uint8_t number, std::uint32_t pc) const {
    const auto& entries = by_register_[number];
    const auto after = std::ranges::upper_bound(entries, pc, {}, &Entry::from);
    if (after == entries.begin() || pc >= std::prev(after)->to) return no_name;
    return std::prev(after)->name;
  }

  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  struct Entry {
    std::uint32_t from;
    std::uint32_t to;
    std::uint32_t name;
  };

  std::uint32_t number_of(const std::string& name) {
    const auto next = static_cast<std::uint32_t>(names_.size());
    const auto [found, is_new] = numbers_.emplace(name, next);
    if (is_new) names_.push_back(name);
    return found->second;
  }

  std::array<std::vector<Entry>, 256> by_register_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

// For each web its name.
std::vector<std::uint32_t> names_of_webs(const Webs& webs, const DebugNames& debug) {
  std::vector<std::uint32_t> result(webs.count(), no_name);
  for (const WebPlace& place : webs.places()) {
    // Where a register is set its name has not begun yet.
    if (place.is_set) continue;
    const std::uint32_t name = debug.at(place.number, place.pc);
    if (name == no_name) continue;
    std::uint32_t& known = result[place.web];
    known = known == no_name || known == name ? name : several_names;
  }
  std::ranges::replace(result, several_names, no_name);
  return result;
}

void forget_names_used_twice_at_once(std::vector<std::uint32_t>& names, std::size_t name_count,
                                     const Webs& webs) {
  std::vector<bool> is_ambiguous(name_count);
  webs.for_each_overlap([&](std::uint32_t a, std::uint32_t b) {
    if (names[a] != no_name && names[a] == names[b]) is_ambiguous[names[a]] = true;
  });
  for (std::uint32_t& name : names) {
    if (name != no_name && is_ambiguous[name]) name = no_name;
  }
}

// How many of the webs that have names are in use at once.
std::size_t named_at_once(const std::vector<std::uint32_t>& names, const Webs& webs) {
  std::vector<std::uint32_t> begins;
  std::vector<std::uint32_t> ends;
  const std::vector<WebSpan> spans = webs.spans();
  for (std::size_t web = 0; web < names.size(); ++web) {
    if (names[web] == no_name) continue;
    begins.push_back(spans[web].begin);
    ends.push_back(spans[web].end);
  }
  std::ranges::sort(begins);
  std::ranges::sort(ends);
  std::size_t most = 0;
  std::size_t ended = 0;
  for (std::size_t begun = 0; begun < begins.size(); ++begun) {
    while (ends[ended] < begins[begun])
      ++ended;
    most = std::max(most, begun + 1 - ended);
  }
  return most;
}

// The assembler keeps a register that goes by its number for itself throughout, and finds others for
// those that have names. Above all of them it may need one for each value of a window, which with
// names need not lie together, and one or two for what is changed in place.
bool fits(const std::vector<std::uint32_t>& names, const Webs& webs, const TapeFunction& function,
          const FlowGraph& graph) {
  RegisterSet numbered;
  for (unsigned number = 0; number < function.parameters; ++number)
    numbered.set(number);
  for (const WebPlace& place : webs.places()) {
    if (names[place.web] == no_name) numbered.set(place.number);
  }
  std::size_t window = 2;
  for (const BasicBlock& block : graph.blocks()) {
    for (const Instruction& instruction : instructions_of(function.code, block)) {
      if (has_window(*instruction.info))
        window = std::max<std::size_t>(window, window_of(instruction).count);
    }
  }
  const std::size_t together = numbered.count() + named_at_once(names, webs);
  std::size_t end = together;
  for (std::size_t number = 0; number < numbered.size(); ++number) {
    if (numbered[number]) end = std::max(end, number + 1);
  }
  return together <= numbered_registers && end + window <= registers_max;
}

}  // namespace

RegisterNames::RegisterNames(const TapeFunction& function, const FlowGraph& graph, bool use_debug) {
  if (use_debug && function.debug) {
    DebugNames debug(function.debug.unpack());
    const Webs webs(function, graph);
    std::vector<std::uint32_t> names = names_of_webs(webs, debug);
    names_ = debug.take_names();
    forget_names_used_twice_at_once(names, names_.size(), webs);
    if (!fits(names, webs, function, graph)) std::ranges::fill(names, no_name);
    const auto note = [&](std::vector<Place>& places, const WebPlace& place) {
      const std::uint32_t name = names[place.web];
      if (name != no_name) places.push_back({place_key(place.pc, place.number), name});
    };
    for (const WebPlace& place : webs.places())
      note(place.is_set ? sets_ : reads_, place);
    for (const WebPlace& place : webs.parameters())
      note(parameters_, place);
    std::ranges::sort(reads_, {}, &Place::key);
    std::ranges::sort(sets_, {}, &Place::key);
  }
  while (std::ranges::find(names_, unused_) != names_.end())
    unused_ += "_";
}

std::string RegisterNames::text(const std::vector<Place>& places, std::uint32_t pc,
                                std::uint8_t number) const {
  const std::uint64_t key = place_key(pc, number);
  const auto found = std::ranges::lower_bound(places, key, {}, &Place::key);
  if (found != places.end() && found->key == key) return "%" + names_[found->name];
  return (number < numbered_registers ? "%" : "%_") + std::to_string(number);
}

std::string RegisterNames::read(std::uint32_t pc, std::uint8_t number) const {
  return text(reads_, pc, number);
}

std::string RegisterNames::set(std::uint32_t pc, std::uint8_t number) const {
  return text(sets_, pc, number);
}

std::string RegisterNames::parameter(std::uint8_t number) const {
  return text(parameters_, 0, number);
}

}  // namespace avm::dis
