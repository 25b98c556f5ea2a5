// What the registers of a function are called in its source.
//
// A machine register holds one thing after another, and the debug section knows names for some of
// them. What one thing is, the Tape itself says: the places that set a register and those that
// read what they set belong together (a web). A web has a name where the debug section gives it one
// and only one, and where no two webs of that name are in use at once. So a wrong or a missing name
// can mislead a reader, but it can never change what the source means. Where a function has so many
// registers that those with names might find no place, none has one.
//
// All other webs go by the number of their machine register, to which the assembler binds them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "avm/tape.hpp"
#include "tape/flow.hpp"

namespace avm::dis {

class RegisterNames {
 public:
  RegisterNames(const TapeFunction& function, const FlowGraph& graph, bool use_debug);

  /// With the `%`: what the instruction at `pc` reads, or sets, in a register.
  std::string read(std::uint32_t pc, std::uint8_t number) const;
  std::string set(std::uint32_t pc, std::uint8_t number) const;
  std::string parameter(std::uint8_t number) const;
  /// A name that no register of the function has.
  const std::string& unused() const noexcept { return unused_; }

 private:
  /// A register at a word, and its name there.
  struct Place {
    std::uint64_t key;
    std::uint32_t name;
  };

  std::string text(const std::vector<Place>& places, std::uint32_t pc, std::uint8_t number) const;

  // Only places whose web has a name are here, in order.
  std::vector<Place> reads_;
  std::vector<Place> sets_;
  std::vector<Place> parameters_;
  std::vector<std::string> names_;
  std::string unused_ = "t";
};

}  // namespace avm::dis
