#include "asm/lower/register_assigner.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace avm::lowering {
namespace {

using ast::none;

std::uint32_t place(const Occurrence& occurrence) {
  return 2 * occurrence.item + (occurrence.is_set ? 1 : 0);
}

}  // namespace

std::expected<const Registers*, std::uint32_t> RegisterAssigner::run(
    const ast::Function& function) {
  function_ = &function;
  overfull_.reset();
  find_bound();
  find_webs();
  if (overfull_) return std::unexpected(*overfull_);
  fuse_compares();
  find_hints();
  if (!scan()) return std::unexpected(*overfull_);
  return &result_;
}

void RegisterAssigner::find_bound() {
  bound_.clear();
  taken_until_.fill(0);  // no web begins there
  for (const ast::Register& reg : function_->registers) {
    bound_.push_back(bound_number(module_, reg));
    if (bound_.back() >= 0) taken_until_[static_cast<std::size_t>(bound_.back())] = none;
  }
}

// Webs.

std::uint32_t RegisterAssigner::add_element(std::uint32_t begin, std::uint32_t end) {
  elements_.push_back({static_cast<std::uint32_t>(elements_.size()), begin, end});
  return elements_.back().parent;
}

std::uint32_t RegisterAssigner::find(std::uint32_t element) {
  while (elements_[element].parent != element) {
    elements_[element].parent = elements_[elements_[element].parent].parent;
    element = elements_[element].parent;
  }
  return element;
}

void RegisterAssigner::stretch(std::uint32_t element, std::uint32_t begin, std::uint32_t end) {
  Element& root = elements_[find(element)];
  root.begin = std::min(root.begin, begin);
  root.end = std::max(root.end, end);
}

void RegisterAssigner::unite(std::uint32_t a, std::uint32_t b) {
  a = find(a);
  b = find(b);
  if (a == b) return;
  elements_[b].parent = a;
  stretch(a, elements_[b].begin, elements_[b].end);
}

// Occurrences of each register, in order.
void RegisterAssigner::group_occurrences() {
  const auto all = graph_.all_occurrences();
  first_of_.assign(function_->registers.size() + 1, 0);
  for (const Occurrence& occurrence : all)
    ++first_of_[occurrence.reg + 1];
  std::partial_sum(first_of_.begin(), first_of_.end(), first_of_.begin());
  grouped_.resize(all.size());
  next_of_.assign(first_of_.begin(), first_of_.end());
  for (std::uint32_t i = 0; i < all.size(); ++i)
    grouped_[next_of_[all[i].reg]++] = i;
}

// For each item the register that it changes in place, if its first operand is one. Which items may want a machine
// register, or be fused, is seen in the same look.
void RegisterAssigner::look_at_items() {
  changed_.assign(graph_.items().size(), none);
  copies_.clear();
  compares_.clear();
  for (std::uint32_t item = 0; item < graph_.items().size(); ++item) {
    const ast::Statement* const statement = whole_statement(item);
    if (statement == nullptr || statement->operand_count == 0) continue;
    const bool is_assign = statement->kind == ast::StatementKind::Assign;
    if (!is_assign && statement->kind != ast::StatementKind::Op) continue;
    const bool has_result = statement->result != none;
    if (is_fusible_compare(statement->op) && has_result) compares_.push_back(item);
    if (!is_assign && op_info(statement->op).slots[0] != Slot::Change) continue;
    const ast::Node& value = module_.operand(*statement, 0);
    if (value.kind != ast::NodeKind::Register) continue;
    if (!is_assign) changed_[item] = value.ref;
    if (has_result) copies_.push_back(item);
  }
}

void RegisterAssigner::find_webs() {
  look_at_items();
  if (find_plain_webs()) return;
  group_occurrences();
  elements_.clear();
  element_of_.assign(graph_.all_occurrences().size(), none);
  live_in_.assign(graph_.blocks().size(), {none, 0});
  last_set_.assign(graph_.blocks().size(), {none, 0});
  live_through_.assign(graph_.blocks().size(), 0);
  for (ast::Index reg = 0; reg < function_->registers.size() && !overfull_; ++reg) {
    find_webs_of(reg);
  }
  if (!overfull_) collect_webs();
}

// Where each register is set in one place, and nothing leads back, that place comes first and reaches all reads: one
// web for each register, which ends with the last of them. False where it is not so.
bool RegisterAssigner::find_plain_webs() {
  if (graph_.has_loops() || function_->registers.size() > live_registers_max) return false;
  auto& webs = result_.webs_;
  webs.clear();
  const auto all = graph_.all_occurrences();
  result_.web_of_.resize(all.size());
  web_of_register_.assign(function_->registers.size(), none);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const Occurrence& occurrence = all[i];
    std::uint32_t& index = web_of_register_[occurrence.reg];
    if (occurrence.is_set != (index == none)) return false;
    const std::uint32_t here = place(occurrence);
    if (occurrence.is_set) {
      index = static_cast<std::uint32_t>(webs.size());
      webs.push_back({.reg = occurrence.reg, .begin = here, .end = here, .sets = 1});
    } else {
      webs[index].end = std::max(webs[index].end, here + (is_beside_change(occurrence) ? 1 : 0));
      ++webs[index].reads;
    }
    result_.web_of_[i] = index;
  }
  return true;
}

// What is read beside a change is still needed when the result's register has been taken.
bool RegisterAssigner::is_beside_change(const Occurrence& occurrence) const {
  return changed_[occurrence.item] != none &&
         &occurrence != &graph_.occurrences(occurrence.item).front();
}

void RegisterAssigner::find_webs_of(ast::Index reg) {
  const auto all = graph_.all_occurrences();
  std::uint32_t block = none;
  std::uint32_t current = none;
  for (std::uint32_t i = first_of_[reg]; i < first_of_[reg + 1]; ++i) {
    const Occurrence& occurrence = all[grouped_[i]];
    const std::uint32_t here = graph_.block_of(occurrence.item);
    if (here != block) current = none;
    block = here;
    if (occurrence.is_set) {
      const std::uint32_t set = add_element(place(occurrence), place(occurrence));
      // One register for `%q = append %q, %x`: the values of a name are never needed at once.
      if (changed_[occurrence.item] == reg) unite(current, set);
      current = set;
      last_set_[block] = {reg, current};
    } else {
      if (current == none) current = live_in(reg, block);
      stretch(current, place(occurrence),
              place(occurrence) + (is_beside_change(occurrence) ? 1 : 0));
    }
    element_of_[grouped_[i]] = current;
  }
  follow_back(reg);
}

// The element of `reg` at the start of `block`, which is to be followed to where it comes from.
std::uint32_t RegisterAssigner::live_in(ast::Index reg, std::uint32_t block) {
  if (live_in_[block].reg == reg) return live_in_[block].element;
  const std::uint32_t begin = 2 * graph_.blocks()[block].begin;
  live_in_[block] = {reg, add_element(begin, begin)};
  work_.push_back(block);
  // Each counts for the whole block's start; more than there are registers cannot be assigned.
  const bool is_temporary = bound_[reg] >= static_cast<int>(live_registers_max);
  if (!is_temporary && ++live_through_[block] > live_registers_max)
    overfull_ = graph_.blocks()[block].begin;
  return live_in_[block].element;
}

void RegisterAssigner::follow_back(ast::Index reg) {
  while (!work_.empty() && !overfull_) {
    const std::uint32_t block = work_.back();
    work_.pop_back();
    const std::uint32_t element = live_in_[block].element;
    for (const std::uint32_t before : graph_.blocks()[block].predecessors) {
      const Block& predecessor = graph_.blocks()[before];
      if (last_set_[before].reg == reg) {
        unite(last_set_[before].element, element);
      } else {
        unite(live_in(reg, before), element);
      }
      stretch(element, 2 * predecessor.end - 1, 2 * predecessor.end - 1);
    }
  }
  work_.clear();
}

void RegisterAssigner::collect_webs() {
  auto& webs = result_.webs_;
  webs.clear();
  web_of_root_.assign(elements_.size(), none);
  result_.web_of_.resize(element_of_.size());
  const auto all = graph_.all_occurrences();
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const std::uint32_t root = find(element_of_[i]);
    if (web_of_root_[root] == none) {
      web_of_root_[root] = static_cast<std::uint32_t>(webs.size());
      webs.push_back(
          {.reg = all[i].reg, .begin = elements_[root].begin, .end = elements_[root].end});
    }
    result_.web_of_[i] = web_of_root_[root];
    Web& web = webs[web_of_root_[root]];
    ++(all[i].is_set ? web.sets : web.reads);
  }
}

const ast::Statement* RegisterAssigner::whole_statement(std::uint32_t item) const {
  const Item& it = graph_.items()[item];
  return it.part == Part::Whole ? &function_->statements[it.statement] : nullptr;
}

// `%c = lt %a, %b` and `br %c, L` behind it are one word where nothing else reads %c.
void RegisterAssigner::fuse_compares() {
  for (const std::uint32_t item : compares_) {
    if (item + 1 == graph_.items().size()) continue;
    const ast::Statement* const branch = whole_statement(item + 1);
    if (branch == nullptr || branch->kind != ast::StatementKind::Op || branch->op != Op::br)
      continue;
    if (graph_.block_of(item) != graph_.block_of(item + 1)) continue;
    const ast::Node& condition = module_.operand(*branch, 0);
    const ast::Index compared = whole_statement(item)->result;
    if (condition.kind != ast::NodeKind::Register || condition.ref != compared) continue;
    const std::size_t result = graph_.first_occurrence(item + 1) - 1U;
    Web& web = result_.webs_[result_.web_of_[result]];
    if (web.sets == 1 && web.reads == 1) web.is_fused = true;
  }
}

// A register is best where its value came from: `%b = %a` and operations in place cost no move then.
void RegisterAssigner::find_hints() {
  hints_.assign(result_.webs_.size(), none);
  for (const std::uint32_t item : copies_) {
    const std::size_t first = graph_.first_occurrence(item);
    const std::size_t last = first + graph_.occurrences(item).size() - 1;
    hints_[result_.web_of_[last]] = result_.web_of_[first];
  }
}

// Machine registers.

// The parameters of a pure function arrive in its lowest registers.
void RegisterAssigner::place_parameters() {
  wanted_.assign(result_.webs_.size(), no_register);
  if (function_->kind != FunctionKind::Pure) return;
  for (std::size_t i = 0; i < function_->parameter_count; ++i) {
    wanted_[result_.web_of_[i]] = static_cast<std::uint8_t>(i);
  }
}

bool RegisterAssigner::scan() {
  place_parameters();
  result_.count_ = 0;
  order_.resize(result_.webs_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  if (!std::ranges::is_sorted(result_.webs_, {}, &Web::begin))
    std::ranges::sort(order_, {},
                      [&](std::uint32_t web) { return std::tuple(result_.webs_[web].begin, web); });

  last_of_name_.assign(function_->registers.size(), none);
  for (const std::uint32_t index : order_) {
    Web& web = result_.webs_[index];
    if (web.is_fused) continue;
    if (is_fixed(web)) {
      web.machine = static_cast<std::uint8_t>(bound_[web.reg]);
      result_.count_ = std::max(result_.count_, web.machine + 1U);
      continue;
    }
    const auto machine = choose(web.begin, wanted_[index], {last_of_name_[web.reg], hints_[index]});
    if (!machine) {
      overfull_ = web.begin / 2;
      return false;
    }
    web.machine = *machine;
    taken_until_[*machine] = web.end;
    last_of_name_[web.reg] = index;
    result_.count_ = std::max(result_.count_, *machine + 1U);
  }
  return true;
}

std::optional<std::uint8_t> RegisterAssigner::choose(
    std::uint32_t begin, std::uint8_t wanted, std::initializer_list<std::uint32_t> like) const {
  if (wanted != no_register && taken_until_[wanted] < begin) return wanted;
  for (const std::uint32_t web : like) {
    if (web == none || result_.webs_[web].is_fused) continue;
    const std::uint8_t machine = result_.webs_[web].machine;
    if (taken_until_[machine] < begin) return machine;
  }
  for (unsigned machine = 0; machine < live_registers_max; ++machine) {
    if (taken_until_[machine] < begin) return static_cast<std::uint8_t>(machine);
  }
  return std::nullopt;
}

}  // namespace avm::lowering
