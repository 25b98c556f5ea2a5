#include "asm/dis/webs.hpp"

#include <algorithm>

namespace avm::dis {
namespace {

bool is_read(Slot slot) {
  return slot == Slot::Read || slot == Slot::ReadOrNone || slot == Slot::Take ||
         slot == Slot::Change;
}

bool is_set(Slot slot) {
  return slot == Slot::Set || slot == Slot::SetOrNone || slot == Slot::Change;
}

template <typename Visit>
void for_each_read(const Instruction& instruction, Visit visit) {
  // What is dropped is nothing to the source.
  if (instruction.op() == Op::drop) return;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    if (is_read(slot) && names_register(slot, instruction.bytes[i])) visit(instruction.bytes[i]);
  }
  if (!has_window(*instruction.info)) return;
  const Window window = window_of(instruction);
  for (unsigned number = window.first; number < window.end(); ++number)
    visit(static_cast<std::uint8_t>(number));
}

template <typename Visit>
void for_each_set(const Instruction& instruction, Visit visit) {
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    if (is_set(slot) && names_register(slot, instruction.bytes[i])) visit(instruction.bytes[i]);
  }
}

void step_back(RegisterSet& live, const Instruction& instruction) {
  for_each_set(instruction, [&](std::uint8_t number) { live.reset(number); });
  for_each_read(instruction, [&](std::uint8_t number) { live.set(number); });
}

}  // namespace

Webs::Webs(const TapeFunction& function, const FlowGraph& graph)
    : function_(function), graph_(graph), reached_(graph.reverse_postorder()) {
  std::ranges::sort(reached_);
  find_liveness();
  first_at_start_.resize(graph.blocks().size());
  for (const std::uint32_t block : reached_) {
    first_at_start_[block] = count();
    for (std::size_t left = live_in_[block].count(); left > 0; --left)
      add();
  }
  for (const std::uint32_t block : reached_)
    walk(block);
  // A parent is lower than its child, and so has its own root by then.
  for (std::uint32_t& parent : parents_)
    parent = parents_[parent];
  for (WebPlace& place : places_)
    place.web = parents_[place.web];
}

std::vector<Instruction> Webs::instructions(const BasicBlock& block) const {
  std::vector<Instruction> result;
  for (std::uint32_t pc = block.begin; pc < block.end; pc = result.back().next_pc())
    result.push_back(*decode(function_.code, pc));
  return result;
}

RegisterSet Webs::live_out(const BasicBlock& block) const {
  RegisterSet live;
  if (block.next) live |= live_in_[*block.next];
  if (block.jump) live |= live_in_[*block.jump];
  return live;
}

void Webs::find_liveness() {
  const auto blocks = graph_.blocks();
  live_in_.assign(blocks.size(), {});
  std::vector<std::vector<std::uint32_t>> before(blocks.size());
  for (const std::uint32_t b : reached_) {
    if (blocks[b].next) before[*blocks[b].next].push_back(b);
    if (blocks[b].jump) before[*blocks[b].jump].push_back(b);
  }
  std::vector<std::uint32_t> work = reached_;
  std::vector<bool> is_waiting(blocks.size(), true);
  while (!work.empty()) {
    const std::uint32_t b = work.back();
    work.pop_back();
    is_waiting[b] = false;
    RegisterSet live = live_out(blocks[b]);
    const auto code = instructions(blocks[b]);
    for (std::size_t i = code.size(); i > 0; --i)
      step_back(live, code[i - 1]);
    if (live == live_in_[b]) continue;
    live_in_[b] = live;
    for (const std::uint32_t earlier : before[b]) {
      if (!is_waiting[earlier]) work.push_back(earlier);
      is_waiting[earlier] = true;
    }
  }
}

std::uint32_t Webs::web_at_start(std::uint32_t block, unsigned number) const {
  const RegisterSet& live = live_in_[block];
  const std::size_t lower = number == 0 ? 0 : (live << (live.size() - number)).count();
  return first_at_start_[block] + static_cast<std::uint32_t>(lower);
}

Webs::Holders Webs::holders_at_start(std::uint32_t block) const {
  Holders holders{};
  std::uint32_t web = first_at_start_[block];
  for (unsigned number = 0; number < holders.size(); ++number) {
    if (live_in_[block][number]) holders[number] = web++;
  }
  return holders;
}

void Webs::walk(std::uint32_t index) {
  const BasicBlock& block = graph_.blocks()[index];
  Holders holders = holders_at_start(index);
  for (const Instruction& instruction : instructions(block)) {
    const auto note = [&](std::uint8_t number, bool sets) {
      places_.push_back({instruction.pc, number, sets, holders[number]});
    };
    for_each_read(instruction, [&](std::uint8_t number) { note(number, false); });
    for_each_set(instruction, [&](std::uint8_t number) {
      holders[number] = add();
      note(number, true);
    });
  }
  if (block.next) join(holders, *block.next);
  if (block.jump) join(holders, *block.jump);
}

void Webs::join(const Holders& holders, std::uint32_t successor) {
  for (unsigned number = 0; number < holders.size(); ++number) {
    if (live_in_[successor][number]) unite(holders[number], web_at_start(successor, number));
  }
}

std::vector<WebPlace> Webs::parameters() const {
  std::vector<WebPlace> result;
  for (unsigned number = 0; number < function_.parameters; ++number) {
    if (!live_in_[0][number]) continue;
    result.push_back({0, static_cast<std::uint8_t>(number), true, parents_[web_at_start(0, number)]});
  }
  return result;
}

void Webs::for_each_overlap(
    const std::function<void(std::uint32_t, std::uint32_t)>& visit) const {
  const std::vector<WebPlace> all = parameters();
  for (const WebPlace& one : all) {
    for (const WebPlace& other : all) {
      if (one.number < other.number) visit(one.web, other.web);
    }
  }
  std::size_t place = 0;
  for (const std::uint32_t block : reached_)
    note_overlaps(block, place, visit);
}

void Webs::note_overlaps(std::uint32_t index, std::size_t& place,
                         const std::function<void(std::uint32_t, std::uint32_t)>& visit) const {
  const BasicBlock& block = graph_.blocks()[index];
  const auto code = instructions(block);
  std::vector<RegisterSet> live_after(code.size());
  RegisterSet live = live_out(block);
  for (std::size_t i = code.size(); i > 0; --i) {
    live_after[i - 1] = live;
    step_back(live, code[i - 1]);
  }
  Holders holders = holders_at_start(index);
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (; place < places_.size() && places_[place].pc == code[i].pc; ++place) {
      if (!places_[place].is_set) continue;
      const std::uint8_t number = places_[place].number;
      holders[number] = places_[place].web;
      for (unsigned other = 0; other < holders.size(); ++other) {
        if (other != number && live_after[i][other]) visit(holders[number], parents_[holders[other]]);
      }
    }
  }
}

std::uint32_t Webs::add() {
  parents_.push_back(count());
  return parents_.back();
}

std::uint32_t Webs::find(std::uint32_t web) {
  while (parents_[web] != web) {
    parents_[web] = parents_[parents_[web]];
    web = parents_[web];
  }
  return web;
}

void Webs::unite(std::uint32_t a, std::uint32_t b) {
  a = find(a);
  b = find(b);
  parents_[std::max(a, b)] = std::min(a, b);
}

}  // namespace avm::dis
