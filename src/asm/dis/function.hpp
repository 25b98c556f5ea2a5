// One function of a Tape as source.
#pragma once

#include <string>

#include "asm/dis/comments.hpp"
#include "asm/dis/constants.hpp"
#include "avm/tape.hpp"

namespace avm::dis {

/// What all functions of a Tape have in common.
struct TapeTexts {
  const Tape& tape;
  const ConstantTexts& constants;
  const SourceLines& lines;
  bool use_debug;
};

/// Words that cannot be reached are left out: the assembler would leave them out too.
std::string function_text(const TapeTexts& texts, const TapeFunction& function);

}  // namespace avm::dis
