#include "asm/lower.hpp"

#include <algorithm>

#include "asm/lower/emitter.hpp"
#include "asm/lower/finish.hpp"
#include "asm/lower/graph.hpp"
#include "asm/lower/register_assigner.hpp"
#include "asm/source_cursor.hpp"
#include "core/large_blocks.hpp"
#include "tape/debug.hpp"
#include "tape/flow.hpp"

namespace avm {

using ast::none;

class Lowering::State {
 public:
  State(const ast::Module& module, const std::vector<SourceFile>& sources,
        const AssembleOptions& options, std::vector<Diagnostic>& diagnostics)
      : module_(module),
        sources_(sources),
        options_(options),
        diagnostics_(diagnostics),
        constants_(module, tape_.constants),
        graph_(module),
        assigner_(module, graph_),
        emitter_({module, constants_, function_index_, node_register_}, graph_) {}

  void add(ast::Index function) {
    number_functions();
    constants_.extend();
    if (node_register_.size() < module_.nodes.size()) node_register_.resize(module_.nodes.size());
    if (!module_.is_left_out[function]) has_failed_ |= !lower_function(module_.functions[function]);
  }

  void forget_from(ast::Index node) { constants_.forget_from(node); }

  std::optional<Tape> finish() {
    if (has_failed_) return std::nullopt;
    if (options_.debug) {
      for (const SourceFile& source : sources_)
        tape_.files.push_back(source.name);
    }
    const std::vector<Hash> hashes = content_hashes(tape_);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      tape_.functions[i].hash = hashes[i];
    return std::move(tape_);
  }

 private:
  void number_functions() {
    for (std::size_t i = function_index_.size(); i < module_.is_left_out.size(); ++i)
      function_index_.push_back(module_.is_left_out[i] ? none : functions_taken_++);
  }

  void report(const ast::Span& span, std::string code, std::string message, std::string label) {
    Diagnostic diagnostic;
    diagnostic.code = std::move(code);
    diagnostic.message = std::move(message);
    diagnostic.place = {span.file, span.begin, span.end, std::move(label)};
    diagnostics_.push_back(std::move(diagnostic));
  }

  bool lower_function(const ast::Function& source) {
    graph_.read(source);
    const auto registers = assigner_.run(source);
    if (!registers) {
      const lowering::Item& item = graph_.items()[registers.error()];
      const ast::Span span = item.part == lowering::Part::Entry
                                 ? source.name_span
                                 : source.statements[item.statement].span;
      report(span, "too-many-registers",
             "more than " + std::to_string(lowering::live_registers_max) +
                 " registers are live at once",
             "here they do not fit any more");
      return false;
    }
    const auto code = emitter_.run(source, **registers);
    if (!code) {
      report(code.error().span, "too-many-registers", code.error().message, "");
      return false;
    }
    finish_function(source, **registers, **code);
    return true;
  }

  void finish_function(const ast::Function& source, const lowering::Registers& registers,
                       const lowering::Code& code) {
    TapeFunction function;
    function.name = module_.string(source.name);
    function.kind = source.kind;
    function.is_unsafe = source.is_unsafe;
    if (source.kind == FunctionKind::Pure)
      function.parameters = static_cast<std::uint8_t>(source.parameter_count);
    grow_counted_constants();
    // Parameters need not be named by any word.
    const unsigned used = std::max<unsigned>(code.registers, function.parameters);
    const auto new_pc = used <= SmallRegisterSet().size()
                            ? small_finisher_.run(code, counted_constants_, function)
                            : finisher_.run(code, counted_constants_, function);
    if (options_.debug) {
      describe(source, registers, function.registers, code, new_pc);
      function.debug = packer_.pack(debug_);
    }
    reserve_functions(source.span);
    tape_.functions.push_back(std::move(function));
  }

  /// Makes room for as many functions as the file will have if they go on as they began. Room that grew by
  /// and by would have been twice as much in all. No more than some times the text: it may not go on so.
  void reserve_functions(const ast::Span& last) {
    auto& functions = tape_.functions;
    constexpr std::size_t known_min = 256;
    if (functions.size() < known_min || functions.size() < functions.capacity()) return;
    const std::size_t text = sources_[last.file].text.size();
    const std::size_t likely = functions.size() * (text / last.end + 1);
    const std::size_t most = 4 * text / sizeof(TapeFunction);
    functions.reserve(std::max(std::min(likely, most), 2 * functions.size()));
    heap::prefer_large_pages(functions.data(), functions.capacity() * sizeof(TapeFunction));
  }

  // The pool grows function by function; what is in it stays.
  void grow_counted_constants() {
    if (counted_constants_.size() < tape_.constants.size())
      counted_constants_ = counted_constants(tape_.constants);
  }

  // Of the file under way. (A short text is elsewhere once there are more sources.)
  SourceCursor& cursor(std::uint32_t file) {
    const std::string_view text = sources_[file].text;
    if (!cursor_ || cursor_->text().data() != text.data()) cursor_.emplace(text);
    return *cursor_;
  }

  /// Into `debug_`.
  void describe(const ast::Function& source, const lowering::Registers& registers,
                unsigned register_count, const lowering::Code& code,
                std::span<const std::uint32_t> new_pc) {
    DebugView& debug = debug_;
    debug.lines.clear();
    debug.registers.clear();
    debug.labels.clear();
    debug.file = source.name_span.file;
    SourceCursor& places = cursor(debug.file);
    debug.position = places.position(source.name_span.begin);
    for (const lowering::Line& line : code.lines) {
      const std::uint32_t pc = new_pc[line.pc];
      const SourcePosition position = places.position(line.span.begin);
      if (pc >= new_pc.back()) continue;
      if (!debug.lines.empty() && debug.lines.back().pc == pc) debug.lines.pop_back();
      if (debug.lines.empty() || debug.lines.back().position != position)
        debug.lines.emplace_back(pc, position);
    }
    name_registers(source, registers, register_count, new_pc);
    for (std::size_t i = 0; i < source.labels.size(); ++i) {
      const std::uint32_t pc = code.label_pcs[i];
      if (pc == none || new_pc[pc] >= new_pc.back()) continue;
      debug.labels.emplace_back(new_pc[pc], module_.string(source.labels[i].name));
    }
    if (!std::ranges::is_sorted(debug.labels, {}, &DebugView::Label::pc))
      std::ranges::stable_sort(debug.labels, {}, &DebugView::Label::pc);
  }

  void name_registers(const ast::Function& source, const lowering::Registers& registers,
                      unsigned register_count, std::span<const std::uint32_t> new_pc) {
    named_.clear();
    const std::vector<std::uint32_t>& item_pcs = emitter_.item_pcs();
    for (const lowering::Web& web : registers.webs()) {
      // What no word sets or reads may have a register above all that do.
      const bool is_used = !web.is_fused && web.machine < register_count;
      if (!is_used || source.registers[web.reg].number >= 0) continue;
      const std::uint32_t from = new_pc[item_pcs[web.begin / 2]];
      const std::uint32_t to = new_pc[item_pcs[web.end / 2]];
      if (from < to)
        named_.emplace_back(std::uint64_t{from} << 8U | web.machine,
                            std::uint64_t{to} << 32U | source.registers[web.reg].name);
    }
    std::ranges::sort(named_);
    for (const auto& [from_and_number, to_and_name] : named_) {
      debug_.registers.emplace_back(static_cast<std::uint8_t>(from_and_number),
                                    static_cast<std::uint32_t>(from_and_number >> 8U),
                                    static_cast<std::uint32_t>(to_and_name >> 32U),
                                    module_.string(static_cast<ast::Index>(to_and_name)));
    }
  }

  const ast::Module& module_;
  const std::vector<SourceFile>& sources_;
  const AssembleOptions& options_;
  std::vector<Diagnostic>& diagnostics_;
  Tape tape_;
  lowering::Constants constants_;
  bool has_failed_ = false;
  std::uint32_t functions_taken_ = 0;
  std::vector<std::uint32_t> function_index_;
  std::vector<std::uint8_t> node_register_;
  std::vector<bool> counted_constants_;
  lowering::Graph graph_;
  lowering::RegisterAssigner assigner_;
  lowering::Emitter emitter_;
  lowering::Finisher<SmallRegisterSet> small_finisher_;
  lowering::Finisher<RegisterSet> finisher_;
  std::optional<SourceCursor> cursor_;
  DebugView debug_;  // of the function under way
  DebugPacker packer_;

  // A register of the function under way that has a name in a stretch of words.
  struct Named {
    std::uint64_t from_and_number;
    std::uint64_t to_and_name;
    friend auto operator<=>(const Named&, const Named&) = default;
  };
  std::vector<Named> named_;
};

Lowering::Lowering(const ast::Module& module, const std::vector<SourceFile>& sources,
                   const AssembleOptions& options, std::vector<Diagnostic>& diagnostics)
    : state_(std::make_unique<State>(module, sources, options, diagnostics)) {}

Lowering::~Lowering() = default;

void Lowering::add(ast::Index function) { state_->add(function); }

void Lowering::forget_from(ast::Index node) { state_->forget_from(node); }

std::optional<Tape> Lowering::finish() { return state_->finish(); }

}  // namespace avm
