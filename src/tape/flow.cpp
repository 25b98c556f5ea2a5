#include "tape/flow.hpp"

#include <algorithm>
#include <queue>

namespace avm {
namespace {

// Values of these kinds never have a block.
constexpr KindSet plain_kinds = kind_bit(Kind::Nat) | kind_bit(Kind::Bool) |
                                kind_bit(Kind::Object) | kind_bit(Kind::Tx) | kind_bit(Kind::Var) |
                                kind_bit(Kind::Nothing);

constexpr bool may_be_counted(KindSet kinds) { return (kinds & ~plain_kinds) != 0; }

std::vector<bool> find_leaders(std::span<const Word> code) {
  std::vector<bool> leaders(code.size() + 1);
  leaders[0] = true;
  for (std::uint32_t pc = 0; pc < code.size();) {
    const Instruction instruction = *decode(code, pc);
    pc = instruction.next_pc();
    if (instruction.has(Extra::Jump)) leaders[instruction.target] = true;
    if (instruction.has(Extra::Jump) || instruction.info->is_terminator()) leaders[pc] = true;
  }
  return leaders;
}

RegisterSet registers_from(unsigned first) { return ~RegisterSet{} << first; }

RegisterSet registers_in(Window window) {
  return registers_from(window.first) & ~registers_from(window.end());
}

// The kinds that the value behind operand `index` (among those that are values) has once the
// instruction has succeeded.
KindSet operand_kinds(const OpInfo& info, std::size_t index) {
  std::size_t i = 0;
  for (const OperandInfo& operand : op_info(info.base).operands()) {
    if (operand.operand_class != OperandClass::Value || i++ != index) continue;
    // An order holds between two Nats or two Strs, and a number beside it says which.
    constexpr KindSet ordered = kind_bit(Kind::Nat) | kind_bit(Kind::Str);
    const bool has_number = std::ranges::count(info.slots, Slot::Number) != 0;
    return has_number && operand.kinds == ordered ? kind_bit(Kind::Nat) : operand.kinds;
  }
  return any_kind;
}

void learn_from_operands(RegisterFacts& facts, const Instruction& instruction) {
  std::size_t operand = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    if (!reads_register(slot)) continue;
    const KindSet kinds = operand_kinds(*instruction.info, operand++);
    if (names_register(slot, instruction.bytes[i]) && !may_be_counted(kinds)) {
      facts.counted.reset(instruction.bytes[i]);
    }
  }
}

// Whether the register that the instruction sets may hold a block afterwards; `facts` is from before.
bool sets_counted(const RegisterFacts& facts, const Instruction& instruction,
                  const std::vector<bool>& counted_constants) {
  switch (instruction.op()) {
  case Op::load_nat:
  case Op::load_true:
  case Op::load_false:
  case Op::load_nothing:
  case Op::add_imm_br_lt:
  case Op::add_imm_br_le: return false;
  case Op::load_const: return counted_constants[instruction.constant];
  case Op::copy:
  case Op::move: return facts.counted[instruction.b()];
  default: break;
  }
  const KindSet result = op_info(instruction.info->base).result;
  return result == 0 || may_be_counted(result);
}

void clear(RegisterFacts& facts, const RegisterSet& registers) {
  facts.set &= ~registers;
  facts.counted &= ~registers;
}

void take_window(RegisterFacts& facts, const Instruction& instruction) {
  const Window window = window_of(instruction);
  // The frame of the function that is applied lies where the window begins.
  const bool is_frame = instruction.op() == Op::apply;
  clear(facts, is_frame ? registers_from(window.first) : registers_in(window));
}

// Adds what holds on one more way to a block; says whether that changed anything.
bool merge(std::optional<RegisterFacts>& facts, const RegisterFacts& more) {
  if (!facts) {
    facts = more;
    return true;
  }
  const RegisterFacts before = *facts;
  facts->set &= more.set;
  facts->counted |= more.counted;
  return *facts != before;
}

}  // namespace

std::vector<Instruction> instructions_of(std::span<const Word> code, const BasicBlock& block) {
  std::vector<Instruction> result;
  for (std::uint32_t pc = block.begin; pc < block.end; pc = result.back().next_pc())
    result.push_back(*decode(code, pc));
  return result;
}

FlowGraph::FlowGraph(std::span<const Word> code) {
  const std::vector<bool> leaders = find_leaders(code);
  for (std::uint32_t pc = 0; pc < code.size();) {
    if (leaders[pc])
      blocks_.push_back({.begin = pc, .end = pc, .last = pc, .next = {}, .jump = {}});
    blocks_.back().last = pc;
    pc = decode(code, pc)->next_pc();
    blocks_.back().end = pc;
  }
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
    const Instruction last = *decode(code, blocks_[i].last);
    if (!last.info->is_terminator()) blocks_[i].next = i + 1;
    if (last.has(Extra::Jump)) blocks_[i].jump = block_at(last.target);
  }
}

std::uint32_t FlowGraph::block_at(std::uint32_t pc) const noexcept {
  const auto after = std::ranges::upper_bound(blocks_, pc, {}, &BasicBlock::begin);
  return static_cast<std::uint32_t>(after - blocks_.begin()) - 1;
}

std::vector<std::uint32_t> FlowGraph::reverse_postorder() const {
  struct Visit {
    std::uint32_t block;
    unsigned done;  // successors that have been followed
  };
  std::vector<std::uint32_t> order;
  std::vector<bool> seen(blocks_.size());
  std::vector<Visit> stack{{0, 0}};
  seen[0] = true;
  while (!stack.empty()) {
    Visit& visit = stack.back();
    if (visit.done == 2) {
      order.push_back(visit.block);
      stack.pop_back();
      continue;
    }
    const BasicBlock& block = blocks_[visit.block];
    const auto successor = visit.done++ == 0 ? block.jump : block.next;
    if (!successor || seen[*successor]) continue;
    seen[*successor] = true;
    stack.push_back({*successor, 0});
  }
  std::ranges::reverse(order);
  return order;
}

RegisterFacts facts_at_start(const TapeFunction& function) {
  const RegisterSet parameters = registers_in({0, function.parameters});
  return {parameters, parameters};
}

std::vector<bool> counted_constants(const ConstantPool& pool) {
  std::vector<bool> counted(pool.size());
  std::vector<std::uint8_t> just_depth(pool.size());
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    const ConstantPool::Node& node = pool[i];
    switch (node.kind) {
    case Kind::Str: counted[i] = node.text.size() > Val::inline_str_max; break;
    case Kind::List: counted[i] = !node.parts.empty(); break;
    case Kind::Pair: counted[i] = true; break;
    case Kind::Just:
      counted[i] = counted[node.parts[0]] || just_depth[node.parts[0]] == Val::inline_just_max;
      if (!counted[i]) just_depth[i] = static_cast<std::uint8_t>(just_depth[node.parts[0]] + 1);
      break;
    default: break;
    }
  }
  return counted;
}

void advance(RegisterFacts& facts, const Instruction& instruction,
             const std::vector<bool>& counted_constants) {
  const bool counted = sets_counted(facts, instruction, counted_constants);
  learn_from_operands(facts, instruction);
  for (std::size_t i = 0; i < 3; ++i) {
    if (instruction.info->slots[i] == Slot::Take)
      clear(facts, RegisterSet{}.set(instruction.bytes[i]));
  }
  if (has_window(*instruction.info)) take_window(facts, instruction);
  for_each_set(instruction, [&](std::uint8_t number) {
    facts.set.set(number);
    facts.counted.set(number, counted);
  });
}

void advance_jump(RegisterFacts& facts, const Instruction& instruction) {
  if (instruction.op() == Op::br_nothing) facts.counted.reset(instruction.a());
}

std::vector<std::optional<RegisterFacts>> facts_at_blocks(
    const TapeFunction& function, const FlowGraph& graph,
    const std::vector<bool>& counted_constants) {
  const auto blocks = graph.blocks();
  const std::vector<std::uint32_t> order = graph.reverse_postorder();
  std::vector<std::uint32_t> position(blocks.size());
  for (std::uint32_t i = 0; i < order.size(); ++i)
    position[order[i]] = i;

  std::vector<std::optional<RegisterFacts>> facts(blocks.size());
  // Blocks whose facts have changed, by their position: the earliest first, so that what leads to
  // a block is mostly settled when its turn comes.
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> waiting;
  std::vector<bool> is_waiting(blocks.size());
  const auto flow_into = [&](std::uint32_t block, const RegisterFacts& more) {
    if (!merge(facts[block], more) || is_waiting[block]) return;
    is_waiting[block] = true;
    waiting.push(position[block]);
  };

  flow_into(0, facts_at_start(function));
  while (!waiting.empty()) {
    const std::uint32_t index = order[waiting.top()];
    waiting.pop();
    is_waiting[index] = false;
    const BasicBlock& block = blocks[index];
    RegisterFacts current = *facts[index];
    Instruction instruction;
    for (std::uint32_t pc = block.begin; pc < block.end; pc = instruction.next_pc()) {
      instruction = *decode(function.code, pc);
      advance(current, instruction, counted_constants);
    }
    if (block.next) flow_into(*block.next, current);
    if (!block.jump) continue;
    advance_jump(current, instruction);
    flow_into(*block.jump, current);
  }
  return facts;
}

}  // namespace avm
