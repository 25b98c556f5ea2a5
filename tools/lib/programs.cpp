#include "lib/programs.hpp"

#include <optional>

#include <fmt/format.h>

#include "asm/suggest.hpp"
#include "avm/text.hpp"

namespace avm {
namespace {

std::string list_of_programs(const Tape& tape) {
  std::string list;
  for (const TapeFunction& function : tape.functions) {
    if (function.kind != FunctionKind::Program) continue;
    if (!list.empty()) list += ", ";
    list += function.name;
  }
  return list;
}

std::optional<std::string> near_program(const Tape& tape, std::string_view name) {
  ast::NearName near(name);
  for (const TapeFunction& function : tape.functions) {
    if (function.kind == FunctionKind::Program) near.offer(function.name);
  }
  return near.help();
}

std::unexpected<NoProgram> none(ExitCode code, std::string message) {
  return std::unexpected(NoProgram{code, std::move(message)});
}

}  // namespace

std::expected<std::string, NoProgram> choose_program(const Tape& tape, const std::string& file,
                                                     const std::string& wanted,
                                                     std::string_view how) {
  const std::string programs = list_of_programs(tape);
  if (wanted.empty()) {
    if (const TapeFunction* const entry = tape.entry()) return entry->name;
    if (programs.empty()) {
      return none(ExitCode::BadInput, fmt::format("{} holds no program to run", file));
    }
    return none(ExitCode::Usage,
                fmt::format("{} holds several programs and none is main; choose one of them {}: {}",
                            file, how, programs));
  }
  const TapeFunction* const function = tape.find(wanted);
  if (function != nullptr && function->kind == FunctionKind::Program) return wanted;
  std::string message = fmt::format("{} holds no program {}", file, avm::quoted(wanted));
  if (function != nullptr) {
    message += fmt::format(", only a {}", function_kind_name(function->kind));
  }
  if (const auto near = near_program(tape, wanted)) {
    message += "; " + *near;
  } else if (!programs.empty()) {
    message += ", but these: " + programs;
  }
  return none(ExitCode::Usage, std::move(message));
}

}  // namespace avm
