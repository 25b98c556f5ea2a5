// Changes tapes at places that mean something, so that what comes of it verifies now and then: an
// instruction's op, register, constant or target; instructions gone, doubled, exchanged.
#include <algorithm>
#include <array>
#include <random>
#include <utility>
#include <vector>

#include "fuzz/tape_input.hpp"
#include "fuzz/target.hpp"
#include "tape/instruction.hpp"

namespace avm::fuzz {
namespace {

// Instructions whose targets are the numbers of instructions.
using Instructions = std::vector<Instruction>;

class TapeMutator {
 public:
  TapeMutator(Tape& tape, unsigned seed) : tape_(tape), random_(seed) {}

  void run() {
    if (tape_.functions.empty()) return;
    for (auto edits = 1 + below(4); edits > 0; --edits) {
      TapeFunction& function = tape_.functions[below(tape_.functions.size())];
      if (below(8) == 0) {
        change_head(function);
      } else if (auto instructions = taken_apart(function.code);
                 instructions && !instructions->empty()) {
        change(*instructions, function);
        function.code = put_together(*instructions);
      }
    }
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }

  static std::optional<Instructions> taken_apart(std::span<const Word> code) {
    Instructions result;
    std::vector<std::uint32_t> number_at(code.size());
    for (std::uint32_t pc = 0; pc < code.size();) {
      const auto instruction = decode(code, pc);
      if (!instruction) return std::nullopt;
      number_at[pc] = static_cast<std::uint32_t>(result.size());
      result.push_back(*instruction);
      pc = instruction->next_pc();
    }
    for (Instruction& instruction : result)
      instruction.target = number_at[instruction.target];
    return result;
  }

  static std::vector<Word> put_together(const Instructions& instructions) {
    std::vector<std::uint32_t> pc_of;
    std::uint32_t pc = 0;
    for (const Instruction& instruction : instructions) {
      pc_of.push_back(pc);
      pc += instruction.info->word_count;
    }
    std::vector<Word> code;
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      const Instruction& one = instructions[i];
      code.push_back(make_word(one.op(), one.a(), one.b(), one.c()));
      const std::size_t target = std::min<std::size_t>(one.target, instructions.size() - 1);
      for (const Extra extra : one.info->extras) {
        switch (extra) {
        case Extra::None: break;
        case Extra::Jump: code.push_back(pc_of[target] - pc_of[i]); break;
        case Extra::Constant: code.push_back(one.constant); break;
        case Extra::Function: code.push_back(one.function); break;
        case Extra::PostKind: code.push_back(one.post_kind); break;
        }
      }
    }
    return code;
  }

  void change_head(TapeFunction& function) {
    switch (below(6)) {
    case 0: function.kind = static_cast<FunctionKind>(below(3)); break;
    case 1: function.parameters = static_cast<std::uint8_t>(below(function.registers + 1U)); break;
    case 2: function.registers = static_cast<std::uint8_t>(below(256)); break;
    case 3: function.name = tape_.functions[below(tape_.functions.size())].name; break;
    case 4: function.debug.reset(); break;
    default: change_names(function);
    }
  }

  void change_names(TapeFunction& function) {
    constexpr std::array names = {"t", "_", "L0", "c0", "_250", "ret", "main"};
    if (!function.debug) return;
    FunctionDebug debug = function.debug.unpack();
    if (auto& registers = debug.registers; !registers.empty()) {
      FunctionDebug::Register& one = registers[below(registers.size())];
      one.name = names[below(names.size())];
      one.number = static_cast<std::uint8_t>(below(function.registers + 1U));
    }
    if (auto& labels = debug.labels; !labels.empty())
      labels[below(labels.size())].name = names[below(names.size())];
    function.debug = debug;
  }

  void change(Instructions& instructions, const TapeFunction& function) {
    const std::size_t at = below(instructions.size());
    Instruction& one = instructions[at];
    const auto place = instructions.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(10)) {
    case 0: change_op(one); break;
    case 1: instructions.erase(place); break;
    case 2: {
      const Instruction copy = instructions[below(instructions.size())];
      instructions.insert(place, copy);
      break;
    }
    case 3: std::swap(one, instructions[below(instructions.size())]); break;
    case 4: one.target = static_cast<std::uint32_t>(below(instructions.size())); break;
    case 5: change_constant(one); break;
    case 6: one.function = static_cast<std::uint32_t>(below(tape_.functions.size())); break;
    case 7: one.post_kind = static_cast<std::uint32_t>(below(post_kinds().size())); break;
    default: change_byte(one, function);
    }
  }

  void change_op(Instruction& one) {
    std::vector<const OpInfo*> others;
    const bool any = below(4) == 0;
    for (const OpInfo& info : all_ops()) {
      if (info.word_count == 0) continue;
      if (any || info.encoding == one.info->encoding) others.push_back(&info);
    }
    one.info = others[below(others.size())];
    for (std::size_t i = 0; i < 3; ++i) {
      if (one.info->slots[i] == Slot::Unused) one.bytes[i] = 0;
    }
  }

  void change_constant(Instruction& one) {
    ConstantPool& pool = tape_.constants;
    const auto size = static_cast<std::uint32_t>(pool.size());
    const auto part = static_cast<std::uint32_t>(size == 0 ? pool.nothing() : below(size));
    switch (below(4)) {
    case 0: one.constant = pool.just(part); break;
    case 1: one.constant = pool.pair(part, part); break;
    case 2: one.constant = pool.list({part}); break;
    default: one.constant = part;
    }
  }

  void change_byte(Instruction& one, const TapeFunction& function) {
    const std::size_t i = below(3);
    if (one.info->slots[i] == Slot::Unused) return;
    const std::size_t most = below(8) == 0 ? 256 : function.registers + 1U;
    one.bytes[i] = static_cast<std::uint8_t>(below(most));
  }

  Tape& tape_;
  std::minstd_rand random_;
};

}  // namespace
}  // namespace avm::fuzz

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                    unsigned seed) {
  // Bytes are changed too, of tape files as well as of text.
  if (seed % 4 == 0) return LLVMFuzzerMutate(data, size, size_max);
  auto tape = avm::fuzz::tape_of({data, size});
  if (!tape) return LLVMFuzzerMutate(data, size, size_max);
  avm::fuzz::TapeMutator(*tape, seed).run();
  const std::vector<std::uint8_t> bytes = avm::serialize(*tape);
  if (bytes.size() > size_max) return LLVMFuzzerMutate(data, size, size_max);
  std::ranges::copy(bytes, data);
  return bytes.size();
}
