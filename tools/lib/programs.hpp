// The programs of a module, as command lines name them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "avm/tape.hpp"
#include "lib/exit_code.hpp"

namespace avm {

struct NoProgram {
  ExitCode code;
  std::string message;
};

/// `wanted`, or where it is empty the module's entry. `file`: as messages name the module. `how`: how one
/// chooses, as in "with --entry".
std::expected<std::string, NoProgram> choose_program(const Tape& tape, const std::string& file,
                                                     const std::string& wanted,
                                                     std::string_view how);

}  // namespace avm
