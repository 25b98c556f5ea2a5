// TapeBuilder: makes a Tape word by word from C++. The assembler ends in it too.
//
//   TapeBuilder tape;
//   FunctionBuilder& main = tape.add(FunctionKind::Program, "main");
//   main.emit(Op::load_nat, {.a = 0, .number = 40});
//   main.emit(Op::add_imm, {.a = 0, .b = 0, .c = 2});
//   main.emit(Op::ret, {.a = 0});
//   std::expected<Tape, TapeError> result = tape.finish();
//
// Threads: a builder belongs to one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "avm/tape.hpp"

namespace avm {

class TapeBuilder;

/// A place in a function's code that jumps may go to, bound before or after them.
struct TapeLabel {
  std::uint32_t index = 0;
};

/// What a word and those behind it hold; which of these count is in the op's encoding.
struct WordFields {
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  std::optional<std::uint16_t> number = std::nullopt;  ///< `uu`, in place of b and c
  std::optional<TapeLabel> label = std::nullopt;       ///< `j`
  std::uint32_t constant = 0;                          ///< `k`
  std::uint32_t function = 0;                          ///< `f`
  std::uint32_t post_kind = 0;                         ///< `p`
};

class FunctionBuilder {
 public:
  void emit(Op op, const WordFields& fields = {});
  TapeLabel new_label();
  /// `label` is the next word.
  void bind(TapeLabel label);
  std::uint32_t pc() const noexcept { return static_cast<std::uint32_t>(code_.size()); }

  /// For pure functions.
  void set_parameters(std::uint8_t count) { function_.parameters = count; }
  void set_unsafe(bool is_unsafe) { function_.is_unsafe = is_unsafe; }

  // Debug information. Nothing is kept of it unless `describe` was called first.
  void describe(std::uint32_t file, SourcePosition position);
  /// From the next word on.
  void line(SourcePosition position);
  void name_register(std::uint8_t number, std::uint32_t from, std::uint32_t to, std::string name);
  void name_label(std::string name);

  /// Index of this function, for `apply` and the like.
  std::uint32_t index() const noexcept { return index_; }

 private:
  friend class TapeBuilder;
  struct Jump {
    std::uint32_t instruction;  // pc of the instruction
    std::uint32_t word;         // pc of the word to fill in
    std::uint32_t label;
  };
  FunctionBuilder(std::uint32_t index, FunctionKind kind, std::string name);
  std::expected<TapeFunction, TapeError> finish();

  std::uint32_t index_;
  TapeFunction function_;
  std::vector<Word> code_;
  std::optional<FunctionDebug> debug_;
  std::vector<std::optional<std::uint32_t>> labels_;
  std::vector<Jump> jumps_;
  unsigned highest_register_ = 0;  // one above
  std::uint8_t highest_layer_ = 0;
};

class TapeBuilder {
 public:
  /// References stay valid while the builder lives.
  FunctionBuilder& add(FunctionKind kind, std::string name);
  ConstantPool& constants() noexcept { return constants_; }
  std::uint32_t add_file(std::string name);

  /// Fills in jumps, register counts, layers and hashes, and verifies. A label that is used but not
  /// bound is an error. The builder is empty afterwards.
  std::expected<Tape, TapeError> finish();

 private:
  std::deque<FunctionBuilder> functions_;
  ConstantPool constants_;
  std::vector<std::string> files_;
};

}  // namespace avm
