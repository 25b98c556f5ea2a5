#include "fuzz/made_tape.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "avm/tape_builder.hpp"
#include "fuzz/choices.hpp"
#include "tape/flow.hpp"

namespace avm::fuzz {
namespace {

// Constants that are the names of functions.
constexpr std::uint32_t first_behavior = 7;
constexpr std::uint32_t first_pure = 8;

// What programs mostly do, but for what is pure.
constexpr std::array favourites = {Op::create_obj, Op::call,     Op::call,     Op::receive,
                                   Op::receive,    Op::begin_tx, Op::begin_tx, Op::commit_tx,
                                   Op::abort_tx,   Op::apply,    Op::set_state};

struct Function {
  FunctionKind kind;
  std::uint8_t parameters = 0;
};

class TapeMaker {
 public:
  explicit TapeMaker(Bytes bytes) : choices_(bytes) {
    for (const OpInfo& info : all_ops()) {
      if (info.word_count != 0) ops_.push_back(&info);
    }
  }

  std::optional<Tape> make() {
    make_constants();
    plan_functions();
    for (const Function& one : functions_)
      function(one);
    auto tape = tape_.finish();
    if (!tape) return std::nullopt;
    return *std::move(tape);
  }

 private:
  struct Constant {
    std::uint32_t index;
    Kind kind;
  };

  // At least one of each kind. What is used of them, and how they are nested, is up to the bytes.
  void make_constants() {
    ConstantPool& pool = tape_.constants();
    constants_ = {
        {pool.nat(70'000), Kind::Nat},   {pool.boolean(true), Kind::Bool},
        {pool.str("other"), Kind::Str},  {pool.list({}), Kind::List},
        {pool.nothing(), Kind::Nothing}, {pool.pair(0, 1), Kind::Pair},
        {pool.just(2), Kind::Just},      {pool.str("f0"), Kind::Str},
        {pool.str("f1"), Kind::Str},     {pool.str("so long that it lies in a block"), Kind::Str}};
    for (unsigned count = choices_.below(24); count > 0; --count) {
      const std::uint32_t part = choices_.of(constants_).index;
      switch (choices_.below(4)) {
      case 0: constants_.push_back({pool.just(part), Kind::Just}); break;
      case 1:
        constants_.push_back({pool.pair(part, choices_.of(constants_).index), Kind::Pair});
        break;
      case 2: constants_.push_back({pool.nat(choices_.number()), Kind::Nat}); break;
      default: constants_.push_back({pool.list(std::vector(choices_.below(5), part)), Kind::List});
      }
    }
  }

  void plan_functions() {
    constexpr std::array kinds = {FunctionKind::Behavior, FunctionKind::Pure};
    functions_.push_back({FunctionKind::Program});
    const unsigned count = 2 + choices_.below(3);
    for (unsigned i = 0; i < count; ++i) {
      const FunctionKind kind = i < 2 ? kinds[i] : choices_.of(kinds);
      const unsigned parameters = kind == FunctionKind::Pure ? choices_.below(4) : 0;
      functions_.push_back({kind, static_cast<std::uint8_t>(parameters)});
    }
    // It is run with an object as its input (`check_backends`).
    functions_.push_back({FunctionKind::Program});
  }

  // ─── a function ───────────────────────────────────────────────────────────────────────────────

  void function(const Function& function) {
    const std::string name = index_ == 0 ? "main" : "f" + std::to_string(index_ - 1);
    ++index_;
    is_last_ = index_ == functions_.size();
    kind_ = function.kind;
    out_ = &tape_.add(function.kind, name);
    out_->set_unsafe(true);
    out_->set_parameters(function.parameters);
    labels_.clear();
    unbound_.clear();
    registers_ = function.parameters + 2 + choices_.below(choices_.one_in(32) ? 240 : 12);
    forget();
    for (unsigned i = 0; i < function.parameters; ++i)
      note(i, any_kind);
    home_ = set_;
    home_constants_.fill(choices_.of(constants_).index);
    for (unsigned i = function.parameters, end = i + choices_.below(3); i < end; ++i) {
      home_.set(i);
      home_constants_[i] = choices_.of(constants_).index;
    }
    has_object_ = kind_ != FunctionKind::Pure && choices_.one_in(2);
    home_.set(0, home_[0] || has_object_);
    home_is_set();

    for (unsigned count = choices_.below(32); count > 0 && choices_.are_left(); --count)
      next();
    while (!unbound_.empty()) {
      bind(unbound_.back());
      unbound_.pop_back();
      if (choices_.are_left()) next();
    }
    end(Op::ret);
  }

  void next() {
    if (choices_.one_in(12)) return bind(new_label());
    const OpInfo& info = choices_.one_in(3) ? op_info(choices_.of(favourites)) : *choices_.of(ops_);
    const bool has_effect = info.is_instruction() || info.op == Op::reject;
    if (has_effect && kind_ == FunctionKind::Pure) return;
    // A program has no state.
    if (info.op == Op::set_state && kind_ == FunctionKind::Program && !choices_.one_in(16)) return;
    if (info.op == Op::ret || info.op == Op::reject) {
      end(info.op);
      home_is_set();
      return bind(new_label());
    }
    if (form_of(info.op).leads)
      leading(info.op);
    else
      word(info);
    if (info.op == Op::jmp) bind(new_label());
  }

  // Nothing that is counted may be left behind.
  void end(Op op) {
    const std::uint8_t value = read(any_kind);
    for (unsigned i = 0; i < registers_; ++i) {
      if (i != value && !(choices_.one_in(64))) drop(i);
    }
    emit(op, {.a = value});
  }

  void word(const OpInfo& info) {
    WordFields fields;
    std::array<std::uint8_t*, 3> bytes = {&fields.a, &fields.b, &fields.c};
    if (info.extras[0] == Extra::Function || info.extras[1] == Extra::Function)
      fields.function = pure_function();
    fields.constant = choices_.of(constants_).index;
    fields.post_kind = choices_.below(post_kinds().size());
    // What is read is loaded before it, where it is not there yet.
    if (has_window(info)) {
      window(info, fields);
    } else {
      std::size_t operand = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        if (!reads_register(info.slots[i])) continue;
        *bytes[i] = info.slots[i] == Slot::ReadOrNone && choices_.one_in(2)
                        ? no_register
                        : read(wanted(info, operand));
        ++operand;
        if (i > 0 && info.slots[i] == Slot::Take && *bytes[i] == *bytes[i - 1]) {
          *bytes[i] = other_register(*bytes[i]);
          load_any(*bytes[i]);
        }
      }
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const Slot slot = info.slots[i];
      if (slot == Slot::Set) *bytes[i] = any_register();
      if (info.op == Op::unpair && i == 0 && fields.a == fields.c)
        fields.a = other_register(fields.a);
      if (i > 0 && slot == Slot::Set && info.slots[i - 1] == slot && *bytes[i] == *bytes[i - 1])
        *bytes[i] = other_register(*bytes[i]);
      if (slot == Slot::SetOrNone) *bytes[i] = choices_.one_in(4) ? no_register : any_register();
      if (slot == Slot::Number) *bytes[i] = choices_.byte();
    }
    if (info.slots[1] == Slot::Number16)
      fields.number = static_cast<std::uint16_t>(choices_.below(300));
    if (info.extras[0] == Extra::Jump) {
      home_is_set();
      fields.label = any_label();
    }
    emit(info.op, fields);
  }

  // With the words that it leads to.
  void leading(Op op) {
    const std::uint8_t list = read(kind_bit(Kind::List));
    const std::uint8_t index = read(kind_bit(Kind::Nat));
    const std::uint8_t element = any_register();
    const std::uint8_t other = read(kind_bit(Kind::Nat));
    std::vector<Word> words;
    if (op == Op::get_set) {
      const std::uint8_t target = read(kind_bit(Kind::List));
      words = {make_word(Op::set_take, target, other, element)};
    } else {
      const std::uint8_t other_element = any_register();
      if (may_be_counted_[other_element]) drop(other_element);
      words = {make_word(Op::get, other_element, list, other),
               make_word(Op::set_take, list, index, other_element),
               make_word(Op::set_take, list, other, element)};
    }
    if (!leads_to(make_word(op, element, list, index), words) && !choices_.one_in(64)) return;
    emit(op, {.a = element, .b = list, .c = index});
    for (const Word word : words) {
      emit(static_cast<Op>(op_byte(word)),
           {.a = byte_a(word), .b = byte_b(word), .c = byte_c(word)});
    }
  }

  static KindSet wanted(const OpInfo& info, std::size_t operand) {
    const auto operands = op_info(info.base).operands();
    if (operand >= operands.size()) return any_kind;
    return operands[operand].operand_class == OperandClass::Value ? operands[operand].kinds
                                                                  : any_kind;
  }

  // Its registers lie next to each other, and what is above them must not be counted.
  void window(const OpInfo& info, WordFields& fields) {
    unsigned count = choices_.below(5);
    if (info.op == Op::apply) count = functions_[fields.function].parameters;
    if (info.op == Op::post) count = post_arity(fields.post_kind).least;
    if (info.op == Op::make_list || info.op == Op::call_pure) count = std::max(count, 1U);
    const unsigned first = choices_.below(registers_);
    for (unsigned i = 0; i < count; ++i) {
      if (set_[first + i]) continue;
      if (i == 0 && info.op == Op::call_pure)
        emit(Op::load_const, {.a = byte(first), .constant = first_pure});
      else
        load_any(first + i);
    }
    if (info.op == Op::apply) {
      for (unsigned i = first + count; i < set_.size(); ++i) {
        if (set_[i]) drop(i);
      }
    }
    fields.b = byte(first);
    fields.c = byte(count);
  }

  // ─── words ────────────────────────────────────────────────────────────────────────────────────

  void emit(Op op, const WordFields& fields) {
    const OpInfo& info = op_info(op);
    const Instruction instruction{.info = &info, .bytes = {fields.a, fields.b, fields.c}};
    drop_overwritten(instruction);
    out_->emit(op, fields);
    for (std::size_t i = 0; i < 3; ++i) {
      if (info.slots[i] != Slot::Take) continue;
      set_.reset(instruction.bytes[i]);
      may_be_counted_.reset(instruction.bytes[i]);
    }
    if (has_window(info)) {
      const Window window = window_of(instruction);
      for (unsigned i = window.first; i < window.end(); ++i)
        set_.reset(i);
    }
    const KindSet result = op_info(info.base).result;
    for_each_set(instruction,
                 [&](std::uint8_t number) { note(number, kinds_made(op, fields, result)); });
  }

  KindSet kinds_made(Op op, const WordFields& fields, KindSet result) const {
    switch (op) {
    case Op::copy:
    case Op::move: return kinds_[fields.b];
    case Op::load_nat:
    case Op::add_imm_br_le:
    case Op::add_imm_br_lt: return kind_bit(Kind::Nat);
    case Op::load_true:
    case Op::load_false: return kind_bit(Kind::Bool);
    case Op::load_nothing: return kind_bit(Kind::Nothing);
    case Op::load_const: {
      const auto found = std::ranges::find(constants_, fields.constant, &Constant::index);
      return kind_bit(found->kind);
    }
    case Op::make_list: return kind_bit(Kind::List);
    case Op::make_pair: return kind_bit(Kind::Pair);
    case Op::make_just: return kind_bit(Kind::Just);
    default: return result == 0 ? any_kind : result;
    }
  }

  void drop(unsigned number) { emit(Op::drop, {.a = byte(number)}); }

  // What is set, and not read, holds nothing that is counted.
  void drop_overwritten(const Instruction& instruction) {
    RegisterSet read;
    for_each_read(instruction, [&](std::uint8_t number) { read.set(number); });
    for_each_set(instruction, [&](std::uint8_t number) {
      if (!read[number] && may_be_counted_[number] && !choices_.one_in(64)) drop(number);
    });
  }

  void load_any(unsigned number) {
    if (choices_.one_in(2))
      emit(Op::load_const, {.a = byte(number), .constant = choices_.of(constants_).index});
    else
      emit(Op::load_nat,
           {.a = byte(number), .number = static_cast<std::uint16_t>(choices_.byte() % 8)});
  }

  // Where it is the program's input, that one.
  void create(unsigned number) {
    if (is_last_) {
      emit(Op::get_input, {.a = byte(number)});
      return note(number, kind_bit(Kind::Object));
    }
    emit(Op::load_const, {.a = byte(number), .constant = first_behavior});
    emit(Op::create_obj, {.a = byte(number), .b = byte(number), .c = no_register});
  }

  // ─── registers ────────────────────────────────────────────────────────────────────────────────

  static std::uint8_t byte(unsigned number) { return static_cast<std::uint8_t>(number); }
  // Not one of those that are the same everywhere, but now and then.
  std::uint8_t any_register() {
    const unsigned start = choices_.below(registers_);
    if (choices_.one_in(16)) return byte(start);
    for (unsigned i = 0; i < registers_; ++i) {
      const unsigned number = (start + i) % registers_;
      if (!home_[number]) return byte(number);
    }
    return byte(start);
  }

  std::uint8_t other_register(std::uint8_t number) const {
    return byte((number + 1U) % registers_);
  }

  void note(unsigned number, KindSet kinds) {
    set_.set(number);
    kinds_[number] = kinds;
    may_be_counted_.set(number, (kinds & ~(kind_bit(Kind::Nat) | kind_bit(Kind::Bool))) != 0);
  }

  void forget() {
    set_ = {};
    may_be_counted_ = {};
    home_ = {};
    kinds_.fill(any_kind);
  }

  // A register that is set, if there is one with a value of such a kind; else one is loaded.
  std::uint8_t read(KindSet wanted) {
    const unsigned start = choices_.below(registers_);
    for (unsigned i = 0; i < registers_; ++i) {
      const unsigned number = (start + i) % registers_;
      if (set_[number] && (kinds_[number] & ~wanted) == 0) return byte(number);
    }
    if (set_[start] && choices_.one_in(4)) return byte(start);
    const unsigned first = choices_.below(constants_.size());
    for (std::size_t i = 0; i < constants_.size(); ++i) {
      const Constant& constant = constants_[(first + i) % constants_.size()];
      if ((kind_bit(constant.kind) & wanted) == 0) continue;
      emit(Op::load_const, {.a = byte(start), .constant = constant.index});
      return byte(start);
    }
    if (kind_ != FunctionKind::Pure && (wanted & kind_bit(Kind::Object)) != 0) {
      create(start);
    } else if (kind_ != FunctionKind::Pure && (wanted & kind_bit(Kind::Tx)) != 0) {
      emit(Op::begin_tx, {.a = byte(start), .b = no_register});
    } else if (!set_[start]) {
      load_any(start);
    }
    return byte(start);
  }

  // Whoever jumps, or comes to a label, brings along what can be read there.
  void home_is_set() {
    for (unsigned i = 0; i < registers_; ++i) {
      if (!home_[i] || set_[i]) continue;
      if (i == 0 && has_object_)
        create(i);
      else
        emit(Op::load_const, {.a = byte(i), .constant = home_constants_[i]});
    }
  }

  std::uint32_t pure_function() {
    const unsigned start = choices_.below(functions_.size());
    for (std::size_t i = 0;; ++i) {
      const std::size_t one = (start + i) % functions_.size();
      if (functions_[one].kind == FunctionKind::Pure) return static_cast<std::uint32_t>(one);
    }
  }

  // ─── labels ───────────────────────────────────────────────────────────────────────────────────

  TapeLabel new_label() {
    labels_.push_back(out_->new_label());
    return labels_.back();
  }

  TapeLabel any_label() {
    const unsigned chosen = choices_.below(labels_.size() + 2);
    if (chosen < labels_.size()) return labels_[chosen];
    unbound_.push_back(new_label());
    return unbound_.back();
  }

  // Control may come from anywhere.
  void bind(TapeLabel label) {
    home_is_set();
    out_->bind(label);
    set_ = home_;
    may_be_counted_.set();
    for (unsigned i = 0; i < registers_; ++i) {
      if (!home_[i]) kinds_[i] = any_kind;
    }
  }

  Choices choices_;
  TapeBuilder tape_;
  std::vector<const OpInfo*> ops_;
  std::vector<Constant> constants_;
  std::vector<Function> functions_;
  unsigned index_ = 0;

  // Of the function that is made.
  FunctionKind kind_{};
  bool is_last_ = false;
  FunctionBuilder* out_ = nullptr;
  unsigned registers_ = 0;
  RegisterSet set_;
  RegisterSet may_be_counted_;
  RegisterSet home_;
  std::array<std::uint32_t, 256> home_constants_{};
  bool has_object_ = false;
  std::array<KindSet, 256> kinds_{};
  std::vector<TapeLabel> labels_;
  std::vector<TapeLabel> unbound_;
};

}  // namespace

std::optional<Tape> made_tape(Bytes bytes) { return TapeMaker(bytes).make(); }

}  // namespace avm::fuzz
