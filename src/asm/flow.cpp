#include "asm/flow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "asm/flow_graph.hpp"
#include "asm/flow_proof.hpp"
#include "asm/suggest.hpp"

namespace avm::ast {
namespace {

/// No function of which so many registers are live at one place can be assembled (250 can), so that
/// there is no point in following more. It bounds the work for any input.
constexpr std::uint32_t live_max = 1000;

/// Blocks that one walk has visited, made empty again in constant time.
class BlockSet {
 public:
  /// Makes room for `size` blocks.
  void grow(std::size_t size) {
    if (marks_.size() < size) marks_.resize(size);
  }
  void clear() noexcept { ++mark_; }
  bool contains(std::uint32_t block) const noexcept { return marks_[block] == mark_; }
  /// False where it was in already.
  bool add(std::uint32_t block) noexcept {
    if (marks_[block] == mark_) return false;
    marks_[block] = mark_;
    return true;
  }

 private:
  std::vector<std::uint32_t> marks_;
  std::uint32_t mark_ = 1;
};

}  // namespace

class FlowChecks::State {
 public:
  State(const ParsedModule& parsed, Diagnostics& diagnostics)
      : parsed_(parsed),
        module_(parsed.module),
        diagnostics_(diagnostics),
        proof_(module_),
        graph_(parsed) {}

  void run(Index function) {
    function_ = &module_.functions[function];
    notes_ = &parsed_.notes_of(function);
    if (proof_.holds(*function_, *notes_)) return;
    graph_.read(function);
    visited_.grow(graph_.blocks().size());
    sets_here_.grow(graph_.blocks().size());
    runs_.clear();
    if (!notes_->is_open_ended) check_end();
    collect_mentions();
    if (!notes_->has_bad_header) check_reads();
    if (notes_->broken.empty() && !notes_->has_unknown_labels) {
      find_unreachable();
      check_labels();
    }
    check_never_read();
  }

 private:
  /// A read of a register that nothing in its block sets before.
  struct OpenRead {
    std::uint32_t block;
    Index node;
  };
  struct RegisterFacts {
    bool is_read = false;
    bool is_parameter = false;
    bool is_set_by_pattern = false;  ///< The first that sets it is the pattern of a match.
    Span set;                        ///< The first place that sets it; empty where there is none.
    Index setter = none;             ///< The statement of it.
    std::uint32_t last_set = none;   ///< The last block that sets it, or reads it unset.
    std::uint32_t last_read = none;
  };

  std::string_view name(Index reg) const { return module_.string(function_->registers[reg].name); }
  std::string_view function_name() const { return module_.string(function_->name); }

  // The end.

  void check_end() {
    const auto& blocks = graph_.blocks();
    if (blocks.empty()) {
      report_end(function_->name_span, fmt::format("{} has no statements", shown(function_name())));
      return;
    }
    const auto runs_off = [](const Block& block) { return block.is_reached && block.falls_off; };
    if (std::ranges::none_of(blocks, runs_off)) return;
    const Label* const last = function_->labels.empty() ? nullptr : &function_->labels.back();
    const bool label_at_end = last != nullptr && last->statement == function_->statements.size();
    if (label_at_end && last->is_used) {
      report_end(last->span, "nothing follows this label");
    } else {
      report_end(function_->statements.back().span, "nothing follows this statement");
    }
  }

  void report_end(Span span, std::string label) {
    Diagnostic* const diagnostic = diagnostics_.error(
        "reaches-end", span, "control can reach the end of {}", shown(function_name()));
    if (diagnostic == nullptr) return;
    diagnostic->place.label = std::move(label);
    diagnostic->help = function_->kind == FunctionKind::Pure
                           ? "end it with 'ret', or go on elsewhere with 'jmp'"
                           : "end it with 'ret' or 'reject', or go on elsewhere with 'jmp'";
  }

  // Who reads and sets what.

  void collect_mentions() {
    facts_.assign(function_->registers.size(), {});
    open_reads_.clear();
    reads_list_.clear();
    sets_list_.clear();
    for (Index parameter = 0; parameter < function_->parameter_count; ++parameter)
      facts_[parameter].is_parameter = true;
    for (block_ = 0; block_ < graph_.blocks().size(); ++block_) {
      const Block& block = graph_.blocks()[block_];
      if (block.match != none) bind_pattern(block.match);
      for (std::uint32_t i = block.begin; i < block.end; ++i)
        collect_statement(i);
    }
    reads_.assign(facts_.size(), reads_list_);
    sets_.assign(facts_.size(), sets_list_);
  }

  void collect_statement(std::uint32_t index) {
    const Statement& statement = function_->statements[index];
    const bool is_broken = graph_.is_broken(index);
    const bool is_match =
        !is_broken && statement.kind == StatementKind::Op && statement.op == Op::match;
    const Index end = is_match ? pattern_begin(index) : notes_->node_begins[index + 1];
    for (Index node = notes_->node_begins[index]; node < end; ++node) {
      if (module_.nodes[node].kind != NodeKind::Register) continue;
      if (!is_broken) {
        add_read(node);
      } else {
        // It may do either with it; nothing more is to be said of that register here.
        facts_[module_.nodes[node].ref].is_read = true;
        add_set(module_.nodes[node].ref, index, {});
      }
    }
    if (statement.result != none) {
      add_set(statement.result, index, is_broken ? Span{} : statement.result_span);
    }
  }

  Index pattern_begin(std::uint32_t index) const {
    return ast::pattern_begin(module_, function_->statements[index]);
  }

  void bind_pattern(std::uint32_t index) {
    for (Index node = pattern_begin(index); node < notes_->node_begins[index + 1]; ++node) {
      const Node& pattern = module_.nodes[node];
      if (pattern.kind != NodeKind::Register) continue;
      const bool is_first = facts_[pattern.ref].setter == none;
      add_set(pattern.ref, index, pattern.span);
      if (is_first) facts_[pattern.ref].is_set_by_pattern = true;
    }
  }

  void add_read(Index node) {
    const Index reg = module_.nodes[node].ref;
    RegisterFacts& facts = facts_[reg];
    facts.is_read = true;
    if (!graph_.blocks()[block_].is_reached) return;
    if (facts.last_set == block_ || facts.last_read == block_) return;
    facts.last_read = block_;
    reads_list_.push_back({reg, static_cast<std::uint32_t>(open_reads_.size())});
    open_reads_.push_back({block_, node});
  }

  void add_set(Index reg, std::uint32_t statement, Span span) {
    RegisterFacts& facts = facts_[reg];
    if (facts.setter == none) {
      facts.setter = statement;
      facts.set = span;
    }
    if (!graph_.blocks()[block_].is_reached || facts.last_set == block_) return;
    facts.last_set = block_;
    sets_list_.push_back({reg, block_});
  }

  // Registers that are read before they are set.

  void check_reads() {
    live_counts_.assign(graph_.blocks().size(), 0);
    for (Index reg = 0; reg < facts_.size(); ++reg) {
      if (facts_[reg].is_parameter || reads_[reg].empty()) continue;
      if (facts_[reg].setter == none) {
        report_never_set(reg);
        continue;
      }
      const auto is_live = is_live_at_entry(reg);
      if (!is_live) return report_too_many_live();
      if (*is_live) report_unset(reg);
    }
  }

  /// Walks from the reads of a register back to where it is set. Nothing where too many registers
  /// are live in one block.
  std::optional<bool> is_live_at_entry(Index reg) {
    visited_.clear();
    mark_sets(reg);
    waiting_.clear();
    for (const std::uint32_t read : reads_[reg])
      visit(open_reads_[read].block);
    while (!waiting_.empty()) {
      const std::uint32_t block = waiting_.back();
      waiting_.pop_back();
      if (block == 0) return true;
      if (++live_counts_[block] > live_max) {
        crowded_ = block;
        return std::nullopt;
      }
      for (const std::uint32_t before : graph_.predecessors()[block]) {
        if (graph_.blocks()[before].is_reached && !sets_here_.contains(before)) visit(before);
      }
    }
    return false;
  }

  void visit(std::uint32_t block) {
    if (visited_.add(block)) waiting_.push_back(block);
  }

  void mark_sets(Index reg) {
    sets_here_.clear();
    for (const std::uint32_t block : sets_[reg])
      sets_here_.add(block);
  }

  void report_too_many_live() {
    const Block& block = graph_.blocks()[crowded_];
    const Index statement = block.match != none ? block.match : block.begin;
    diagnostics_.error("too-many-registers", function_->statements[statement].span,
                       "more than {} registers are live at once", live_max);
  }

  void report_never_set(Index reg) {
    const Index node = open_reads_[reads_[reg][0]].node;
    Diagnostic* const diagnostic =
        diagnostics_.error("read-before-set", module_.nodes[node].span, "register {} is never set",
                           shown_register(name(reg)));
    if (diagnostic != nullptr) diagnostic->help = near_register(reg);
  }

  std::optional<std::string> near_register(Index reg) const {
    NearName near(name(reg));
    constexpr std::size_t searched_max = 100'000;
    const std::size_t searched = std::min(facts_.size(), searched_max);
    for (Index other = 0; other < searched; ++other) {
      if (facts_[other].setter == none && !facts_[other].is_parameter) continue;
      if (!near.offer(name(other))) break;
    }
    if (const auto best = near.best()) return fmt::format("did you mean '%{}'?", *best);
    return std::nullopt;
  }

  void report_unset(Index reg) {
    const auto read = first_unset_read(reg);
    if (!read) return;
    Diagnostic* const diagnostic = diagnostics_.error(
        "read-before-set", module_.nodes[read->node].span,
        "register {} is read before it is set, on some path", shown_register(name(reg)));
    if (diagnostic == nullptr) return;
    const Shown shown = shown_register(name(reg));
    const Span set = facts_[reg].set;
    if (const auto branch = branch_around(reg, read->block)) {
      diagnostic->others.push_back(place(
          function_->statements[branch->statement].span,
          branch->is_taken ? fmt::format("this branch skips the place where {} is set", shown)
                           : fmt::format("where this does not branch, {} is not set", shown)));
      if (set.end != 0) diagnostic->others.push_back(place(set, "set here"));
    } else {
      diagnostic->message = fmt::format("register {} is read before it is set", shown);
      if (set.end != 0) diagnostic->others.push_back(place(set, "set only here"));
    }
  }

  /// Walks from the entry as far as the register is not set: the first read in there, in the order
  /// of the text. Leaves the way to each block in `came_from_`.
  std::optional<OpenRead> first_unset_read(Index reg) {
    came_from_.resize(graph_.blocks().size());
    mark_sets(reg);
    visited_.clear();
    waiting_.assign(1, 0);
    visited_.add(0);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const std::uint32_t block = waiting_[i];
      if (sets_here_.contains(block)) continue;
      for (const std::uint32_t next : graph_.successors()[block]) {
        if (!visited_.add(next)) continue;
        came_from_[next] = block;
        waiting_.push_back(next);
      }
    }
    for (const std::uint32_t read : reads_[reg]) {
      if (visited_.contains(open_reads_[read].block)) return open_reads_[read];
    }
    return std::nullopt;
  }

  struct Branch {
    std::uint32_t statement;
    bool is_taken;
  };

  /// The last branch on the way to `block` whose other way leads to where the register is set.
  std::optional<Branch> branch_around(Index reg, std::uint32_t block) {
    visited_.clear();
    waiting_.clear();
    for (const std::uint32_t set : sets_[reg])
      visit(set);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      for (const std::uint32_t before : graph_.predecessors()[waiting_[i]])
        visit(before);
    }
    while (block != 0) {
      const std::uint32_t before = came_from_[block];
      const auto leads_to_set = [&](std::uint32_t other) {
        return other != block && visited_.contains(other);
      };
      if (std::ranges::any_of(graph_.successors()[before], leads_to_set)) {
        return Branch{graph_.blocks()[before].end - 1, block != before + 1};
      }
      block = before;
    }
    return std::nullopt;
  }

  // Warnings.

  void find_unreachable() {
    bool in_run = false;
    for (const Block& block : graph_.blocks()) {
      if (block.begin == block.end) continue;
      if (!block.is_reached && !in_run) runs_.push_back(block.begin);
      in_run = !block.is_reached;
    }
    for (const std::uint32_t begin : runs_) {
      // Then that is the reason, and the label's own warning says so.
      if (has_unused_label(begin)) continue;
      Diagnostic* const diagnostic = diagnostics_.warning(
          "unreachable", function_->statements[begin].span, "nothing leads to this statement");
      if (diagnostic != nullptr && begin > 0) {
        diagnostic->others.push_back(
            place(function_->statements[begin - 1].span, "control does not go on behind this"));
      }
    }
  }

  bool has_unused_label(std::uint32_t statement) const {
    const auto at = std::ranges::equal_range(function_->labels, statement, {}, &Label::statement);
    return std::ranges::any_of(at, [](const Label& label) { return !label.is_used; });
  }

  void check_labels() {
    for (const Label& label : function_->labels) {
      if (label.is_used) continue;
      Diagnostic* const diagnostic = diagnostics_.warning(
          "unused-label", label.span, "label {} is never used", shown(module_.string(label.name)));
      if (diagnostic != nullptr && std::ranges::binary_search(runs_, label.statement)) {
        diagnostic->notes.emplace_back("so that nothing leads to the statements behind it");
      }
    }
  }

  void check_never_read() {
    for (Index reg = 0; reg < facts_.size(); ++reg) {
      const RegisterFacts& facts = facts_[reg];
      if (facts.is_read || facts.is_parameter || facts.set.end == 0) continue;
      if (name(reg).starts_with('_')) continue;
      Diagnostic* const diagnostic = diagnostics_.warning(
          "never-read", facts.set, "register {} is never read", shown_register(name(reg)));
      if (diagnostic != nullptr) diagnostic->help = never_read_help(facts, bare(name(reg)));
    }
  }

  std::string never_read_help(const RegisterFacts& facts, Shown name) const {
    const Statement& statement = function_->statements[facts.setter];
    const bool is_instruction =
        statement.kind == StatementKind::Op && op_info(statement.op).is_instruction();
    if (facts.is_set_by_pattern) return "put '_' in its place";
    if (is_instruction) return fmt::format("leave out '%{} ='", name);
    return fmt::format("leave out the line, or name the register '%_{}'", name);
  }

  const ParsedModule& parsed_;
  const Module& module_;
  Diagnostics& diagnostics_;
  FlowProof proof_;
  FlowGraph graph_;

  // Of the current function.
  const Function* function_ = nullptr;
  const FunctionNotes* notes_ = nullptr;
  std::vector<RegisterFacts> facts_;  // by register
  std::vector<OpenRead> open_reads_;
  Lists reads_;  // by register: index of the open read, in the order of the text
  Lists sets_;   // by register: block
  std::vector<Lists::Entry> reads_list_;
  std::vector<Lists::Entry> sets_list_;
  std::uint32_t block_ = 0;
  std::vector<std::uint32_t> live_counts_;  // by block
  std::uint32_t crowded_ = 0;
  BlockSet visited_;
  BlockSet sets_here_;
  std::vector<std::uint32_t> waiting_;
  std::vector<std::uint32_t> came_from_;
  std::vector<std::uint32_t> runs_;  // first statements of those that are never reached
};

FlowChecks::FlowChecks(const ParsedModule& parsed, Diagnostics& diagnostics)
    : state_(std::make_unique<State>(parsed, diagnostics)) {}

FlowChecks::~FlowChecks() = default;

void FlowChecks::run(Index function) { state_->run(function); }

}  // namespace avm::ast
