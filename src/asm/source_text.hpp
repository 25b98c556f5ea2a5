// What must hold of a file's bytes before they are parsed.
#pragma once

#include <string_view>

#include "asm/diagnostics.hpp"

namespace avm::ast {

/// Reports bytes that are not UTF-8. False where the file is no text at all, and nothing is to be
/// gained by parsing it.
bool check_source_text(std::string_view text, std::uint32_t file, Diagnostics& diagnostics);

}  // namespace avm::ast
