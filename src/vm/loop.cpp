// The bytecode loop.
//
// Rules for whoever edits it:
//  1. Verified code only: no bounds, kinds of words, or reads of unset registers are checked here.
//  2. `pc`, `base`, `frame` and `fuel` are copies in machine registers. SAVE before a slow path, LOAD
//     after it: it may push or pop frames, move the stacks, and count steps.
//  3. Nothing here throws. What may (allocation, handlers) is a slow path, which turns exceptions
//     into errors.
//  4. No local variable has a destructor: a computed goto does not run it. Above the frame, and in a
//     register that an instruction sets and does not read, nothing needs a release: `put` writes
//     there. One that it reads too may hold a block: `replace` releases what it held.
//  5. A jump backwards or to itself, and each application, takes one step of fuel, which lasts to the
//     end of the turn. AVM instructions count their own.
//  6. The fast paths must do exactly what `apply_pure_op` does, and for instructions what the handlers do
//     (`PlainCases`); whatever is not the plain case goes there.
//
// How fast it is depends on the flags in `meson.build` and on the compiler's mood; judge a change over
// several builds (docs, "Architecture").
#include "vm/tape_engine.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/blocks.hpp"
#include "runtime/plain_cases.hpp"
#include "runtime/planted_fault.hpp"

#if defined(__GNUC__)
#define AVM_COMPUTED_GOTO 1
#define AVM_LIKELY(condition) __builtin_expect(!!(condition), 1)
#else
#define AVM_COMPUTED_GOTO 0
#define AVM_LIKELY(condition) (condition)
#endif

namespace avm {

static_assert(std::endian::native == std::endian::little, "the first byte of a word is its op");

namespace {

constexpr std::uint64_t object_header = static_cast<std::uint64_t>(Tag::Object);
constexpr std::uint64_t tx_header = static_cast<std::uint64_t>(Tag::Tx);
constexpr std::uint64_t bool_header = static_cast<std::uint64_t>(Tag::Bool);
constexpr std::uint64_t nothing_header = static_cast<std::uint64_t>(Tag::Nothing);
constexpr std::uint64_t list_header = static_cast<std::uint64_t>(Tag::List);
constexpr std::uint64_t empty_list_header = static_cast<std::uint64_t>(Tag::EmptyList);
constexpr std::uint64_t pair_header = static_cast<std::uint64_t>(Tag::Pair);

inline void put(Val& to, std::uint64_t header, std::uint64_t payload) {
  new (&to) Val(header, payload);
}

inline void replace(Val& to, std::uint64_t header, std::uint64_t payload) {
  if (!AVM_LIKELY(!to.is_counted())) to.release();
  put(to, header, payload);
}

inline void retain(std::uint64_t header, std::uint64_t payload) {
  if ((header & Val::counted_bit) != 0) reinterpret_cast<Block*>(payload)->retain();
}

// By a value that stands elsewhere too, maybe in the block that `to` holds.
inline void replace_by(Val& to, std::uint64_t header, std::uint64_t payload) {
  retain(header, payload);
  replace(to, header, payload);
}

inline void replace_by(Val& to, const Val& from) { replace_by(to, from.header(), from.payload()); }

// `from` is not `to`.
inline void set(Val& to, const Val& from) {
  retain(from.header(), from.payload());
  put(to, from.header(), from.payload());
}

inline void replace_with(Val& to, Val& from) {
  const std::uint64_t header = from.header();
  replace(to, header, from.detach());
}

inline void take(Val& to, Val& from) {
  const std::uint64_t header = from.header();
  put(to, header, from.detach());
}

// The result of an instruction, which may be wanted by none.
inline void give(Val* base, std::uint8_t to, std::uint64_t header, std::uint64_t payload) {
  if (AVM_LIKELY(to != no_register))
    replace(base[to], header, payload);
  else
    Val(header, payload);  // releases it
}

inline bool is(std::uint8_t byte, Op op) { return byte == static_cast<std::uint8_t>(op); }

inline bool is_nat(const Val& x) { return x.header() == 0; }
inline bool is_bool(const Val& x) { return x.header() == bool_header; }
inline bool both_nat(const Val& x, const Val& y) { return (x.header() | y.header()) == 0; }

// Neither a block nor a `just` around it: one node, equal where the bytes are.
inline bool both_plain(const Val& x, const Val& y) {
  return ((x.header() | y.header()) & (Val::counted_bit | Val::just_mask)) == 0;
}

// Both are Strs whose bytes sit in the value itself, and there is room for those of both.
inline void append_inline(Val& head, const Val& tail) {
  using Bytes = unsigned __int128;
  constexpr unsigned text_begin = 16;
  const auto bytes_of = [](const Val& str) { return Bytes{str.payload()} << 64U | str.header(); };
  const Bytes text = bytes_of(tail) >> text_begin << text_begin;
  const Bytes both = (bytes_of(head) | text << 8 * inline_size(head)) + inline_size(tail);
  new (&head) Val(static_cast<std::uint64_t>(both), static_cast<std::uint64_t>(both >> 64U));
}

inline bool same_bytes(const Val& x, const Val& y) {
  return x.header() == y.header() && x.payload() == y.payload();
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses, cppcoreguidelines-avoid-goto)

// A byte of the word: a load of its own is ready sooner than what is shifted out of the whole word.
#define BYTE(index) reinterpret_cast<const std::uint8_t*>(pc)[index]
#define BYTE_A BYTE(1)
#define BYTE_B BYTE(2)
#define BYTE_C BYTE(3)

#define A base[BYTE_A]
#define B base[BYTE_B]
#define C base[BYTE_C]

#define SAVE()                                                                                     \
  do {                                                                                             \
    frame->pc = pc;                                                                                \
    frames_.set_top(frame);                                                                        \
    meter().steps = limit - fuel;                                                                  \
  } while (false)

#define LOAD()                                                                                     \
  do {                                                                                             \
    frame = frames_.top();                                                                         \
    pc = frame->pc;                                                                                \
    base = frame->base;                                                                            \
    limit = meter().stop;                                                                          \
    fuel = limit - meter().steps;                                                                  \
    plain_above = PlainCases::is_plain(execution_) ? 1 : no_limit;                                 \
  } while (false)

#if AVM_COMPUTED_GOTO
#define NEXT() goto* labels[BYTE(0)]
#define ON(id) op_##id
#else
#define NEXT() goto dispatch
#define ON(id) case Op::id
#endif

#define SKIP(words)                                                                                \
  do {                                                                                             \
    pc += (words);                                                                                 \
    NEXT();                                                                                        \
  } while (false)

#define JUMP()                                                                                     \
  do {                                                                                             \
    const auto distance = static_cast<std::int32_t>(pc[1]);                                        \
    if (distance <= 0) {                                                                           \
      if (fuel == 0) goto no_fuel;                                                                 \
      --fuel;                                                                                      \
    }                                                                                              \
    pc += distance;                                                                                \
    NEXT();                                                                                        \
  } while (false)

// Whether an instruction may take a plain case.
#define IS_PLAIN() (fuel > plain_above)

// After a plain case, which is the turn's only instruction where turns are of one.
#define GO_ON()                                                                                    \
  do {                                                                                             \
    --fuel;                                                                                        \
    if (one_turn_) goto had_turn;                                                                  \
    NEXT();                                                                                        \
  } while (false)

#define SLOW(path)                                                                                 \
  do {                                                                                             \
    SAVE();                                                                                        \
    next = path();                                                                                 \
    goto go_on;                                                                                    \
  } while (false)

#define ARITHMETIC(id, builtin)                                                                    \
  ON(id) : {                                                                                       \
    const Val& x = B;                                                                              \
    const Val& y = C;                                                                              \
    std::uint64_t result;                                                                          \
    if (AVM_LIKELY(both_nat(x, y)) && AVM_LIKELY(!builtin(x.payload(), y.payload(), &result))) {   \
      put(A, 0, result);                                                                           \
      SKIP(1);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

#define ARITHMETIC_NUMBER(id, builtin)                                                             \
  ON(id) : {                                                                                       \
    const Val& x = B;                                                                              \
    std::uint64_t result;                                                                          \
    if (AVM_LIKELY(is_nat(x)) &&                                                                   \
        AVM_LIKELY(!builtin(x.payload(), std::uint64_t{BYTE_C}, &result))) {                       \
      put(A, 0, result);                                                                           \
      SKIP(1);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

// For a power of two `as_power` does the same: it takes the processor a cycle instead of a dozen.
#define DIVISION_NUMBER(id, symbol, as_power)                                                      \
  ON(id) : {                                                                                       \
    const Val& x = B;                                                                              \
    const std::uint64_t number = BYTE_C;                                                           \
    if (AVM_LIKELY(is_nat(x)) && AVM_LIKELY(number != 0)) {                                        \
      const bool is_power = (number & (number - 1)) == 0;                                          \
      put(A, 0, is_power ? (as_power) : x.payload() symbol number);                                \
      SKIP(1);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

#define BINARY(id, plain, header, result)                                                          \
  ON(id) : {                                                                                       \
    const Val& x = B;                                                                              \
    const Val& y = C;                                                                              \
    if (AVM_LIKELY(plain)) {                                                                       \
      put(A, header, result);                                                                      \
      SKIP(1);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

#define BRANCH_BOOL(id, wanted)                                                                    \
  ON(id) : {                                                                                       \
    const Val& x = A;                                                                              \
    if (AVM_LIKELY(is_bool(x))) {                                                                  \
      if ((x.payload() != 0) == (wanted)) JUMP();                                                  \
      SKIP(2);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

#define BRANCH(id, condition, plain)                                                               \
  ON(id) : {                                                                                       \
    const Val& x = A;                                                                              \
    const Val& y = B;                                                                              \
    if (AVM_LIKELY(plain(x, y))) {                                                                 \
      if (condition) JUMP();                                                                       \
      SKIP(2);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

#define BRANCH_NUMBER(id, symbol)                                                                  \
  ON(id) : {                                                                                       \
    const Val& x = A;                                                                              \
    if (AVM_LIKELY(is_nat(x))) {                                                                   \
      if (x.payload() symbol BYTE_B) JUMP();                                                       \
      SKIP(2);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

// Whatever is not a Nat is not equal to one.
#define BRANCH_EQUAL_NUMBER(id, symbol)                                                            \
  ON(id) : {                                                                                       \
    const Val& x = A;                                                                              \
    if ((x.header() | (x.payload() ^ BYTE_B)) symbol 0) JUMP();                                    \
    SKIP(2);                                                                                       \
  }

#define COUNT_AND_BRANCH(id, symbol)                                                               \
  ON(id) : {                                                                                       \
    Val& x = A;                                                                                    \
    const Val& y = C;                                                                              \
    std::uint64_t result;                                                                          \
    if (AVM_LIKELY(both_nat(x, y)) &&                                                              \
        AVM_LIKELY(!__builtin_add_overflow(x.payload(), std::uint64_t{BYTE_B}, &result))) {        \
      put(x, 0, result);                                                                           \
      if (x.payload() symbol y.payload()) JUMP();                                                  \
      SKIP(2);                                                                                     \
    }                                                                                              \
    goto slow_pure;                                                                                \
  }

void TapeEngine::loop() {
  std::uint64_t limit;
  Frame* frame;
  const Word* pc;
  Val* base;
  std::uint64_t fuel;
  Next next;
  std::uint64_t plain_above;  // with more fuel. The last step of a turn is no plain one

#if AVM_COMPUTED_GOTO
#define AVM_LABEL_Control(id) &&op_##id
#define AVM_LABEL_Pure(id) &&op_##id
#define AVM_LABEL_Object(id) Op::id == Op::call ? &&op_call : &&instruction
#define AVM_LABEL_Introspect(id)                                                                   \
  Op::id == Op::get_self    ? &&op_get_self                                                        \
  : Op::id == Op::get_input ? &&op_get_input                                                       \
  : Op::id == Op::get_state ? &&op_get_state                                                       \
  : Op::id == Op::set_state ? &&op_set_state                                                       \
                            : &&instruction
#define AVM_LABEL_Reify(id) &&instruction
#define AVM_LABEL_Reflect(id) &&instruction
#define AVM_LABEL_Tx(id)                                                                           \
  Op::id == Op::begin_tx ? &&op_begin_tx : Op::id == Op::commit_tx ? &&op_commit_tx : &&instruction
#define AVM_LABEL_Function(id) &&instruction
#define AVM_LABEL_Machine(id) &&instruction
#define AVM_LABEL_Controller(id) &&instruction
#define AVM_LABEL_Fd(id) &&instruction
#define AVM_LABEL_Nondet(id) &&instruction
  static const void* const labels[] = {
#define AVM_OP(id, mnemonic, group, ...) AVM_LABEL_##group(id),
#define AVM_WORD(id, ...) &&op_##id,
#include "avm/ops.def"
  };
#endif

  next = std::exchange(resume_, Next::Go);
  goto go_on;

#if !AVM_COMPUTED_GOTO
dispatch:
  switch (static_cast<Op>(BYTE(0))) {
  default: goto instruction;
#endif

    ARITHMETIC(add, __builtin_add_overflow)
    ARITHMETIC(sub, __builtin_sub_overflow)
    ARITHMETIC(mul, __builtin_mul_overflow)
    ARITHMETIC_NUMBER(add_imm, __builtin_add_overflow)
    ARITHMETIC_NUMBER(sub_imm, __builtin_sub_overflow)
    ARITHMETIC_NUMBER(mul_imm, __builtin_mul_overflow)
    BINARY(div, both_nat(x, y) && y.payload() != 0, 0, x.payload() / y.payload())
    BINARY(mod, both_nat(x, y) && y.payload() != 0, 0, x.payload() % y.payload())
    DIVISION_NUMBER(div_imm, /, x.payload() >> __builtin_ctzll(number))
    DIVISION_NUMBER(mod_imm, %, x.payload() & (number - 1))
    BINARY(min, both_nat(x, y), 0, std::min(x.payload(), y.payload()))
    BINARY(max, both_nat(x, y), 0, std::max(x.payload(), y.payload()))

    BINARY(eq, both_plain(x, y), bool_header, same_bytes(x, y) ? 1 : 0)
    BINARY(ne, both_plain(x, y), bool_header, !same_bytes(x, y) ? 1 : 0)
    BINARY(lt, both_nat(x, y), bool_header, x.payload() < y.payload() ? 1 : 0)
    BINARY(le, both_nat(x, y), bool_header, x.payload() <= y.payload() ? 1 : 0)
    BINARY(gt, both_nat(x, y), bool_header, x.payload() > y.payload() ? 1 : 0)
    BINARY(ge, both_nat(x, y), bool_header, x.payload() >= y.payload() ? 1 : 0)

    BRANCH(br_eq, same_bytes(x, y), both_plain)
    BRANCH(br_ne, !same_bytes(x, y), both_plain)
    BRANCH(br_lt, x.payload() < y.payload(), both_nat)
    BRANCH(br_le, x.payload() <= y.payload(), both_nat)
    BRANCH(br_gt, x.payload() > y.payload(), both_nat)
    BRANCH(br_ge, x.payload() >= y.payload(), both_nat)
    BRANCH_EQUAL_NUMBER(br_eq_imm, ==)
    BRANCH_EQUAL_NUMBER(br_ne_imm, !=)
    BRANCH_NUMBER(br_lt_imm, <)
    BRANCH_NUMBER(br_le_imm, <=)
    BRANCH_NUMBER(br_gt_imm, >)
    BRANCH_NUMBER(br_ge_imm, >=)
    COUNT_AND_BRANCH(add_imm_br_lt, <)
    COUNT_AND_BRANCH(add_imm_br_le, <=)

    ON(jmp) : JUMP();

    BRANCH_BOOL(br_true, true)
    BRANCH_BOOL(br_false, false)
    ON(br_nothing) : {
      if (A.is_nothing()) JUMP();
      SKIP(2);
    }

    ON(not_) : {
      const Val& x = B;
      if (AVM_LIKELY(is_bool(x))) {
        put(A, bool_header, x.payload() ^ 1U);
        SKIP(1);
      }
      goto slow_pure;
    }

    ON(is_nothing) : {
      replace(A, bool_header, B.is_nothing() ? 1 : 0);
      SKIP(1);
    }

    ON(is_just) : {
      replace(A, bool_header, B.is_just() ? 1 : 0);
      SKIP(1);
    }

    ON(copy) : {
      const Val& from = B;
      Val& to = A;
      if (from.is_counted() && &to != &from) from.retain();
      put(to, from.header(), from.payload());
      SKIP(1);
    }

    ON(move) : {
      take(A, B);
      SKIP(1);
    }

    ON(drop) : {
      replace(A, 0, 0);
      SKIP(1);
    }

    ON(load_nat) : {
      put(A, 0, number16(*pc));
      SKIP(1);
    }

    ON(load_true) : {
      put(A, bool_header, 1);
      SKIP(1);
    }

    ON(load_false) : {
      put(A, bool_header, 0);
      SKIP(1);
    }

    ON(load_nothing) : {
      put(A, nothing_header, 0);
      SKIP(1);
    }

    ON(load_const) : {
      set(A, frame->function->constants[pc[1]]);
      SKIP(2);
    }

    {
      std::uint64_t index;
      ON(get_imm) : index = BYTE_C;
      goto get_element;
      ON(get) : get_alone : {
        const Val& y = C;
        if (!AVM_LIKELY(is_nat(y))) goto slow_pure;
        index = y.payload();
      }
    get_element:
      const Val& list = B;
      if (AVM_LIKELY(list.header() == list_header)) {
        ListBlock* block = list_block(list);
        if (AVM_LIKELY(index < block->size)) {
          // Elements of one header that is not counted, which `mixed` is.
          if (AVM_LIKELY((block->header & Val::counted_bit) == 0))
            replace(A, block->header, block->payloads()[index]);
          else if (block->is_packed())
            replace_by(A, block->header, block->payloads()[index]);
          else
            replace_by(A, block->values()[index]);
          SKIP(1);
        }
      }
      goto slow_pure;
    }

    ON(set) : ON(set_take) : {
      const Val& list = A;
      const Val& index = B;
      Val& element = C;
      if (AVM_LIKELY(list.header() == list_header) && AVM_LIKELY(is_nat(index))) {
        ListBlock* block = list_block(list);
        if (AVM_LIKELY(block->references == 1) && AVM_LIKELY(index.payload() < block->size)) {
          if (AVM_LIKELY(block->header == element.header()) && AVM_LIKELY(!element.is_counted())) {
            block->payloads()[index.payload()] = element.payload();
            SKIP(1);
          }
          // A list does not become its own element: then it has two owners.
          if (!block->is_packed() && &element != &list) {
            Val& place = block->values()[index.payload()];
            is(BYTE(0), Op::set) ? replace_by(place, element) : replace_with(place, element);
            SKIP(1);
          }
        }
      }
      goto slow_pure;
    }

    ON(append) : ON(append_take) : {
      const Val& list = A;
      Val& element = B;
      if (AVM_LIKELY(list.header() == list_header)) {
        ListBlock* block = list_block(list);
        if (AVM_LIKELY(block->references == 1) && AVM_LIKELY(block->size < block->capacity)) {
          if (AVM_LIKELY(block->header == element.header()) && AVM_LIKELY(!element.is_counted())) {
            block->payloads()[block->size++] = element.payload();
            SKIP(1);
          }
          // A list does not become its own element: then it has two owners.
          if (!block->is_packed() && &element != &list) {
            Val& place = *new (block->values() + block->size++) Val();
            is(BYTE(0), Op::append) ? set(place, element) : take(place, element);
            SKIP(1);
          }
        }
      }
      goto slow_pure;
    }

    ON(concat) : ON(concat_take) : {
      Val& head = A;
      const Val& tail = B;
      if (!AVM_LIKELY(inline_size(head) + inline_size(tail) <= Val::inline_str_max)) goto slow_pure;
      append_inline(head, tail);
      SKIP(1);
    }

    ON(len) : {
      const Val& x = B;
      if (AVM_LIKELY(x.header() == list_header)) {
        replace(A, 0, list_block(x)->size);
        SKIP(1);
      }
      goto slow_pure;
    }

    ON(fst) : {
      const Val& x = B;
      if (AVM_LIKELY(x.header() == pair_header)) {
        replace_by(A, pair_block(x)->first);
        SKIP(1);
      }
      goto slow_pure;
    }

    ON(snd) : {
      const Val& x = B;
      if (AVM_LIKELY(x.header() == pair_header)) {
        replace_by(A, pair_block(x)->second);
        SKIP(1);
      }
      goto slow_pure;
    }

    ON(unwrap) : {
      const Val& x = B;
      if (AVM_LIKELY((x.header() & Val::just_mask) != 0)) {
        replace_by(A, x.header() - Val::just_unit, x.payload());
        SKIP(1);
      }
      goto slow_pure;
    }

    ON(match_list) : {
      const Val& x = A;
      const bool has_elements = x.header() == list_header;
      const std::uint64_t size = has_elements ? list_block(x)->size : 0;
      if ((has_elements || x.header() == empty_list_header) && size == number16(*pc)) SKIP(2);
      JUMP();
    }

    ON(match_pair) : {
      if (A.is_pair()) SKIP(2);
      JUMP();
    }

    ON(match_just) : {
      if (A.is_just()) SKIP(2);
      JUMP();
    }

    ON(case_const) : {
      const Val& x = A;
      const Val& y = frame->function->constants[pc[2]];
      if (same_bytes(x, y)) JUMP();
      if (AVM_LIKELY(!x.is_counted() || !y.is_counted())) SKIP(3);
      SLOW(compare_constant);
    }

    ON(match_const) : {
      const Val& x = A;
      const Val& y = frame->function->constants[pc[2]];
      if (same_bytes(x, y)) SKIP(3);
      if (AVM_LIKELY(!x.is_counted() || !y.is_counted())) JUMP();
      SLOW(compare_constant);
    }

    ON(make_just) : {
      Val& inner = B;
      if (!AVM_LIKELY(inner.just_depth() < Val::inline_just_max)) SLOW(make);
      const std::uint64_t header = inner.header() + Val::just_unit;
      put(A, header, inner.detach());
      SKIP(1);
    }

    ON(make_pair) : {
      PairBlock* const block = take_pair(B, C);
      if (!AVM_LIKELY(block != nullptr)) SLOW(make);
      put(A, pair_header, reinterpret_cast<std::uint64_t>(static_cast<Block*>(block)));
      SKIP(1);
    }

    ON(unpair) : {
      Val& pair = C;
      if (!AVM_LIKELY(pair.header() == pair_header)) goto slow_pure;
      PairBlock* const block = pair_block(pair);
      if (AVM_LIKELY(block->references == 1)) {
        pair.detach();
        put(A, block->first.header(), block->first.payload());
        put(B, block->second.header(), block->second.payload());
        heap::release_small(block, sizeof(PairBlock));
      } else {
        set(A, block->first);
        if (BYTE_B != BYTE_C) {
          set(B, block->second);
          replace(pair, 0, 0);
        } else {
          replace_by(pair, block->second.header(), block->second.payload());
        }
      }
      SKIP(1);
    }

    ON(make_list) : {
      ListBlock* const block =
          planted(Fault::lists_begin_at_end) ? nullptr : take_list({&B, BYTE_C});
      if (!AVM_LIKELY(block != nullptr)) SLOW(make);
      put(A, list_header, reinterpret_cast<std::uint64_t>(static_cast<Block*>(block)));
      SKIP(1);
    }

    ON(apply) : {
      const LoadedFunction& function = frame->function->functions[pc[1]];
      if (fuel == 0) goto no_fuel;
      Val* const window = &B;
      const bool fits =
          frame + 1 < frames_.end() && window + function.registers <= frames_.registers_end();
      if (!AVM_LIKELY(fits)) SLOW(apply_slowly);
      --fuel;
      frame->pc = pc;
      ++frame;
      frame->function = &function;
      frame->base = window;
      frame->kind = Frame::Kind::Pure;
      base = window;
      pc = function.code;
      NEXT();
    }

    ON(ret) : {
      Val& value = A;
      if (!AVM_LIKELY(frame->kind == Frame::Kind::Pure)) {
        if (AVM_LIKELY(plain_above == 1) && AVM_LIKELY(frame->kind == Frame::Kind::Called) &&
            AVM_LIKELY(value.just_depth() < Val::inline_just_max) &&
            AVM_LIKELY(PlainCases::end_call(execution_, value))) {
          const std::uint64_t header = value.header() + Val::just_unit;
          const std::uint64_t payload = value.detach();
          --frame;
          base = frame->base;
          pc = frame->pc;
          give(base, BYTE_A, header, payload);
          SKIP(1);
        }
        SLOW(return_slowly);
      }
      const std::uint64_t header = value.header();
      const std::uint64_t payload = value.detach();
      --frame;
      base = frame->base;
      pc = frame->pc;
      put(A, header, payload);
      SKIP(2);
    }

    ON(call) : {
      const ObjectData* object = nullptr;
      if (AVM_LIKELY(IS_PLAIN()) && AVM_LIKELY(frame + 1 < frames_.end()))
        object = PlainCases::callee(execution_, B);
      if (AVM_LIKELY(object != nullptr)) {
        const LoadedFunction& function = loaded_function(*object->behavior);
        Val* const above = base + frame->function->registers;
        if (AVM_LIKELY(above + function.registers <= frames_.registers_end())) {
          PlainCases::begin_call(execution_, *object->behavior, B, C);
          frame->pc = pc;
          ++frame;
          frame->function = &function;
          frame->base = above;
          frame->kind = Frame::Kind::Called;
          base = above;
          pc = function.code;
          GO_ON();
        }
      }
      goto instruction;
    }

    ON(get_self) : {
      if (!AVM_LIKELY(IS_PLAIN())) goto instruction;
      give(base, BYTE_A, object_header, PlainCases::self(execution_).number);
      ++pc;
      GO_ON();
    }

    ON(get_input) : {
      if (!AVM_LIKELY(IS_PLAIN())) goto instruction;
      if (BYTE_A != no_register) set(A, PlainCases::input(execution_));
      ++pc;
      GO_ON();
    }

    ON(get_state) : {
      const Val* const state = AVM_LIKELY(IS_PLAIN()) ? PlainCases::state(execution_) : nullptr;
      if (!AVM_LIKELY(state != nullptr)) goto instruction;
      if (BYTE_A != no_register) set(A, *state);
      ++pc;
      GO_ON();
    }

    ON(set_state) : {
      if (!AVM_LIKELY(IS_PLAIN())) {
        if (fuel <= 1 || !PlainCases::set_state_in_transaction(execution_, A)) goto instruction;
        ++pc;
        GO_ON();
      }
      // A list that was made for this is dropped next: then it needs no second owner.
      const bool is_dropped = pc[1] == make_word(Op::drop, BYTE_A);
      if (!AVM_LIKELY(PlainCases::set_state(execution_, A, !is_dropped))) goto instruction;
      pc += is_dropped ? 2 : 1;
      GO_ON();
    }

    ON(begin_tx) : {
      if (!AVM_LIKELY(IS_PLAIN()) || BYTE_B != no_register) goto instruction;
      const std::optional<TxId> tx = PlainCases::begin_tx(execution_);
      if (!AVM_LIKELY(tx.has_value())) goto instruction;
      plain_above = no_limit;
      give(base, BYTE_A, tx_header, tx->number);
      ++pc;
      GO_ON();
    }

    ON(commit_tx) : {
      if (!AVM_LIKELY(fuel > 1)) goto instruction;
      const std::optional<bool> is_committed = PlainCases::commit_tx(execution_, B);
      if (!AVM_LIKELY(is_committed.has_value())) goto instruction;
      plain_above = 1;
      give(base, BYTE_A, bool_header, *is_committed ? 1 : 0);
      ++pc;
      GO_ON();
    }

    // With the words behind it, of which each can be done by itself where this is no plain case. (Beside
    // `get` these would cost calls 2 %.)
    ON(get_set) : {
      const Val& from = B;
      const Val& list = base[BYTE(5)];
      const Val& index = C;
      const Val& place = base[BYTE(6)];
      if (AVM_LIKELY(from.header() == list_header) && AVM_LIKELY(list.header() == list_header) &&
          AVM_LIKELY(both_nat(index, place))) {
        ListBlock* const source = list_block(from);
        ListBlock* const target = list_block(list);
        if (AVM_LIKELY(target->references == 1) && AVM_LIKELY(index.payload() < source->size) &&
            AVM_LIKELY(place.payload() < target->size) &&
            AVM_LIKELY(source->header == target->header) &&
            AVM_LIKELY((source->header & Val::counted_bit) == 0)) {
          target->payloads()[place.payload()] = source->payloads()[index.payload()];
          SKIP(2);
        }
      }
      goto get_alone;
    }

    ON(get_swap) : {
      const Val& list = B;
      const Val& index = C;
      const Val& other = base[BYTE(7)];
      if (AVM_LIKELY(list.header() == list_header) && AVM_LIKELY(both_nat(index, other))) {
        ListBlock* const block = list_block(list);
        if (AVM_LIKELY(block->references == 1) && AVM_LIKELY(index.payload() < block->size) &&
            AVM_LIKELY(other.payload() < block->size) && AVM_LIKELY(block->is_packed())) {
          std::swap(block->payloads()[index.payload()], block->payloads()[other.payload()]);
          SKIP(4);
        }
      }
      goto get_alone;
    }

    ON(reject) : SLOW(reject);

    ON(and_) : ON(or_) : ON(xor_) : ON(shl) : ON(shr) : goto slow_pure;
    ON(slice) : ON(unwrap_or) : ON(kind) : ON(to_str) : ON(parse_nat) : goto slow_pure;

    // Lowered to other words: no verified code holds them.
    ON(br) : ON(switch_) : ON(match) : __builtin_trap();

#if !AVM_COMPUTED_GOTO
  }
#endif

instruction:
  SLOW((this->*instructions[BYTE(0)]));

had_turn:
  had_turn_ = true;
  SAVE();
  return;

slow_pure:
  SLOW(pure_op);

no_fuel:
  SLOW(out_of_steps);

go_on:
  switch (next) {
  case Next::Go: LOAD(); NEXT();
  case Next::Jump: LOAD(); JUMP();
  case Next::Raise: next = unwind(); goto go_on;
  case Next::Stop: return;
  }
}

// NOLINTEND(bugprone-macro-parentheses, cppcoreguidelines-avoid-goto)

}  // namespace avm
