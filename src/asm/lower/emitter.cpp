#include "asm/lower/emitter.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "asm/lower/register_set.hpp"
#include "tape/register_facts.hpp"

namespace avm::lowering {
namespace {

using ast::Index;
using ast::NodeKind;
using ast::none;

// Lists up to here are made from a window of registers; longer ones element by element.
constexpr std::uint32_t window_elements_max = 32;
constexpr std::uint32_t window_aggregates_max = 8;
// The same for lists where temporaries are few.
constexpr std::uint32_t tight_elements_max = 1;
// Temporaries that are enough for most aggregates.
constexpr std::uint32_t temporaries_wanted = 64;

// Ends the lowering of one function.
struct CannotLower {
  std::string message;
};

[[noreturn]] void out_of_registers() {
  throw CannotLower{"this needs more registers than a function has (" +
                    std::to_string(registers_max) + ")"};
}

}  // namespace

/// Which machine registers are live behind each item. `Set` has room for all of them.
template <typename Set>
class ItemLiveness {
 public:
  /// From the last block to the first: one look at each is enough where nothing leads back.
  void find(const Graph& graph, const Registers& registers) {
    const auto blocks = graph.blocks();
    live_.resize(graph.items().size());
    live_in_.assign(blocks.size(), {});
    for (auto b = static_cast<std::uint32_t>(blocks.size()); b > 0; --b)
      update(graph, registers, b - 1);
    if (!graph.has_loops()) return;

    std::vector<std::uint32_t> work;
    std::vector<bool> queued(blocks.size(), true);
    for (std::uint32_t b = 0; b < blocks.size(); ++b)
      work.push_back(b);
    while (!work.empty()) {
      const std::uint32_t b = work.back();
      work.pop_back();
      queued[b] = false;
      if (!update(graph, registers, b)) continue;
      for (const std::uint32_t before : blocks[b].predecessors) {
        if (!queued[before]) work.push_back(before);
        queued[before] = true;
      }
    }
  }

  const Set& behind(std::uint32_t item) const { return live_[item]; }

 private:
  /// Finds what is live behind the items of a block; says whether its start changed.
  bool update(const Graph& graph, const Registers& registers, std::uint32_t index) {
    const Block& block = graph.blocks()[index];
    Set live;
    for (const std::uint32_t next : block.successors)
      live |= live_in_[next];
    for (std::uint32_t item = block.end; item > block.begin; --item) {
      live_[item - 1] = live;
      step_back(graph, registers, item - 1, live);
    }
    return std::exchange(live_in_[index], live) != live;
  }

  static void step_back(const Graph& graph, const Registers& registers, std::uint32_t item,
                        Set& live) {
    const auto occurrences = graph.occurrences(item);
    const auto first =
        static_cast<std::size_t>(occurrences.data() - graph.all_occurrences().data());
    Set set;
    Set read;
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
      const Web& web = registers.web(first + i);
      if (!web.is_fused) (occurrences[i].is_set ? set : read)[web.machine] = true;
    }
    live = (live & ~set) | read;
  }

  std::vector<Set> live_in_;  // by block
  std::vector<Set> live_;     // by item
};

class Emitter::State {
 public:
  State(const ModuleContext& context, const Graph& graph)
      : context_(context), module_(context.module), graph_(graph) {}

  std::expected<const Code*, EmitError> run(const ast::Function& function,
                                            const Registers& registers) {
    begin(function, registers);
    find_liveness();
    try {
      for (const Block& block : graph_.blocks())
        emit_block(block);
      forget_reads();
    } catch (CannotLower& reason) {
      reads_left_.fill(0);
      return std::unexpected(EmitError{span_, std::move(reason.message)});
    }
    return &code_;
  }

  const std::vector<std::uint32_t>& item_pcs() const noexcept { return item_pcs_; }

 private:
  void begin(const ast::Function& function, const Registers& registers) {
    function_ = &function;
    registers_ = &registers;
    is_tight_ = registers.count() + widest_statement() > registers_max;
    code_.words.clear();
    code_.jumps.clear();
    code_.lines.clear();
    code_.registers = 0;
    code_.label_pcs.assign(function.labels.size(), none);
    next_label_ = 0;
    need_.clear();
    tasks_.clear();
    item_ = 0;
    item_pcs_.assign(graph_.items().size(), 0);
    for (const Occurrence& occurrence : graph_.all_occurrences()) {
      if (occurrence.node != none)
        context_.node_register[occurrence.node] = web(occurrence).machine;
    }
  }

  std::size_t occurrence_index(const Occurrence& occurrence) const {
    return static_cast<std::size_t>(&occurrence - graph_.all_occurrences().data());
  }

  const Web& web(const Occurrence& occurrence) const {
    return registers_->web(occurrence_index(occurrence));
  }

  bool are_few() const { return registers_->count() <= SmallRegisterSet().size(); }

  void find_liveness() {
    if (are_few())
      small_liveness_.find(graph_, *registers_);
    else
      liveness_.find(graph_, *registers_);
  }

  RegisterSet live_behind(std::uint32_t item) const {
    return are_few() ? RegisterSet(small_liveness_.behind(item).to_ullong())
                     : liveness_.behind(item);
  }

  // Words.

  std::uint32_t emit(Op op, unsigned a = 0, unsigned b = 0, unsigned c = 0) {
    code_.words.push_back(make_word(op, static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b),
                                    static_cast<std::uint8_t>(c)));
    // These words set no other byte; and what one reads another has set, or it is a parameter.
    if ((form_of(op).sets & 1U) != 0 && a != no_register)
      code_.registers = std::max(code_.registers, a + 1);
    compared_ = is_fusible_compare(op) ? a : none_register;
    return code_.pc() - 1;
  }

  void emit_extra(Word word) { code_.words.push_back(word); }

  void emit_jump(Op op, Index label, unsigned a = 0, unsigned b = 0, unsigned c = 0) {
    const std::uint32_t instruction = emit(op, a, b, c);
    code_.jumps.emplace_back(instruction, code_.pc(), label);
    emit_extra(0);
  }

  void mark_line(const ast::Span& span) { code_.lines.emplace_back(code_.pc(), span); }

  // Temporaries.

  unsigned temporary() {
    if (temporary_ >= registers_max) out_of_registers();
    return temporary_++;
  }

  bool is_temporary(unsigned reg) const { return reg >= first_temporary_; }

  std::uint32_t widest_statement() const {
    std::uint32_t widest = temporaries_wanted;
    for (const ast::Statement& statement : function_->statements)
      widest = std::max(widest, statement.operand_count);
    return widest;
  }

  // Temporaries lie above all registers of the function; where too few are left there, above those
  // that hold something around this item.
  void find_temporaries(std::uint32_t item) {
    first_temporary_ = registers_->count();
    if (is_tight_) {
      first_temporary_ = end_of(live_after_);
      for (const Occurrence& occurrence : graph_.occurrences(item)) {
        if (!web(occurrence).is_fused)
          first_temporary_ = std::max(first_temporary_, web(occurrence).machine + 1U);
      }
    }
    temporary_ = first_temporary_;
  }

  // Registers of the current item.

  unsigned machine_of(Index node) const { return context_.node_register[node]; }

  bool is_register(Index node) const { return module_.nodes[node].kind == NodeKind::Register; }

  // Whether this read of `reg` is the last thing that happens to its value.
  bool is_last_read(unsigned reg) const {
    return reads_left_[reg] == 1 && (!live_after_[reg] || reg == result_);
  }

  void count_read(unsigned reg) { --reads_left_[reg]; }

  /// Of the item that was the current one.
  void forget_reads() {
    for (const Occurrence& occurrence : graph_.occurrences(item_))
      reads_left_[web(occurrence).machine] = 0;
  }

  void begin_item(std::uint32_t item) {
    forget_reads();
    item_ = item;
    find_temporaries(item);
    result_ = none_register;
    result_is_read_ = false;
    for (const Occurrence& occurrence : graph_.occurrences(item)) {
      const Web& w = web(occurrence);
      if (w.is_fused) continue;
      if (!occurrence.is_set) {
        ++reads_left_[w.machine];
      } else if (occurrence.node == none) {
        result_ = w.machine;
        result_is_read_ = w.reads > 0;
      }
    }
  }

  // Items.

  void emit_block(const Block& block) {
    compared_ = none_register;
    for (std::uint32_t item = block.begin; item < block.end; ++item) {
      const std::uint32_t fused = fused_items(item, block.end);
      live_after_ = live_behind(item + fused);
      emit_item(item, fused);
      for (std::uint32_t i = item; i <= item + fused; ++i)
        item_pcs_[i] = code_.pc();
      item += fused;
    }
  }

  // How many items behind this one are made with it in one word.
  std::uint32_t fused_items(std::uint32_t item, std::uint32_t end) const {
    if (is_fused_compare(item)) return 1;
    if (item + 2 >= end) return 0;
    const ast::Statement* add = whole(item);
    if (add == nullptr || add->kind != ast::StatementKind::Op || add->op != Op::add) return 0;
    if (!is_fused_compare(item + 1)) return 0;
    const ast::Statement* compare = whole(item + 1);
    if (compare->op != Op::lt && compare->op != Op::le) return 0;
    if (add->result == none || !small_number(operand(*add, 1))) return 0;
    const Index x = operand(*add, 0);
    const Index left = operand(*compare, 0);
    const Index right = operand(*compare, 1);
    if (!is_register(x) || !is_register(left) || !is_register(right)) return 0;
    const auto adds = graph_.occurrences(item);
    const auto compares = graph_.occurrences(item + 1);
    const bool same = web(adds[0]).machine == web(adds.back()).machine &&
                      web(compares[0]).machine == web(adds.back()).machine;
    return same ? 2 : 0;
  }

  const ast::Statement* whole(std::uint32_t item) const {
    if (graph_.items()[item].part != Part::Whole) return nullptr;
    return &function_->statements[graph_.items()[item].statement];
  }

  bool is_fused_compare(std::uint32_t item) const {
    const auto occurrences = graph_.occurrences(item);
    return !occurrences.empty() && occurrences.back().is_set && web(occurrences.back()).is_fused;
  }

  Index operand(const ast::Statement& statement, std::uint32_t i) const {
    return module_.children[statement.first_operand + i];
  }

  void emit_item(std::uint32_t item, std::uint32_t fused) {
    begin_item(item);
    const Item& it = graph_.items()[item];
    if (it.part == Part::Entry) {
      emit_entry(item);
      return;
    }
    const ast::Statement& statement = function_->statements[it.statement];
    span_ = statement.span;
    if (it.part != Part::Bind) bind_labels(item);
    mark_line(statement.span);
    statement_ = &statement;
    if (fused > 0) {
      emit_fused(item, fused);
    } else if (it.part == Part::Test) {
      emit_test(operand(statement, 0), operand(statement, 1), statement.label);
    } else if (it.part == Part::Bind) {
      emit_bind(item, operand(statement, 0), operand(statement, 1));
    } else if (statement.kind == ast::StatementKind::Assign) {
      put(operand(statement, 0), result_);
    } else if (statement.kind == ast::StatementKind::Apply) {
      emit_apply(statement);
    } else {
      emit_op(statement);
    }
  }

  void bind_labels(std::uint32_t item) {
    // Labels stand in the order of their statements.
    while (next_label_ < function_->labels.size() &&
           function_->labels[next_label_].statement < graph_.items()[item].statement) {
      ++next_label_;
    }
    while (next_label_ < function_->labels.size() &&
           function_->labels[next_label_].statement == graph_.items()[item].statement) {
      code_.label_pcs[next_label_++] = code_.pc();
    }
  }

  void emit_entry(std::uint32_t item) {
    span_ = function_->name_span;
    const auto parameters = graph_.occurrences(item);
    if (parameters.empty()) return;
    if (function_->kind != FunctionKind::Pure) {
      mark_line(function_->name_span);
      const Web& w = web(parameters[0]);
      emit(Op::get_input, w.reads > 0 ? w.machine : no_register);
      return;
    }
    move_parameters(parameters);
  }

  // Parameters arrive in registers 0 and up. Where one has to go elsewhere, it may have to go where
  // another arrives: then all of them go by way of temporaries.
  void move_parameters(std::span<const Occurrence> parameters) {
    std::vector<std::pair<unsigned, unsigned>> moves;
    for (unsigned i = 0; i < parameters.size(); ++i) {
      const Web& w = web(parameters[i]);
      if (w.reads > 0 && w.machine != i) moves.emplace_back(i, w.machine);
    }
    const bool collide =
        std::ranges::any_of(moves, [&](auto m) { return m.second < parameters.size(); });
    temporary_ = std::max<unsigned>(temporary_, static_cast<unsigned>(parameters.size()));
    if (collide) {
      for (auto& [from, to] : moves) {
        const unsigned t = temporary();
        emit(Op::move, t, from);
        from = t;
      }
    }
    for (const auto& [from, to] : moves)
      emit(Op::move, to, from);
  }

  // Values.

  std::optional<unsigned> number_of(Index node, std::uint64_t most) const {
    if (!module_.nodes[node].is_constant) return std::nullopt;
    const ast::Node& value = module_.nodes[context_.constants.resolve(node)];
    if (value.kind != NodeKind::Nat || value.number > most) return std::nullopt;
    return static_cast<unsigned>(value.number);
  }

  std::optional<unsigned> small_number(Index node) const { return number_of(node, 255); }

  void load(Index node, unsigned to) {
    if (const auto number = number_of(node, 65535)) {
      emit(Op::load_nat, to, *number & 0xffU, *number >> 8U);
      return;
    }
    if (const auto op = load_of(module_.nodes[context_.constants.resolve(node)])) {
      emit(*op, to);
      return;
    }
    emit(Op::load_const, to);
    emit_extra(context_.constants[node]);
  }

  // The word that loads this very value.
  static std::optional<Op> load_of(const ast::Node& value) {
    switch (value.kind) {
    case NodeKind::Bool: return value.number != 0 ? Op::load_true : Op::load_false;
    case NodeKind::Nothing: return Op::load_nothing;
    default: return std::nullopt;
    }
  }

  void take_register(unsigned from, unsigned to) {
    const bool last = is_last_read(from) || (from == to);
    count_read(from);
    if (from != to) emit(last ? Op::move : Op::copy, to, from);
  }

  bool is_aggregate(Index node) const {
    return !module_.nodes[node].is_constant && module_.nodes[node].first_child != none;
  }

  // Puts the value of an operand into a register.
  void put(Index node, unsigned to) {
    const ast::Node& n = module_.nodes[node];
    if (n.is_constant) {
      load(node, to);
    } else if (n.kind == NodeKind::Register) {
      take_register(machine_of(node), to);
    } else {
      put_aggregate(node, to);
    }
  }

  // An aggregate is made from the inside out, the parts that need most registers first, so that few are
  // needed however deep it nests. What is to be done lies above what others have left on the stack.
  void put_aggregate(Index root, unsigned root_to) {
    const std::size_t bottom = tasks_.size();
    tasks_.emplace_back(root, root_to, false, 0U);
    while (tasks_.size() > bottom) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      if (task.finish) {
        finish(task.node, task.to, task.base);
        continue;
      }
      if (!is_aggregate(task.node)) {
        put(task.node, task.to);
        continue;
      }
      // What is made in a temporary may use that one for its own parts.
      const unsigned base = is_temporary(task.to) ? task.to : temporary_;
      tasks_.emplace_back(task.node, task.to, true, base);
      const std::vector<Index> parts = aggregate_parts(task.node);
      for (std::size_t i = parts.size(); i > 0; --i) {
        const unsigned part_to = base + static_cast<unsigned>(i) - 1;
        if (part_to >= registers_max) out_of_registers();
        tasks_.emplace_back(parts[i - 1], part_to, false, 0U);
      }
    }
  }

  // Parts that are made before the aggregate itself, those that need most registers first.
  std::vector<Index> aggregate_parts(Index node) {
    const ast::Node& n = module_.nodes[node];
    std::vector<Index> parts;
    for (std::uint32_t i = 0; i < n.child_count; ++i) {
      const Index child = module_.children[n.first_child + i];
      if (is_aggregate(child)) parts.push_back(child);
    }
    std::ranges::stable_sort(parts, std::greater<>{}, [&](Index part) { return need(part); });
    if (by_element(n, parts.size()) && !parts.empty()) parts.resize(1);
    return parts;
  }

  // Where temporaries are few, only what lies side by side already is made from a window.
  bool by_element(const ast::Node& n, std::size_t parts) const {
    if (n.kind != NodeKind::List) return false;
    if (n.child_count > window_elements_max || parts > window_aggregates_max) return true;
    return is_tight_ && n.child_count > tight_elements_max && !lie_side_by_side(children_of(n));
  }

  std::span<const Index> children_of(const ast::Node& n) const {
    return {&module_.children[n.first_child], n.child_count};
  }

  // Roughly how many registers it takes to make the value of `node`.
  unsigned need(Index root) {
    const auto known = need_.find(root);
    if (known != need_.end()) return known->second;
    std::vector<std::pair<Index, bool>> work{{root, false}};
    while (!work.empty()) {
      const auto [node, children_done] = work.back();
      work.pop_back();
      const ast::Node& n = module_.nodes[node];
      if (!children_done) {
        work.emplace_back(node, true);
        for (std::uint32_t i = 0; i < n.child_count; ++i) {
          const Index child = module_.children[n.first_child + i];
          if (is_aggregate(child) && !need_.contains(child)) work.emplace_back(child, false);
        }
        continue;
      }
      std::vector<unsigned> needs;
      for (std::uint32_t i = 0; i < n.child_count; ++i) {
        const Index child = module_.children[n.first_child + i];
        if (is_aggregate(child)) needs.push_back(need_.at(child));
      }
      std::ranges::sort(needs, std::greater<>{});
      unsigned most = n.child_count;
      for (unsigned i = 0; i < needs.size(); ++i)
        most = std::max(most, needs[i] + i);
      need_[node] = std::min(most, 1000U);
    }
    return need_.at(root);
  }

  // Makes an aggregate whose parts lie in temporaries from `base` on, in the order of
  // `aggregate_parts`.
  void finish(Index node, unsigned to, unsigned base) {
    const ast::Node& n = module_.nodes[node];
    const std::vector<Index> parts = aggregate_parts(node);
    if (n.kind == NodeKind::Just) {
      finish_just(node, to, parts.empty() ? none_register : base);
      return;
    }
    if (by_element(n, count_aggregates(n))) {
      finish_by_element(n, to, base, parts);
      return;
    }
    std::unordered_map<Index, unsigned> part_register;
    for (unsigned i = 0; i < parts.size(); ++i)
      part_register[parts[i]] = base + i;
    const unsigned above = base + static_cast<unsigned>(parts.size());
    if (n.kind == NodeKind::Pair) {
      finish_pair(children_of(n), to, above, part_register);
    } else {
      emit(Op::make_list, to, make_window(children_of(n), above, part_register, false),
           n.child_count);
    }
  }

  // Of what can be given up where it lies; other values go to `above` first.
  void finish_pair(std::span<const Index> nodes, unsigned to, unsigned above,
                   const std::unordered_map<Index, unsigned>& part_register) {
    std::array<unsigned, 2> given{};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto part = part_register.find(nodes[i]);
      if (part != part_register.end()) {
        given[i] = part->second;
      } else if (is_register(nodes[i]) && is_last_read(machine_of(nodes[i]))) {
        given[i] = machine_of(nodes[i]);
        count_read(given[i]);
      } else {
        if (above >= registers_max) out_of_registers();
        given[i] = above++;
        is_register(nodes[i]) ? take_register(machine_of(nodes[i]), given[i])
                              : load(nodes[i], given[i]);
      }
    }
    emit(Op::make_pair, to, given[0], given[1]);
  }

  std::size_t count_aggregates(const ast::Node& n) const {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < n.child_count; ++i) {
      if (is_aggregate(module_.children[n.first_child + i])) ++count;
    }
    return count;
  }

  void finish_just(Index node, unsigned to, unsigned part) {
    const Index child = module_.children[module_.nodes[node].first_child];
    unsigned inner = part;
    if (part == none_register) {
      inner = machine_of(child);
      if (is_last_read(inner)) {
        count_read(inner);
      } else {
        take_register(inner, to);
        inner = to;
      }
    }
    emit(Op::make_just, to, inner);
  }

  void finish_by_element(const ast::Node& n, unsigned to, unsigned base,
                         const std::vector<Index>& parts) {
    const unsigned list = base + static_cast<unsigned>(parts.size());
    if (list + 1 >= registers_max) out_of_registers();
    emit(Op::load_const, list);
    emit_extra(context_.constants.empty_list());
    for (std::uint32_t i = 0; i < n.child_count; ++i) {
      const Index child = module_.children[n.first_child + i];
      if (is_register(child)) {
        emit(Op::append, list, machine_of(child));
        count_read(machine_of(child));
      } else if (!parts.empty() && child == parts[0]) {
        emit(Op::append, list, base);
      } else {
        const unsigned before = temporary_;
        temporary_ = list + 1;
        // Deep parts are on the stack of native calls once for each list that is made by element.
        put(child, list + 1);
        temporary_ = before;
        emit(Op::append, list, list + 1);
      }
    }
    if (to != list) emit(Op::move, to, list);
  }

  // Values side by side in consecutive registers, to be given up: where they lie already, or moved
  // to `base` and up. `part_register` says where those are that have been made.
  unsigned make_window(std::span<const Index> nodes, unsigned base,
                       const std::unordered_map<Index, unsigned>& part_register,
                       bool all_above_free) {
    if (const auto there = window_in_place(nodes, all_above_free)) return *there;
    if (base + nodes.size() > registers_max) out_of_registers();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const unsigned to = base + static_cast<unsigned>(i);
      const auto part = part_register.find(nodes[i]);
      if (part != part_register.end()) {
        emit(Op::move, to, part->second);
      } else if (is_register(nodes[i])) {
        take_register(machine_of(nodes[i]), to);
      } else {
        load(nodes[i], to);
      }
    }
    return base;
  }

  // From here on no register holds what is needed after this item.
  unsigned first_free() const {
    RegisterSet others = live_after_;
    if (result_ != none_register) others.reset(result_);
    return end_of(others);
  }

  std::optional<unsigned> window_in_place(std::span<const Index> nodes, bool all_above_free) {
    if (!lie_side_by_side(nodes)) return std::nullopt;
    const unsigned first = machine_of(nodes[0]);
    if (all_above_free && first_free() > first + nodes.size()) return std::nullopt;
    for (const Index node : nodes)
      count_read(machine_of(node));
    return first;
  }

  // Whether these are consecutive registers whose values can be given up.
  bool lie_side_by_side(std::span<const Index> nodes) const {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!is_register(nodes[i])) return false;
      const unsigned reg = machine_of(nodes[i]);
      if (reg != machine_of(nodes[0]) + i || !is_last_read(reg)) return false;
    }
    return !nodes.empty();
  }

  // The register that holds an operand, which is made in a temporary unless it is a register.
  unsigned read(Index node) {
    if (is_register(node)) return machine_of(node);
    const unsigned to = temporary();
    put(node, to);
    temporary_ = to + 1;
    return to;
  }

  unsigned result_or_temporary() { return result_ == none_register ? temporary() : result_; }

  // Statements.

  void emit_fused(std::uint32_t item, std::uint32_t fused) {
    const ast::Statement& compare = *whole(item + fused - 1);
    const ast::Statement& branch = *whole(item + fused);
    if (fused == 2) {
      const unsigned number = *small_number(operand(*statement_, 1));
      const unsigned counter = result_;
      begin_item(item + 1);
      mark_line_after(1, compare.span);
      emit_jump(compare.op == Op::lt ? Op::add_imm_br_lt : Op::add_imm_br_le, branch.label, counter,
                number, machine_of(operand(compare, 1)));
    } else {
      const unsigned left = read(operand(compare, 0));
      const Index right = operand(compare, 1);
      if (const auto number = small_number(right)) {
        emit_jump(branch_with_number(compare.op), branch.label, left, *number);
      } else if (is_equality(compare.op) && is_single_node(right)) {
        emit_jump(compare.op == Op::eq ? Op::case_const : Op::match_const, branch.label, left);
        emit_extra(context_.constants[right]);
      } else {
        emit_jump(branch_on(compare.op), branch.label, left, read(operand(compare, 1)));
      }
    }
    emit_else(branch);
  }

  static bool is_equality(Op compare) { return compare == Op::eq || compare == Op::ne; }

  // A constant without parts: to compare with it takes no steps.
  bool is_single_node(Index node) const {
    if (!module_.nodes[node].is_constant) return false;
    return module_.nodes[context_.constants.resolve(node)].first_child == none;
  }

  // The words of one instruction may stand for two statements: the second has the second word.
  void mark_line_after(std::uint32_t words, const ast::Span& span) {
    code_.lines.emplace_back(code_.pc() + words, span);
  }

  static Op branch_with_number(Op compare) {
    switch (compare) {
    case Op::eq: return Op::br_eq_imm;
    case Op::ne: return Op::br_ne_imm;
    case Op::lt: return Op::br_lt_imm;
    case Op::le: return Op::br_le_imm;
    case Op::gt: return Op::br_gt_imm;
    default: return Op::br_ge_imm;
    }
  }

  void emit_else(const ast::Statement& branch) {
    if (branch.other_label != none) jump_unless_next(branch, branch.other_label);
  }

  void jump_unless_next(const ast::Statement& statement, Index label) {
    if (!is_next(statement, label)) emit_jump(Op::jmp, label);
  }

  bool is_next(const ast::Statement& statement, Index label) const {
    const auto index = static_cast<std::uint32_t>(&statement - function_->statements.data());
    return function_->labels[label].statement == index + 1;
  }

  void emit_apply(const ast::Statement& statement) {
    const unsigned window = emit_window(statement, 0, true);
    const unsigned to = result_ == none_register ? window : result_;
    emit(Op::apply, to, window, statement.operand_count);
    emit_extra(context_.function_index[statement.function]);
  }

  // Operands from `first` on, side by side.
  unsigned emit_window(const ast::Statement& statement, std::uint32_t first, bool all_above_free) {
    if (statement.operand_count == first) return first_free();
    const std::span<const Index> nodes(&module_.children[statement.first_operand + first],
                                       statement.operand_count - first);
    std::vector<Index> parts;
    for (const Index node : nodes) {
      if (is_aggregate(node)) parts.push_back(node);
    }
    std::ranges::stable_sort(parts, std::greater<>{}, [&](Index part) { return need(part); });
    std::unordered_map<Index, unsigned> part_register;
    for (const Index part : parts)
      part_register[part] = read(part);
    return make_window(nodes, temporary_, part_register, all_above_free);
  }

  void emit_op(const ast::Statement& statement) {
    switch (statement.op) {
    case Op::jmp: emit_jump(Op::jmp, statement.label); return;
    case Op::br: emit_branch(statement); return;
    case Op::br_nothing:
      emit_jump(Op::br_nothing, statement.label, read(operand(statement, 0)));
      emit_else(statement);
      return;
    case Op::switch_: emit_switch(statement); return;
    case Op::ret:
    case Op::reject: emit_end(statement); return;
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::mod:
    case Op::get:
      if (emit_with_number(statement)) return;
      break;
    default: break;
    }
    if (op_info(statement.op).slots[0] == Slot::Change) {
      emit_in_place(statement);
    } else {
      emit_plain(statement);
    }
  }

  void emit_branch(const ast::Statement& statement) {
    const unsigned condition = read(operand(statement, 0));
    // A comparison right before it may become one word with `br_true`.
    const bool is_compared = compared_ == condition;
    if (statement.other_label != none && !is_compared && is_next(statement, statement.label)) {
      emit_jump(Op::br_false, statement.other_label, condition);
    } else {
      emit_jump(Op::br_true, statement.label, condition);
      emit_else(statement);
    }
  }

  void emit_end(const ast::Statement& statement) {
    unsigned reg = 0;
    if (statement.operand_count == 0) {
      reg = temporary();
      emit(Op::load_nothing, reg);
    } else {
      reg = read(operand(statement, 0));
    }
    emit(statement.op, reg);
  }

  bool emit_with_number(const ast::Statement& statement) {
    const auto number = small_number(operand(statement, 1));
    if (!number) return false;
    const unsigned left = read(operand(statement, 0));
    emit(with_number(statement.op), result_or_temporary(), left, *number);
    return true;
  }

  static Op with_number(Op op) {
    switch (op) {
    case Op::add: return Op::add_imm;
    case Op::sub: return Op::sub_imm;
    case Op::mul: return Op::mul_imm;
    case Op::div: return Op::div_imm;
    case Op::mod: return Op::mod_imm;
    default: return Op::get_imm;
    }
  }

  void emit_switch(const ast::Statement& statement) {
    const unsigned value = read(operand(statement, 0));
    Index otherwise = none;
    for (std::uint32_t i = 0; i < statement.case_count; ++i) {
      const ast::Case& c = module_.cases[statement.first_case + i];
      if (c.literal == none) {
        otherwise = c.label;
        continue;
      }
      emit_jump(Op::case_const, c.label, value);
      emit_extra(context_.constants[c.literal]);
    }
    if (otherwise != none) jump_unless_next(statement, otherwise);
  }

  // `%q = append %p, %x` changes a list in place: %p moves to %q first, at its last use.
  void emit_in_place(const ast::Statement& statement) {
    const Index list = operand(statement, 0);
    std::array<unsigned, 2> others{};
    for (std::uint32_t i = 1; i < statement.operand_count; ++i)
      others[i - 1] = read(operand(statement, i));
    const unsigned result = result_or_temporary();
    const bool is_there = is_register(list) && machine_of(list) == result;
    const bool is_in_use =
        !is_there && std::ranges::find(others.begin(), others.begin() + statement.operand_count - 1,
                                       result) != others.begin() + statement.operand_count - 1;
    const unsigned changed = is_in_use ? temporary() : result;
    if (!is_there) put(list, changed);
    emit(statement.op, changed, others[0], others[1]);
    if (changed != result) emit(Op::move, result, changed);
  }

  void emit_plain(const ast::Statement& statement) {
    const OpInfo& info = op_info(statement.op);
    std::array<unsigned, 3> bytes{};
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      switch (info.slots[i]) {
      case Slot::Read: bytes[i] = read(operand(statement, next++)); break;
      case Slot::ReadOrNone:
        bytes[i] = next < statement.operand_count ? read(operand(statement, next++)) : no_register;
        break;
      case Slot::Window:
        bytes[i] = emit_window(statement, next, false);
        bytes[i + 1] = statement.operand_count - next;
        break;
      default: break;
      }
    }
    if (info.slots[0] == Slot::SetOrNone) bytes[0] = result_is_read_ ? result_ : no_register;
    if (info.slots[0] == Slot::Set) bytes[0] = result_or_temporary();
    emit(info.op, bytes[0], bytes[1], bytes[2]);
    for (const Extra extra : info.extras) {
      if (extra == Extra::Function) emit_extra(context_.function_index[statement.function]);
      if (extra == Extra::PostKind) emit_extra(statement.post_kind);
    }
  }

  // Patterns.

  bool needs_test(Index pattern) const {
    const ast::Node& n = module_.nodes[pattern];
    return n.is_constant || (n.kind != NodeKind::Register && n.kind != NodeKind::Wildcard);
  }

  void extract(const ast::Node& parent, std::uint32_t i, unsigned from, unsigned to) {
    switch (parent.kind) {
    case NodeKind::Just: emit(Op::unwrap, to, from); return;
    case NodeKind::Pair: emit(i == 0 ? Op::fst : Op::snd, to, from); return;
    default: break;
    }
    if (i <= 255) {
      emit(Op::get_imm, to, from, i);
      return;
    }
    const unsigned index = temporary();
    emit(Op::load_nat, index, i & 0xffU, i >> 8U);
    emit(Op::get, to, from, index);
    --temporary_;
  }

  // A part of a pattern still to be done, and the register that holds the value around it.
  struct Step {
    Index pattern;
    const ast::Node* parent;  // null: the value itself
    std::uint32_t index;
    unsigned from;
    bool is_last;         // of those taken from `from`
    unsigned free_above;  // temporaries from here on are free
  };

  // Where a part is put: in the place of what it is taken from, if that is not needed again.
  unsigned part_register(const Step& step) {
    if (step.parent == nullptr) return step.from;
    temporary_ = step.free_above;
    const unsigned to = step.is_last && is_temporary(step.from) ? step.from : temporary();
    extract(*step.parent, step.index, step.from, to);
    return to;
  }

  template <typename Wanted>
  void push_parts(std::vector<Step>& steps, const ast::Node& n, unsigned from, Wanted wanted) {
    const std::size_t begin = steps.size();
    for (std::uint32_t i = 0; i < n.child_count; ++i) {
      const Index child = module_.children[n.first_child + i];
      if (wanted(child)) steps.push_back({child, &n, i, from, false, temporary_});
    }
    if (steps.size() > begin) steps.back().is_last = true;
    std::reverse(steps.begin() + static_cast<std::ptrdiff_t>(begin), steps.end());
  }

  void emit_test(Index value, Index pattern, Index label) {
    const unsigned reg = read(value);
    std::vector<Step> steps;
    if (needs_test(pattern)) steps.push_back({pattern, nullptr, 0, reg, true, temporary_});
    while (!steps.empty()) {
      const Step step = steps.back();
      steps.pop_back();
      const unsigned from = part_register(step);
      const ast::Node& n = module_.nodes[step.pattern];
      if (n.is_constant) {
        emit_jump(Op::match_const, label, from);
        emit_extra(context_.constants[step.pattern]);
        continue;
      }
      if (n.kind == NodeKind::List) {
        if (n.child_count > 0xffff) throw CannotLower{"a list pattern has at most 65535 elements"};
        emit_jump(Op::match_list, label, from, n.child_count & 0xffU, n.child_count >> 8U);
      } else {
        emit_jump(n.kind == NodeKind::Pair ? Op::match_pair : Op::match_just, label, from);
      }
      push_parts(steps, n, from, [&](Index child) { return needs_test(child); });
    }
  }

  bool binds(Index pattern) const {
    std::vector<Index> work{pattern};
    while (!work.empty()) {
      const ast::Node& n = module_.nodes[work.back()];
      work.pop_back();
      if (n.kind == NodeKind::Register) return true;
      if (n.is_constant || n.first_child == none) continue;
      for (std::uint32_t i = 0; i < n.child_count; ++i)
        work.push_back(module_.children[n.first_child + i]);
    }
    return false;
  }

  void emit_bind(std::uint32_t item, Index value, Index pattern) {
    if (!binds(pattern)) return;
    unsigned reg = read(value);
    if (is_register(pattern)) {
      const unsigned to = machine_of(pattern);
      if (to != reg) emit(live_after_[reg] && !is_temporary(reg) ? Op::copy : Op::move, to, reg);
      return;
    }
    const auto binding = [&](Index child) { return binds(child); };
    std::vector<Step> steps;
    if (is_set_within(item, pattern, reg)) {
      const unsigned kept = temporary();
      emit(Op::move, kept, reg);
      reg = kept;
    }
    push_parts(steps, module_.nodes[pattern], reg, binding);
    // The part that takes the value's place comes last.
    const auto in_place = std::ranges::find_if(steps, [&](const Step& step) {
      return is_register(step.pattern) && machine_of(step.pattern) == reg;
    });
    if (in_place != steps.end()) std::rotate(steps.begin(), in_place, in_place + 1);
    while (!steps.empty()) {
      const Step step = steps.back();
      steps.pop_back();
      if (is_register(step.pattern)) {
        temporary_ = step.free_above;
        extract(*step.parent, step.index, step.from, machine_of(step.pattern));
        continue;
      }
      const unsigned from = part_register(step);
      temporary_ = std::max(temporary_, step.free_above);
      push_parts(steps, module_.nodes[step.pattern], from, binding);
    }
  }

  // Whether a part of a part of `pattern` goes to `reg`.
  bool is_set_within(std::uint32_t item, Index pattern, unsigned reg) const {
    const auto is_there = [&](Index part) { return is_register(part) && machine_of(part) == reg; };
    if (std::ranges::any_of(children_of(module_.nodes[pattern]), is_there)) return false;
    return std::ranges::any_of(graph_.occurrences(item), [&](const Occurrence& occurrence) {
      return occurrence.is_set && web(occurrence).machine == reg;
    });
  }

  static constexpr unsigned none_register = 256;

  // A part of an operand that is to be put into a register.
  struct Task {
    Index node;
    unsigned to;
    bool finish;
    unsigned base;  // of `finish`: the first temporary that holds a finished part
  };

  const ModuleContext context_;
  const ast::Module& module_;
  const Graph& graph_;

  // Of the current function.
  const ast::Function* function_ = nullptr;
  const Registers* registers_ = nullptr;
  bool is_tight_ = false;  // Whether there may be too few registers above those of all webs.
  Code code_;
  std::vector<std::uint32_t> item_pcs_;
  ItemLiveness<SmallRegisterSet> small_liveness_;
  ItemLiveness<RegisterSet> liveness_;
  std::uint32_t next_label_ = 0;
  std::vector<Task> tasks_;
  std::unordered_map<Index, unsigned> need_;

  // Of the current item.
  std::uint32_t item_ = 0;
  ast::Span span_;
  const ast::Statement* statement_ = nullptr;
  RegisterSet live_after_;
  unsigned first_temporary_ = 0;
  unsigned temporary_ = 0;
  unsigned result_ = none_register;
  unsigned compared_ = none_register;  // what the word before sets, if it compares
  bool result_is_read_ = false;
  std::array<std::uint32_t, 256> reads_left_{};
};

std::uint32_t Constants::make(const ast::Node& node) {
  const auto part = [&](std::uint32_t i) { return index_[module_.children[node.first_child + i]]; };
  switch (node.kind) {
  case NodeKind::Nat: return pool_.nat(node.number);
  case NodeKind::Bool: return pool_.boolean(node.number != 0);
  case NodeKind::Str: return string(node.text);
  case NodeKind::Nothing: return pool_.nothing();
  case NodeKind::Pair: return pool_.pair(part(0), part(1));
  case NodeKind::Just: return pool_.just(part(0));
  case NodeKind::Name: return index_[module_.constants[node.ref].value];
  default: break;
  }
  std::vector<std::uint32_t> parts(node.child_count);
  for (std::uint32_t i = 0; i < node.child_count; ++i)
    parts[i] = part(i);
  return pool_.list(std::move(parts));
}

std::uint32_t Constants::string(Index text) {
  if (strings_.size() <= text) strings_.resize(std::size_t{text} + text / 2 + 1, none);
  if (strings_[text] == none) strings_[text] = pool_.str(std::string(module_.string(text)));
  return strings_[text];
}

std::uint32_t Constants::operator[](ast::Index root) {
  if (index_[root] != none) return index_[root];
  const ast::Node& only = module_.nodes[root];
  if (only.child_count == 0 && only.kind != NodeKind::Name) return index_[root] = make(only);
  std::vector<std::pair<Index, bool>> work{{root, false}};
  while (!work.empty()) {
    const auto [index, parts_done] = work.back();
    work.pop_back();
    if (index_[index] != none) continue;
    const ast::Node& node = module_.nodes[index];
    if (parts_done) {
      index_[index] = make(node);
      continue;
    }
    work.emplace_back(index, true);
    if (node.kind == NodeKind::Name) {
      work.emplace_back(module_.constants[node.ref].value, false);
      continue;
    }
    for (std::uint32_t i = node.child_count; i > 0; --i) {
      work.emplace_back(module_.children[node.first_child + i - 1], false);
    }
  }
  return index_[root];
}

Index Constants::resolve(Index node) const {
  while (module_.nodes[node].kind == NodeKind::Name)
    node = module_.constants[module_.nodes[node].ref].value;
  return node;
}

Emitter::Emitter(const ModuleContext& context, const Graph& graph)
    : state_(std::make_unique<State>(context, graph)) {}

Emitter::~Emitter() = default;

std::expected<const Code*, EmitError> Emitter::run(const ast::Function& function,
                                                   const Registers& registers) {
  return state_->run(function, registers);
}

const std::vector<std::uint32_t>& Emitter::item_pcs() const noexcept { return state_->item_pcs(); }

}  // namespace avm::lowering
