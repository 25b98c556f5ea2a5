#include "asm/dis/webs.hpp"

#include <algorithm>

namespace avm::dis {
Webs::Webs(const TapeFunction& function, const FlowGraph& graph)
    : function_(function),
      graph_(graph),
      liveness_(function.code, graph),
      reached_(graph.reverse_postorder()) {
  std::ranges::sort(reached_);
  first_at_start_.resize(graph.blocks().size());
  for (const std::uint32_t block : reached_) {
    first_at_start_[block] = count();
    for (std::size_t left = liveness_.at_start(block).count(); left > 0; --left)
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

std::uint32_t Webs::web_at_start(std::uint32_t block, unsigned number) const {
  const RegisterSet& live = liveness_.at_start(block);
  const std::size_t lower = number == 0 ? 0 : (live << (live.size() - number)).count();
  return first_at_start_[block] + static_cast<std::uint32_t>(lower);
}

Webs::Holders Webs::holders_at_start(std::uint32_t block) const {
  Holders holders{};
  std::uint32_t web = first_at_start_[block];
  for (unsigned number = 0; number < holders.size(); ++number) {
    if (liveness_.at_start(block)[number]) holders[number] = web++;
  }
  return holders;
}

void Webs::walk(std::uint32_t index) {
  const BasicBlock& block = graph_.blocks()[index];
  Holders holders = holders_at_start(index);
  for (const Instruction& instruction : instructions_of(function_.code, block)) {
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
    if (liveness_.at_start(successor)[number])
      unite(holders[number], web_at_start(successor, number));
  }
}

std::vector<WebPlace> Webs::parameters() const {
  std::vector<WebPlace> result;
  for (unsigned number = 0; number < function_.parameters; ++number) {
    if (!liveness_.at_start(0)[number]) continue;
    result.push_back(
        {0, static_cast<std::uint8_t>(number), true, parents_[web_at_start(0, number)]});
  }
  return result;
}

std::vector<WebSpan> Webs::spans() const {
  std::vector<WebSpan> result(count(), {0xffffffff, 0});
  const auto stretch = [&](std::uint32_t web, std::uint32_t pc) {
    result[web] = {std::min(result[web].begin, pc), std::max(result[web].end, pc)};
  };
  const auto stretch_into = [&](std::uint32_t successor, std::uint32_t pc) {
    const RegisterSet& live = liveness_.at_start(successor);
    std::uint32_t web = first_at_start_[successor];
    for (std::size_t left = live.count(); left > 0; --left, ++web) {
      stretch(parents_[web], pc);
      stretch(parents_[web], graph_.blocks()[successor].begin);
    }
  };
  for (const WebPlace& place : parameters())
    stretch(place.web, 0);
  for (const WebPlace& place : places_)
    stretch(place.web, place.pc);
  for (const std::uint32_t index : reached_) {
    const BasicBlock& block = graph_.blocks()[index];
    if (block.next) stretch_into(*block.next, block.last);
    if (block.jump) stretch_into(*block.jump, block.last);
  }
  return result;
}

void Webs::for_each_overlap(const std::function<void(std::uint32_t, std::uint32_t)>& visit) const {
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
  const auto code = instructions_of(function_.code, block);
  const std::vector<RegisterSet> live_after = liveness_.after_each(index, code);
  Holders holders = holders_at_start(index);
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool is_unpair = code[i].op() == Op::unpair;
    const std::uint32_t pair = is_unpair ? parents_[holders[code[i].c()]] : 0;
    for (; place < places_.size() && places_[place].pc == code[i].pc; ++place) {
      if (!places_[place].is_set) continue;
      const std::uint8_t number = places_[place].number;
      holders[number] = places_[place].web;
      for (unsigned other = 0; other < holders.size(); ++other) {
        if (other != number && live_after[i][other])
          visit(holders[number], parents_[holders[other]]);
      }
    }
    // Of the two statements that it is written as the second reads the pair once more.
    if (is_unpair) visit(holders[code[i].a()], pair);
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
