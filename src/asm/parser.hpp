// Parser: the tokens of one file to items of the module.
//
// By hand and without recursion: the one thing that nests, operands, has a stack of its own. What
// is wrong with a statement is reported once, and the parser goes on with the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "asm/diagnostics.hpp"
#include "asm/lexer.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

/// Brackets in source text nest no deeper.
inline constexpr std::uint32_t nesting_max = 10'000;
/// A pure function has no more parameters: they are registers, which statements can name.
inline constexpr std::size_t parameters_max = 250;

/// Adds the items of a file to `parsed`; gives its imports.
std::vector<ImportItem> parse_file(std::string_view text, std::uint32_t file, ParsedModule& parsed,
                                   Diagnostics& diagnostics);

}  // namespace avm::ast
