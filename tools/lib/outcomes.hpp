// Outcomes: what came of each instruction and operation, counted; and which outcomes there can be.
//
// An outcome is an error, or a class of results: `true` and `false` where a Bool comes out, `nothing` and
// `just` where a Maybe does, else `ok`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "avm/error.hpp"
#include "avm/isa.hpp"

namespace avm {

class Outcomes {
 public:
  void count(Op op, const Result<Val>& outcome);
  void add(const Outcomes& others);

  struct Cell {
    Op op;
    std::string_view name;  ///< "ok", "true", …, "TxError.Conflict"
    std::uint64_t count = 0;
  };
  /// Each outcome that was met or that can be met, by instruction; of instructions up to a layer.
  /// What can be met follows from the tables of instructions and of what raises errors. Left out is what
  /// only a real network brings about, and what `begin_tx`'s own execution alone could not know.
  std::vector<Cell> cells(unsigned layer) const;

 private:
  static constexpr std::size_t classes = 5;
  std::array<std::array<std::uint64_t, classes + 64>, op_count> counts_{};
};

/// A line for each instruction, and what was never met.
std::string table_of(const std::vector<Outcomes::Cell>& cells);

}  // namespace avm
