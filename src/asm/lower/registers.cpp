#include "asm/lower/registers.hpp"

#include <algorithm>
#include <bitset>
#include <numeric>
#include <queue>

namespace avm::lowering {

using ast::none;

int bound_number(const ast::Module& module, const ast::Register& reg) {
  if (reg.number >= 0) return reg.number;
  const std::string_view name = module.string(reg.name);
  constexpr std::string_view prefix = "_25";
  const bool is_bound =
      name.size() == 4 && name.starts_with(prefix) && name[3] >= '0' && name[3] <= '4';
  return is_bound ? 250 + (name[3] - '0') : -1;
}

bool is_fusible_compare(Op op) {
  return op == Op::eq || op == Op::ne || op == Op::lt || op == Op::le || op == Op::gt ||
         op == Op::ge;
}

Op branch_on(Op compare) {
  switch (compare) {
  case Op::eq: return Op::br_eq;
  case Op::ne: return Op::br_ne;
  case Op::lt: return Op::br_lt;
  case Op::le: return Op::br_le;
  case Op::gt: return Op::br_gt;
  default: return Op::br_ge;
  }
}

class RegisterAssigner {
 public:
  RegisterAssigner(const ast::Module& module, const ast::Function& function, const Graph& graph)
      : module_(module), function_(function), graph_(graph) {}

  std::expected<Registers, std::uint32_t> run() {
    find_bound();
    find_webs();
    if (overfull_) return std::unexpected(*overfull_);
    fuse_compares();
    find_hints();
    if (!scan()) return std::unexpected(*overfull_);
    return std::move(result_);
  }

 private:
  // Webs. An element is a set, or a block through whose start the register is live; elements that
  // reach the same read are united.
  struct Element {
    std::uint32_t parent;
    std::uint32_t begin;
    std::uint32_t end;
  };

  std::uint32_t add_element(std::uint32_t begin, std::uint32_t end) {
    elements_.push_back({static_cast<std::uint32_t>(elements_.size()), begin, end});
    return elements_.back().parent;
  }

  std::uint32_t find(std::uint32_t element) {
    while (elements_[element].parent != element) {
      elements_[element].parent = elements_[elements_[element].parent].parent;
      element = elements_[element].parent;
    }
    return element;
  }

  void stretch(std::uint32_t element, std::uint32_t begin, std::uint32_t end) {
    Element& root = elements_[find(element)];
    root.begin = std::min(root.begin, begin);
    root.end = std::max(root.end, end);
  }

  void unite(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return;
    elements_[b].parent = a;
    stretch(a, elements_[b].begin, elements_[b].end);
  }

  static std::uint32_t place(const Occurrence& occurrence) {
    return 2 * occurrence.item + (occurrence.is_set ? 1 : 0);
  }

  // Occurrences of each register, in order.
  void group_occurrences() {
    const auto all = graph_.all_occurrences();
    first_of_.assign(function_.registers.size() + 1, 0);
    for (const Occurrence& occurrence : all)
      ++first_of_[occurrence.reg + 1];
    std::partial_sum(first_of_.begin(), first_of_.end(), first_of_.begin());
    grouped_.resize(all.size());
    std::vector<std::uint32_t> next(first_of_.begin(), first_of_.end() - 1);
    for (std::uint32_t i = 0; i < all.size(); ++i)
      grouped_[next[all[i].reg]++] = i;
  }

  void find_webs() {
    group_occurrences();
    element_of_.assign(graph_.all_occurrences().size(), none);
    live_in_.assign(graph_.blocks().size(), {none, 0});
    last_set_.assign(graph_.blocks().size(), {none, 0});
    live_through_.assign(graph_.blocks().size(), 0);
    for (ast::Index reg = 0; reg < function_.registers.size() && !overfull_; ++reg) {
      find_webs_of(reg);
    }
    if (!overfull_) collect_webs();
  }

  void find_webs_of(ast::Index reg) {
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
        if (current != none && is_changed_in_place(occurrence)) unite(current, set);
        current = set;
        last_set_[block] = {reg, current};
      } else {
        if (current == none) current = live_in(reg, block);
        const std::uint32_t end = place(occurrence) + (is_read_with_change(occurrence) ? 1 : 0);
        stretch(current, place(occurrence), end);
      }
      element_of_[grouped_[i]] = current;
    }
    follow_back(reg);
  }

  // The statement of an item that changes its first operand, if that is a register.
  const ast::Statement* change_at(std::uint32_t item) const {
    const ast::Statement* statement = whole_statement(item);
    if (statement == nullptr || statement->kind != ast::StatementKind::Op) return nullptr;
    if (op_info(statement->op).slots[0] != Slot::Change) return nullptr;
    return module_.operand(*statement, 0).kind == ast::NodeKind::Register ? statement : nullptr;
  }

  bool is_changed_in_place(const Occurrence& set) const {
    const ast::Statement* statement = change_at(set.item);
    return statement != nullptr && module_.operand(*statement, 0).ref == set.reg;
  }

  // Such an operand is still read when the first one has gone to where the result will be.
  bool is_read_with_change(const Occurrence& read) const {
    return change_at(read.item) != nullptr && &read != &graph_.occurrences(read.item).front();
  }

  // The element of `reg` at the start of `block`, which is to be followed to where it comes from.
  std::uint32_t live_in(ast::Index reg, std::uint32_t block) {
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

  void follow_back(ast::Index reg) {
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

  void collect_webs() {
    std::vector<std::uint32_t> web_of_root(elements_.size(), none);
    result_.web_of_.resize(element_of_.size());
    const auto all = graph_.all_occurrences();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      const std::uint32_t root = find(element_of_[i]);
      if (web_of_root[root] == none) {
        web_of_root[root] = static_cast<std::uint32_t>(result_.webs_.size());
        Web web;
        web.reg = all[i].reg;
        web.begin = elements_[root].begin;
        web.end = elements_[root].end;
        result_.webs_.push_back(web);
      }
      result_.web_of_[i] = web_of_root[root];
      Web& web = result_.webs_[web_of_root[root]];
      ++(all[i].is_set ? web.sets : web.reads);
    }
  }

  const ast::Statement* whole_statement(std::uint32_t item) const {
    if (item >= graph_.items().size() || graph_.items()[item].part != Part::Whole) return nullptr;
    return &function_.statements[graph_.items()[item].statement];
  }

  // `%c = lt %a, %b` and `br %c, L` behind it are one word where nothing else reads %c.
  void fuse_compares() {
    for (std::uint32_t item = 0; item + 1 < graph_.items().size(); ++item) {
      const ast::Statement* compare = whole_statement(item);
      const ast::Statement* branch = whole_statement(item + 1);
      if (compare == nullptr || branch == nullptr) continue;
      if (graph_.block_of(item) != graph_.block_of(item + 1)) continue;
      if (compare->kind != ast::StatementKind::Op || !is_fusible_compare(compare->op)) continue;
      if (branch->kind != ast::StatementKind::Op || branch->op != Op::br) continue;
      if (compare->result == none) continue;
      const ast::Node& condition = module_.operand(*branch, 0);
      if (condition.kind != ast::NodeKind::Register || condition.ref != compare->result) continue;
      const std::size_t result = graph_.items()[item + 1].first_occurrence - 1U;
      Web& web = result_.webs_[result_.web_of_[result]];
      if (web.sets == 1 && web.reads == 1) web.is_fused = true;
    }
  }

  // A register is best where its value came from: `%b = %a` and operations in place cost no move then.
  void find_hints() {
    hints_.assign(result_.webs_.size(), none);
    for (std::uint32_t item = 0; item < graph_.items().size(); ++item) {
      const ast::Statement* statement = whole_statement(item);
      if (statement == nullptr || statement->result == none || statement->operand_count == 0)
        continue;
      const bool in_place = statement->kind == ast::StatementKind::Assign ||
                            (statement->kind == ast::StatementKind::Op &&
                             op_info(statement->op).slots[0] == Slot::Change);
      if (!in_place || module_.operand(*statement, 0).kind != ast::NodeKind::Register) continue;
      const std::size_t first = graph_.items()[item].first_occurrence;
      const std::size_t last = first + graph_.occurrences(item).size() - 1;
      hints_[result_.web_of_[last]] = result_.web_of_[first];
    }
  }

  bool is_fixed(const Web& web) const { return bound_[web.reg] >= 0; }

  void find_bound() {
    for (const ast::Register& reg : function_.registers) {
      bound_.push_back(bound_number(module_, reg));
      if (bound_.back() >= 0) reserved_.set(static_cast<std::size_t>(bound_.back()));
    }
  }

  // The parameters of a pure function arrive in its lowest registers.
  void place_parameters(std::vector<std::uint8_t>& wanted) const {
    if (function_.kind != FunctionKind::Pure) return;
    for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
      wanted[result_.web_of_[i]] = static_cast<std::uint8_t>(i);
    }
  }

  bool scan() {
    std::vector<std::uint8_t> wanted(result_.webs_.size(), no_register);
    place_parameters(wanted);
    std::vector<std::uint32_t> order(result_.webs_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {},
                             [&](std::uint32_t web) { return result_.webs_[web].begin; });

    using Ending = std::pair<std::uint32_t, std::uint8_t>;
    std::priority_queue<Ending, std::vector<Ending>, std::greater<>> active;
    std::bitset<256> taken = reserved_;
    std::vector<std::uint32_t> last_of_name(function_.registers.size(), none);
    for (const std::uint32_t index : order) {
      Web& web = result_.webs_[index];
      if (web.is_fused) continue;
      if (is_fixed(web)) {
        web.machine = static_cast<std::uint8_t>(bound_[web.reg]);
        result_.count_ = std::max(result_.count_, web.machine + 1U);
        continue;
      }
      while (!active.empty() && active.top().first < web.begin) {
        taken.reset(active.top().second);
        active.pop();
      }
      const auto machine = choose(taken, wanted[index], {last_of_name[web.reg], hints_[index]});
      if (!machine) {
        overfull_ = web.begin / 2;
        return false;
      }
      web.machine = *machine;
      taken.set(*machine);
      active.emplace(web.end, *machine);
      last_of_name[web.reg] = index;
      result_.count_ = std::max(result_.count_, *machine + 1U);
    }
    return true;
  }

  std::optional<std::uint8_t> choose(const std::bitset<256>& taken, std::uint8_t wanted,
                                     std::initializer_list<std::uint32_t> like) const {
    if (wanted != no_register && !taken[wanted]) return wanted;
    for (const std::uint32_t web : like) {
      if (web == none || result_.webs_[web].is_fused) continue;
      if (!taken[result_.webs_[web].machine]) return result_.webs_[web].machine;
    }
    for (unsigned machine = 0; machine < live_registers_max; ++machine) {
      if (!taken[machine]) return static_cast<std::uint8_t>(machine);
    }
    return std::nullopt;
  }

  struct AtBlock {
    ast::Index reg;
    std::uint32_t element;
  };

  const ast::Module& module_;
  const ast::Function& function_;
  const Graph& graph_;
  Registers result_;
  std::optional<std::uint32_t> overfull_;
  std::vector<std::uint32_t> first_of_;
  std::vector<std::uint32_t> grouped_;
  std::vector<Element> elements_;
  std::vector<std::uint32_t> element_of_;
  std::vector<AtBlock> live_in_;
  std::vector<AtBlock> last_set_;
  std::vector<std::uint32_t> live_through_;
  std::vector<std::uint32_t> work_;
  std::vector<std::uint32_t> hints_;
  std::vector<int> bound_;  // by register of the function
  std::bitset<256> reserved_;
};

std::expected<Registers, std::uint32_t> Registers::assign(const ast::Module& module,
                                                          const ast::Function& function,
                                                          const Graph& graph) {
  return RegisterAssigner(module, function, graph).run();
}

}  // namespace avm::lowering
