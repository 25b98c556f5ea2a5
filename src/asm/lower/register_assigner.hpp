// RegisterAssigner: finds the webs of a function and gives them machine registers.
//
// By a scan over the webs in the order in which they begin, as in linear-scan allocators.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <vector>

#include "asm/lower/registers.hpp"

namespace avm::lowering {

/// Its room is kept from function to function.
class RegisterAssigner {
 public:
  RegisterAssigner(const ast::Module& module, const Graph& graph)
      : module_(module), graph_(graph) {}

  /// For the function that `graph` has read; valid until the next. The item at which more registers are
  /// live than there are, as the error.
  std::expected<const Registers*, std::uint32_t> run(const ast::Function& function);

 private:
  /// A set, or a block through whose start the register is live; elements that reach the same read are
  /// united.
  struct Element {
    std::uint32_t parent;
    std::uint32_t begin;
    std::uint32_t end;
  };
  struct AtBlock {
    ast::Index reg;
    std::uint32_t element;
  };

  std::uint32_t add_element(std::uint32_t begin, std::uint32_t end);
  std::uint32_t find(std::uint32_t element);
  void stretch(std::uint32_t element, std::uint32_t begin, std::uint32_t end);
  void unite(std::uint32_t a, std::uint32_t b);
  void group_occurrences();
  void look_at_items();
  void find_webs();
  bool find_plain_webs();
  bool is_beside_change(const Occurrence& occurrence) const;
  void find_webs_of(ast::Index reg);
  std::uint32_t live_in(ast::Index reg, std::uint32_t block);
  void follow_back(ast::Index reg);
  void collect_webs();

  const ast::Statement* whole_statement(std::uint32_t item) const;
  void fuse_compares();
  void find_hints();
  bool is_fixed(const Web& web) const { return bound_[web.reg] >= 0; }
  void find_bound();

  void place_parameters();
  bool scan();
  std::optional<std::uint8_t> choose(std::uint32_t begin, std::uint8_t wanted,
                                     std::initializer_list<std::uint32_t> like) const;

  const ast::Module& module_;
  const Graph& graph_;
  const ast::Function* function_ = nullptr;
  Registers result_;
  std::optional<std::uint32_t> overfull_;

  std::vector<std::uint32_t> web_of_register_;  // by register of the function

  std::vector<std::uint32_t> first_of_;  // by register of the function: into `grouped_`
  std::vector<std::uint32_t> next_of_;
  std::vector<std::uint32_t> grouped_;  // occurrences
  std::vector<Element> elements_;
  std::vector<std::uint32_t> element_of_;  // by occurrence
  std::vector<AtBlock> live_in_;           // by block
  std::vector<AtBlock> last_set_;
  std::vector<std::uint32_t> live_through_;
  std::vector<std::uint32_t> work_;
  std::vector<std::uint32_t> web_of_root_;

  std::vector<ast::Index> changed_;      // by item
  std::vector<std::uint32_t> copies_;    // items whose result is a register as it is, or changed
  std::vector<std::uint32_t> compares_;  // items that may be fused with the branch behind them
  std::vector<std::uint32_t> hints_;     // by web: the one whose machine register is best
  std::vector<std::uint8_t> wanted_;     // by web: the machine register that it should have
  std::vector<int> bound_;               // by register of the function

  // The scan: webs in order, and by machine register where the last web ends that has it; `none` where it is kept.
  std::vector<std::uint32_t> order_;
  std::array<std::uint32_t, 256> taken_until_{};
  std::vector<std::uint32_t> last_of_name_;  // by register of the function: web
};

}  // namespace avm::lowering
