#include "tape/verify.hpp"

#include <algorithm>
#include <cassert>
#include <map>

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

#include "avm/text.hpp"
#include "tape/debug.hpp"
#include "tape/flow.hpp"

namespace avm {
namespace {

using Proof = std::expected<void, TapeError>;

// Stops the enclosing function where a part of the proof fails.
#define AVM_PROVE(proof)                                                                           \
  do {                                                                                             \
    if (Proof proved = (proof); !proved) return proved;                                            \
  } while (false)

Proof refuse(std::string message) {
  return std::unexpected(TapeError{std::move(message), std::nullopt, std::nullopt});
}

bool is_reserved(std::string_view name) noexcept {
  constexpr std::array words = {"import", "const", "program", "behavior", "pure", "unsafe",
                                "just",   "true",  "false",   "nothing",  "else", "reply"};
  return find_op(name).has_value() || std::ranges::find(words, name) != words.end();
}

Proof prove_constant(const ConstantPool& pool, std::uint32_t index) {
  const ConstantPool::Node& node = pool[index];
  const auto wrong = [&](std::string_view what) {
    return refuse(fmt::format("constant {} {}", index, what));
  };
  std::optional<std::size_t> parts = 0;
  bool has_number = false;
  switch (node.kind) {
  case Kind::Nat: has_number = true; break;
  case Kind::Bool:
    has_number = true;
    if (node.number > 1) return wrong("is a Bool that is neither true nor false");
    break;
  case Kind::Str:
  case Kind::Nothing: break;
  case Kind::List: parts = std::nullopt; break;
  case Kind::Pair: parts = 2; break;
  case Kind::Just: parts = 1; break;
  default: return wrong("is of a kind that constants do not have");
  }
  if (parts && node.parts.size() != *parts) return wrong("has a wrong number of parts");
  if (!has_number && node.number != 0) return wrong("has a number that its kind does not have");
  if (node.kind != Kind::Str && !node.text.empty())
    return wrong("has a text that its kind does not have");
  if (!is_utf8(node.text)) return wrong("is not UTF-8");
  const bool is_lower =
      std::ranges::all_of(node.parts, [&](std::uint32_t part) { return part < index; });
  if (!is_lower) return wrong("has a part that does not stand before it");
  return {};
}

// Proves one function of a tape after the other.
class FunctionVerifier {
 public:
  explicit FunctionVerifier(const Tape& tape)
      : tape_(tape), counted_constants_(counted_constants(tape.constants)) {}

  Proof run(const TapeFunction& function) {
    function_ = &function;
    AVM_PROVE(prove_signature());
    AVM_PROVE(prove_words());
    AVM_PROVE(prove_jumps());
    AVM_PROVE(prove_declarations());
    AVM_PROVE(prove_flow());
    return prove_debug();
  }

 private:
  Proof refuse(std::string message) const {
    return std::unexpected(TapeError{std::move(message), function_->name, std::nullopt});
  }
  Proof refuse_at(std::uint32_t pc, std::string message) const {
    return std::unexpected(TapeError{std::move(message), function_->name, pc});
  }

  Proof prove_signature() const {
    if (function_->kind > FunctionKind::Pure) return refuse("it is of no known kind");
    if (function_->kind != FunctionKind::Pure && function_->parameters != 0) {
      return refuse("only pure functions have parameters");
    }
    if (function_->parameters > function_->registers) {
      return refuse(fmt::format("it has {} parameters but {} registers", function_->parameters,
                                function_->registers));
    }
    if (function_->code.empty()) return refuse("it has no code");
    if (function_->code.size() > code_words_max) return refuse("it is too long");
    return {};
  }

  // Each word by itself: it decodes, and what it names is there.
  Proof prove_words() {
    const std::span<const Word> code = function_->code;
    is_first_word_.assign(code.size(), 0);
    jumps_.clear();
    highest_layer_ = 0;
    first_unsafe_.reset();
    std::uint32_t last = 0;
    for (std::uint32_t pc = 0; pc < code.size();) {
      if (!can_decode(code, pc)) return refuse_at(pc, decoding_problem(code, pc));
      const OpForm& form = op_forms[op_byte(code[pc])];
      const Instruction instruction = instruction_at(code, pc);
      if (registers_end(form, instruction.bytes) > function_->registers)
        return refuse_registers(instruction);
      if (!form.is_plain) AVM_PROVE(prove_more(instruction, form));
      if (form.jumps) jumps_.push_back(pc);
      is_first_word_[pc] = 1;
      highest_layer_ = std::max(highest_layer_, form.layer);
      if (form.is_unsafe && !first_unsafe_) first_unsafe_ = pc;
      last = pc;
      pc += form.word_count;
    }
    if (!instruction_at(code, last).info->is_terminator())
      return refuse_at(last, "control can run past the end of the function");
    return {};
  }

  Proof refuse_registers(const Instruction& instruction) const {
    const OpForm& form = form_of(instruction.op());
    std::optional<unsigned> unknown;
    form.for_each(form.registers, instruction.bytes, [&](std::uint8_t number) {
      if (!unknown && number >= function_->registers) unknown = number;
    });
    if (unknown) {
      return refuse_at(instruction.pc,
                       fmt::format("{} names register {}, but there are {}", instruction.info->name,
                                   *unknown, function_->registers));
    }
    const Window window = window_of(instruction);
    return refuse_at(instruction.pc,
                     fmt::format("{} takes {} registers from {} on, but there are {}",
                                 instruction.info->name, window.count, window.first,
                                 function_->registers));
  }

  // What is not proved by its registers alone.
  Proof prove_more(const Instruction& instruction, const OpForm& form) const {
    if (form.apart != 0) AVM_PROVE(prove_apart(instruction, form));
    if (form.leads) AVM_PROVE(prove_followers(instruction));
    if (form.window != OpForm::no_window) AVM_PROVE(prove_window_size(instruction));
    if (form.word_count > 1) AVM_PROVE(prove_indices(instruction));
    if (form.is_effect) AVM_PROVE(prove_effect(instruction));
    return {};
  }

  Proof prove_apart(const Instruction& instruction, const OpForm& form) const {
    const auto number = named_twice(form, instruction.bytes);
    if (!number) return {};
    return refuse_at(instruction.pc,
                     fmt::format("{} names register {} twice", instruction.info->name, *number));
  }

  Proof prove_followers(const Instruction& instruction) const {
    const std::span<const Word> code = function_->code;
    if (leads_to(code[instruction.pc], code.subspan(instruction.pc + 1))) return {};
    return refuse_at(instruction.pc,
                     fmt::format("{} without the words that it leads to", instruction.info->name));
  }

  Proof prove_window_size(const Instruction& instruction) const {
    const unsigned count = window_of(instruction).count;
    if (instruction.op() == Op::make_list && count == 0) {
      return refuse_at(instruction.pc, "make_list of nothing: the empty list is a constant");
    }
    if (instruction.op() == Op::call_pure && count == 0) {
      return refuse_at(instruction.pc, "call_pure without a name");
    }
    return {};
  }

  Proof prove_indices(const Instruction& instruction) const {
    if (instruction.has(Extra::Constant) && instruction.constant >= tape_.constants.size()) {
      return refuse_at(instruction.pc, fmt::format("constant {} is named, but there are {}",
                                                   instruction.constant, tape_.constants.size()));
    }
    if (instruction.has(Extra::Function)) AVM_PROVE(prove_callee(instruction));
    if (instruction.has(Extra::PostKind)) AVM_PROVE(prove_post(instruction));
    return {};
  }

  Proof prove_callee(const Instruction& instruction) const {
    if (instruction.function >= tape_.functions.size()) {
      return refuse_at(instruction.pc, fmt::format("function {} is named, but there are {}",
                                                   instruction.function, tape_.functions.size()));
    }
    const TapeFunction& callee = tape_.functions[instruction.function];
    if (callee.kind != FunctionKind::Pure) {
      return refuse_at(instruction.pc, fmt::format("{} of '{}', which is not a pure function",
                                                   instruction.info->name, callee.name));
    }
    if (instruction.op() == Op::apply && instruction.c() != callee.parameters) {
      return refuse_at(instruction.pc,
                       fmt::format("'{}' has {} parameters and is applied to {} values",
                                   callee.name, callee.parameters, instruction.c()));
    }
    return {};
  }

  Proof prove_post(const Instruction& instruction) const {
    if (instruction.post_kind >= post_kinds().size()) {
      return refuse_at(instruction.pc,
                       fmt::format("{} is no kind of constraint", instruction.post_kind));
    }
    const PostArity arity = post_arity(instruction.post_kind);
    const unsigned count = window_of(instruction).count;
    if (count < arity.least || count > arity.most) {
      return refuse_at(instruction.pc, fmt::format("post {} of {} operands",
                                                   post_kinds()[instruction.post_kind], count));
    }
    return {};
  }

  Proof prove_effect(const Instruction& instruction) const {
    if (function_->kind != FunctionKind::Pure) return {};
    return refuse_at(instruction.pc, fmt::format("{} in a pure function", instruction.info->name));
  }

  Proof prove_jumps() {
    goes_forward_ = true;
    for (const std::uint32_t pc : jumps_) {
      const Instruction instruction = instruction_at(function_->code, pc);
      goes_forward_ = goes_forward_ && instruction.target > pc;
      if (is_first_word_[instruction.target] != 0) continue;
      return refuse_at(pc, fmt::format("{} jumps to word {}, which is inside of an instruction",
                                       instruction.info->name, instruction.target));
    }
    return {};
  }

  Proof prove_declarations() const {
    if (first_unsafe_ && !function_->is_unsafe) {
      return refuse_at(*first_unsafe_,
                       "an unsafe instruction in a function that is not declared unsafe");
    }
    if (highest_layer_ != function_->layer) {
      return refuse(fmt::format("layer {} is declared, but its instructions are of layer {}",
                                function_->layer, highest_layer_));
    }
    return {};
  }

  Proof prove_flow() {
    return function_->registers <= SmallRegisterSet().size() ? prove_flow(small_facts_)
                                                             : prove_flow(facts_);
  }

  template <typename Set>
  Proof prove_flow(FlowFacts<Set>& flow) {
    const auto is_proved = [](const Instruction& instruction, const OpForm& form,
                              const FactsOf<Set>& facts) {
      return unset_reads(instruction, form, facts).none() &&
             overwritten(instruction, form, facts).none() &&
             (!ends_frame(form.op) || left_behind(instruction, facts).none());
    };
    const bool passes = goes_forward_ ? flow.find_forward(*function_, counted_constants_, is_proved)
                                      : flow.find(*function_, counted_constants_, is_proved);
    if (passes) return {};
    return first_fault(flow);
  }

  // Facts only get worse while they are found, and come to each instruction as they are in the end: a
  // fault was seen where one is there. Of several the first in the code is told.
  template <typename Set>
  Proof first_fault(FlowFacts<Set>& flow) {
    std::map<std::uint32_t, Proof> faults;
    flow.find(*function_, counted_constants_,
              [&](const Instruction& instruction, const OpForm& form, const FactsOf<Set>& facts) {
                Proof proof = prove_registers(instruction, form, facts);
                if (!proof) faults.insert_or_assign(instruction.pc, std::move(proof));
                return true;
              });
    assert(!faults.empty());
    return faults.begin()->second;
  }

  template <typename Set>
  Proof prove_registers(const Instruction& instruction, const OpForm& form,
                        const FactsOf<Set>& facts) const {
    if (const Set unset = unset_reads(instruction, form, facts); unset.any())
      return refuse_at(instruction.pc, fmt::format("register {} is read before it is set",
                                                   first_read(instruction, unset)));
    Set left = overwritten(instruction, form, facts);
    if (ends_frame(instruction.op())) left |= left_behind(instruction, facts);
    if (left.none()) return {};
    unsigned number = 0;
    while (!left[number])
      ++number;
    return refuse_at(instruction.pc, fmt::format("register {} may still hold a value at {}", number,
                                                 instruction.info->name));
  }

  template <typename Set>
  static Set unset_reads(const Instruction& instruction, const OpForm& form,
                         const FactsOf<Set>& facts) noexcept {
    return registers_read<Set>(instruction, form) & ~facts.set;
  }

  // Of those in `set`, in the order in which the instruction names them.
  template <typename Set>
  static unsigned first_read(const Instruction& instruction, const Set& set) noexcept {
    std::optional<unsigned> first;
    for_each_read(instruction, [&](std::uint8_t number) {
      if (!first && set[number]) first = number;
    });
    return *first;
  }

  static bool ends_frame(Op op) noexcept {
    return op == Op::ret || op == Op::reject || op == Op::apply;
  }

  // What is set must hold nothing that needs a release, but for what the instruction itself reads.
  template <typename Set>
  static Set overwritten(const Instruction& instruction, const OpForm& form,
                         const FactsOf<Set>& facts) noexcept {
    return registers_named<Set>(form, form.sets, instruction.bytes) & facts.counted &
           ~registers_read<Set>(instruction, form);
  }

  // A frame that goes away, or that another one is laid over, must hold nothing that needs a release.
  template <typename Set>
  static Set left_behind(const Instruction& instruction, const FactsOf<Set>& facts) noexcept {
    if (instruction.op() == Op::apply)
      return facts.counted & registers_from<Set>(window_of(instruction).end());
    Set left = facts.counted;
    left[instruction.a()] = false;
    return left;
  }

  Proof prove_debug() const {
    const PackedDebug& debug = function_->debug;
    const std::size_t words = function_->code.size();
    if (!debug || debug.fits(words, function_->registers, tape_.files.size())) return {};
    DebugNeeds needs;
    read_debug(ByteReader(debug.bytes()), needs);
    if (needs.file >= tape_.files.size()) {
      return refuse(fmt::format("its debug section names file {}, but there are {}", needs.file,
                                tape_.files.size()));
    }
    if (!needs.has_place) return refuse("its debug section gives no place of it");
    if (needs.lines > words) return refuse("the lines of its debug section are not well formed");
    if (needs.registers > words || needs.register_count > function_->registers)
      return refuse("the registers of its debug section are not well formed");
    return refuse("the labels of its debug section are not well formed");
  }

  // Distances of jumps are signed and of 32 bits.
  static constexpr std::size_t code_words_max = 0x7fffffff;

  const Tape& tape_;
  const std::vector<bool> counted_constants_;
  // Of one function, in memory that the next one has again.
  const TapeFunction* function_ = nullptr;
  std::vector<std::uint8_t> is_first_word_;
  std::vector<std::uint32_t> jumps_;  // where they stand
  std::uint8_t highest_layer_ = 0;
  std::optional<std::uint32_t> first_unsafe_;
  bool goes_forward_ = true;  // no jump goes back
  FlowFacts<SmallRegisterSet> small_facts_;
  FlowFacts<RegisterSet> facts_;
};

// Before all else: messages name functions, and a name could hold anything.
Proof prove_names(const Tape& tape) {
  const auto name_of = [&](std::uint32_t i) -> std::string_view { return tape.functions[i].name; };
  const auto hash = [&](std::uint32_t i) { return std::hash<std::string_view>()(name_of(i)); };
  const auto equal = [&](std::uint32_t a, std::uint32_t b) { return name_of(a) == name_of(b); };
  boost::unordered_flat_set<std::uint32_t, decltype(hash), decltype(equal)> names(
      tape.functions.size(), hash, equal);
  for (std::uint32_t i = 0; i < tape.functions.size(); ++i) {
    const std::string_view name = name_of(i);
    if (!is_name(name)) return refuse(fmt::format("the name of function {} is not a NAME", i));
    if (is_reserved(name))
      return refuse(fmt::format("'{}' is reserved and cannot name a function", name));
    if (!names.insert(i).second) return refuse(fmt::format("two functions are named '{}'", name));
  }
  return {};
}

}  // namespace

bool is_name(std::string_view name) noexcept {
  static constexpr auto is_part = [] {
    std::array<bool, 256> table{};
    for (const unsigned char c : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")
      table[c] = c != 0;
    return table;
  }();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  bool are_parts = true;
  for (const unsigned char c : name)
    are_parts = are_parts & is_part[c];
  return are_parts && !name.empty() && !is_digit(name.front());
}

Proof verify_but_hashes(const Tape& tape) {
  AVM_PROVE(prove_names(tape));
  for (std::uint32_t i = 0; i < tape.constants.size(); ++i)
    AVM_PROVE(prove_constant(tape.constants, i));
  FunctionVerifier verifier(tape);
  for (const TapeFunction& function : tape.functions)
    AVM_PROVE(verifier.run(function));
  return {};
}

Proof verify(const Tape& tape) {
  AVM_PROVE(verify_but_hashes(tape));
  if (are_hashes_true(tape)) return {};
  const std::vector<Hash> hashes = content_hashes(tape);
  std::size_t i = 0;
  while (hashes[i] == tape.functions[i].hash)
    ++i;
  return std::unexpected(
      TapeError{"its content hash is not that of its code", tape.functions[i].name, {}});
}

}  // namespace avm
