// Webs: which places of a function hold the same thing in a register.
//
// The places that set a register and the places that read what they set are one web. Two webs of
// one machine register have nothing to do with each other.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "avm/tape.hpp"
#include "tape/liveness.hpp"

namespace avm::dis {

struct WebPlace {
  std::uint32_t pc;  ///< First word of the instruction.
  std::uint8_t number;
  bool is_set;
  std::uint32_t web;
};

/// Words begin ≤ pc ≤ end.
struct WebSpan {
  std::uint32_t begin;
  std::uint32_t end;
};

class Webs {
 public:
  Webs(const TapeFunction& function, const FlowGraph& graph);

  /// How many numbers webs have; not each number is one.
  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(parents_.size()); }
  /// Each register that an instruction reads or sets, where control can come; in order of pc.
  const std::vector<WebPlace>& places() const noexcept { return places_; }
  /// The parameters that are read, as places at the function's start.
  std::vector<WebPlace> parameters() const;

  /// For each web the stretch of code from where it is first in use to where it is last, as the assembler
  /// reckons when it gives it a register. Numbers that are no web have an empty one.
  std::vector<WebSpan> spans() const;

  /// Calls `visit` with any two webs of which one is set while the other is still to be read.
  void for_each_overlap(const std::function<void(std::uint32_t, std::uint32_t)>& visit) const;

 private:
  using Holders = std::array<std::uint32_t, 256>;  // the web in each register

  std::uint32_t web_at_start(std::uint32_t block, unsigned number) const;
  Holders holders_at_start(std::uint32_t block) const;
  void walk(std::uint32_t block);
  void join(const Holders& holders, std::uint32_t successor);
  void note_overlaps(std::uint32_t block, std::size_t& place,
                     const std::function<void(std::uint32_t, std::uint32_t)>& visit) const;
  std::uint32_t add();
  std::uint32_t find(std::uint32_t web);
  void unite(std::uint32_t a, std::uint32_t b);

  const TapeFunction& function_;
  const FlowGraph& graph_;
  Liveness liveness_;
  std::vector<std::uint32_t> reached_;         // blocks, in the order of the code
  std::vector<std::uint32_t> first_at_start_;  // by block: the webs of its live registers
  std::vector<std::uint32_t> parents_;         // once all is built, of each web its root
  std::vector<WebPlace> places_;
};

}  // namespace avm::dis
