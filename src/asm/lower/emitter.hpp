// Statements to words. Temporaries lie above the registers of all webs and last for one item.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "asm/lower/code.hpp"
#include "asm/lower/graph.hpp"
#include "asm/lower/registers.hpp"

namespace avm::lowering {

/// The constants of the module in the Tape's pool, each put there when it is first used.
class Constants {
 public:
  Constants(const ast::Module& module, ConstantPool& pool) : module_(module), pool_(pool) {}
  /// Takes in the nodes that the module has got since.
  void extend() { index_.resize(module_.nodes.size(), ast::none); }
  /// The nodes from `node` on are gone.
  void forget_from(ast::Index node) { index_.resize(node); }
  /// The pool's index for a node that is a constant.
  std::uint32_t operator[](ast::Index node);
  std::uint32_t nothing() { return pool_.nothing(); }
  std::uint32_t empty_list() { return pool_.list({}); }
  /// The node that a name stands for in the end; a node that is no name is itself.
  ast::Index resolve(ast::Index node) const;

 private:
  std::uint32_t make(const ast::Node& node);
  std::uint32_t string(ast::Index text);
  const ast::Module& module_;
  ConstantPool& pool_;
  std::vector<std::uint32_t> index_;
  std::vector<std::uint32_t> strings_;  // by string of the module: the pool's index
};

/// Why a function cannot be lowered.
struct EmitError {
  ast::Span span;
  std::string message;
};

/// What the emitter needs to know of the whole module.
struct ModuleContext {
  const ast::Module& module;
  Constants& constants;
  const std::vector<std::uint32_t>& function_index;  ///< In the Tape, by function of the module.
  std::vector<std::uint8_t>& node_register;          ///< Room for a machine register a node.
};

/// Its room is kept from function to function.
class Emitter {
 public:
  Emitter(const ModuleContext& context, const Graph& graph);
  ~Emitter();
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  /// For the function that the graph has read; valid until the next.
  std::expected<const Code*, EmitError> run(const ast::Function& function,
                                            const Registers& registers);
  /// Where the words of each item of that function end.
  const std::vector<std::uint32_t>& item_pcs() const noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace avm::lowering
