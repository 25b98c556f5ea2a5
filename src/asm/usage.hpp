// What an instruction looks like in source, from the table of instructions.
#pragma once

#include <string>

#include "avm/isa.hpp"

namespace avm::ast {

/// "%r = create_obj name[, ctrl]"
std::string usage(const OpInfo& info);

}  // namespace avm::ast
