// From an interaction tree to a Tape.
//
// Only a tree whose shape does not depend on answers can be compiled: a straight line of instructions.
// It is run with answers that are not known (`Val::unknown`): they may be passed on, and be parts of
// other values, but a tree that looks into one is refused. To compute with answers, let the tree ask
// for pure operations (`add`, `eq`, `unwrap`, …, see `instruction.hpp`).
//
// Threads: one, as trees.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "avm/itree.hpp"
#include "avm/tape.hpp"

namespace avm {

struct CompileOptions {
  std::string name = "main";
  FunctionKind kind = FunctionKind::Program;  ///< Or a behavior.
  std::uint64_t instructions_max = 1'000'000;
};

/// A Tape with one program (or behavior), and the pure functions that it names, that does what `tree`
/// does; the `tau`s are gone, and with them their steps. As the error, why there is none: the tree
/// looks into an answer, names a value that no program text can (a reference), raises another error than
/// `reject`, or is too long.
std::expected<Tape, std::string> compile(const ITree<Val>& tree,
                                         const CompileOptions& options = {});

}  // namespace avm
