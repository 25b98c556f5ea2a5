// Code: the words of one function while they are made, with labels for jumps and positions for people.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "asm/ast.hpp"
#include "avm/tape_builder.hpp"

namespace avm::lowering {

struct Line {
  std::uint32_t pc = 0;
  ast::Span span;
};

struct Code {
  std::vector<Word> words;
  struct Jump {
    std::uint32_t instruction;  // first word
    std::uint32_t word;         // the word that holds the distance
    ast::Index label;
  };
  std::vector<Jump> jumps;
  std::vector<std::uint32_t> label_pcs;  // by label of the function; none where it is not reached
  std::vector<Line> lines;
  unsigned registers = 0;  // one above the highest that the words name

  std::uint32_t pc() const noexcept { return static_cast<std::uint32_t>(words.size()); }
};

}  // namespace avm::lowering
