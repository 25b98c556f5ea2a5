#include "tape/flow.hpp"

#include <algorithm>
#include <functional>

#include "isa/op_table.hpp"

namespace avm {
namespace {

// Values of these kinds never have a block.
constexpr KindSet plain_kinds = kind_bit(Kind::Nat) | kind_bit(Kind::Bool) |
                                kind_bit(Kind::Object) | kind_bit(Kind::Tx) | kind_bit(Kind::Var) |
                                kind_bit(Kind::Nothing);

constexpr bool may_be_counted(KindSet kinds) { return (kinds & ~plain_kinds) != 0; }

// The kinds that the value behind operand `index` (among those that are values) has once the
// instruction has succeeded.
constexpr KindSet operand_kinds(const OpInfo& info, std::size_t index) {
  std::size_t i = 0;
  for (const OperandInfo& operand : isa::op_table[static_cast<std::size_t>(info.base)].operands()) {
    if (operand.operand_class != OperandClass::Value || i++ != index) continue;
    // An order holds between two Nats or two Strs, and a number beside it says which.
    constexpr KindSet ordered = kind_bit(Kind::Nat) | kind_bit(Kind::Str);
    const bool has_number = std::ranges::count(info.slots, Slot::Number) != 0;
    return has_number && operand.kinds == ordered ? kind_bit(Kind::Nat) : operand.kinds;
  }
  return any_kind;
}

constexpr Sets what_is_set(const OpInfo& info) {
  switch (info.op) {
  case Op::load_nat:
  case Op::load_true:
  case Op::load_false:
  case Op::load_nothing:
  case Op::add_imm_br_lt:
  case Op::add_imm_br_le: return Sets::Plain;
  case Op::load_const: return Sets::Constant;
  case Op::copy:
  case Op::move: return Sets::ItsOperand;
  default: break;
  }
  const KindSet result = isa::op_table[static_cast<std::size_t>(info.base)].result;
  return result == 0 || may_be_counted(result) ? Sets::Counted : Sets::Plain;
}

constexpr std::array<OpFlow, op_count> make_flows() {
  std::array<OpFlow, op_count> flows{};
  for (const OpInfo& info : isa::op_table) {
    OpFlow& flow = flows[static_cast<std::size_t>(info.op)];
    flow.sets = what_is_set(info);
    std::size_t operand = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto bit = static_cast<std::uint8_t>(1U << i);
      if (info.slots[i] == Slot::Take) {
        flow.takes |= bit;
        flow.clears |= bit;
      }
      if (!reads_register(info.slots[i])) continue;
      if (!may_be_counted(operand_kinds(info, operand++))) flow.clears |= bit;
    }
  }
  return flows;
}

}  // namespace

constinit const std::array<OpFlow, op_count> op_flows = make_flows();

std::vector<Instruction> instructions_of(std::span<const Word> code, const BasicBlock& block) {
  std::vector<Instruction> result;
  for (std::uint32_t pc = block.begin; pc < block.end; pc = result.back().next_pc())
    result.push_back(instruction_at(code, pc));
  return result;
}

void FlowGraph::assign(std::span<const Word> code) {
  leaders_.assign(code.size() + 1, 0);
  leaders_[0] = 1;
  for (std::uint32_t pc = 0; pc < code.size();) {
    const OpForm& form = op_forms[op_byte(code[pc])];
    const std::uint32_t next = pc + form.word_count;
    if (form.jumps) leaders_[instruction_at(code, pc).target] = 1;
    if (form.jumps || form.is_terminator) leaders_[next] = 1;
    pc = next;
  }
  blocks_.clear();
  for (std::uint32_t pc = 0; pc < code.size();) {
    BasicBlock block{.begin = pc, .end = pc, .last = pc, .next = {}, .jump = {}};
    do {
      block.last = block.end;
      block.end += op_forms[op_byte(code[block.end])].word_count;
    } while (leaders_[block.end] == 0);
    pc = block.end;
    blocks_.push_back(block);
  }
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
    const OpForm& form = op_forms[op_byte(code[blocks_[i].last])];
    if (!form.is_terminator) blocks_[i].next = i + 1;
    if (form.jumps) blocks_[i].jump = block_at(instruction_at(code, blocks_[i].last).target);
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

template <typename Set>
void FlowFacts<Set>::begin(const TapeFunction& function) {
  graph_.assign(function.code);
  const std::size_t count = graph_.blocks().size();
  facts_.resize(count);
  is_reached_.assign(count, 0);
  is_waiting_.assign(count, 0);
  order_ = graph_.reverse_postorder();
  position_.resize(count);
  for (std::uint32_t i = 0; i < order_.size(); ++i)
    position_[order_[i]] = i;
  flow_into(0, facts_at_start<Set>(function));
}

// Adds what holds on one more way to a block.
template <typename Set>
void FlowFacts<Set>::flow_into(std::uint32_t block, const Facts& more) {
  Facts& facts = facts_[block];
  if (is_reached_[block] == 0) {
    is_reached_[block] = 1;
    facts = more;
  } else {
    const Facts before = facts;
    join(facts, more);
    if (facts == before || is_waiting_[block] != 0) return;
  }
  is_waiting_[block] = 1;
  waiting_.push_back(position_[block]);
  std::ranges::push_heap(waiting_, std::greater());
}

template <typename Set>
std::optional<std::uint32_t> FlowFacts<Set>::next_block() {
  if (waiting_.empty()) return std::nullopt;
  std::ranges::pop_heap(waiting_, std::greater());
  const std::uint32_t block = order_[waiting_.back()];
  waiting_.pop_back();
  is_waiting_[block] = 0;
  return block;
}

template class FlowFacts<RegisterSet>;
template class FlowFacts<SmallRegisterSet>;

}  // namespace avm
