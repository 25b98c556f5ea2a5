#include "tape/instruction.hpp"

#include <fmt/format.h>

#include "isa/op_table.hpp"

namespace avm {
namespace {

constexpr bool keep_apart(Slot a, Slot b) {
  return (a == b && (a == Slot::Set || a == Slot::Take)) ||
         (a == Slot::Change && b == Slot::Take) || (a == Slot::Take && b == Slot::Change);
}

constexpr OpForm form_of(const OpInfo& info) {
  OpForm form;
  form.info = &info;
  form.op = info.op;
  form.is_terminator = info.is_terminator();
  form.is_effect = info.is_instruction() || info.op == Op::reject;
  form.is_unsafe = info.is_unsafe;
  form.layer = info.layer;
  form.jumps = info.extras[0] == Extra::Jump || info.extras[1] == Extra::Jump;
  form.word_count = info.word_count;
  form.extras = info.extras;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = info.slots[i];
    const auto bit = static_cast<std::uint8_t>(1U << i);
    if (slot == Slot::Unused) form.zero |= Word{0xff} << 8 * (i + 1);
    if (slot == Slot::SetOrNone || slot == Slot::ReadOrNone) form.optional |= bit;
    if (reads_register(slot) || sets_register(slot)) form.registers |= bit;
    if (reads_register(slot) && info.op != Op::drop) form.reads |= bit;
    if (sets_register(slot)) form.sets |= bit;
    if (keep_apart(slot, info.slots[(i + 1) % 3])) form.apart |= bit;
    // Of two that are set the first may not be what the second is still to be made of.
    if (i == 2 && slot == Slot::Take && info.slots[1] == Slot::Set) form.apart |= bit;
    if (slot == Slot::Window) form.window = static_cast<std::uint8_t>(i);
  }
  form.leads = info.op == Op::get_set || info.op == Op::get_swap;
  form.is_plain = form.word_count == 1 && !form.leads && form.apart == 0 &&
                  form.window == OpForm::no_window && !form.is_effect;
  return form;
}

constexpr std::array<OpForm, 256> make_forms() {
  std::array<OpForm, 256> forms{};
  for (const OpInfo& info : isa::op_table)
    forms[static_cast<std::size_t>(info.op)] = form_of(info);
  return forms;
}

}  // namespace

constinit const std::array<OpForm, 256> op_forms = make_forms();

// A register that is set only to be taken by a word behind is none of those that these words read otherwise: then
// it need not be set at all. (It may be the index of a `get_set`, which is a Nat where that word does it all.)
bool leads_to(Word first, std::span<const Word> words) noexcept {
  const std::uint8_t element = byte_a(first);
  const std::uint8_t list = byte_b(first);
  const std::uint8_t index = byte_c(first);
  if (static_cast<Op>(op_byte(first)) == Op::get_set) {
    if (words.empty() || element == list) return false;
    const std::uint8_t place = byte_b(words[0]);
    return element != place && element != byte_a(words[0]) &&
           words[0] == make_word(Op::set_take, byte_a(words[0]), place, element);
  }
  if (words.size() < 3) return false;
  const std::uint8_t other_element = byte_a(words[0]);
  const std::uint8_t other = byte_c(words[0]);
  const std::array read = {list, index, other};
  const auto op = static_cast<Op>(op_byte(words[0]));
  return (op == Op::get || op == Op::get_set) && byte_b(words[0]) == list &&
         words[1] == make_word(Op::set_take, list, index, other_element) &&
         words[2] == make_word(Op::set_take, list, other, element) && element != other_element &&
         std::ranges::count(read, element) == 0 && std::ranges::count(read, other_element) == 0;
}

std::string decoding_problem(std::span<const Word> code, std::uint32_t pc) {
  const Word word = code[pc];
  if (op_byte(word) >= op_count) return fmt::format("{} is no op", op_byte(word));
  const OpInfo& info = op_info(static_cast<Op>(op_byte(word)));
  if (info.word_count == 0) return fmt::format("{} does not stand in a tape", info.name);
  if (info.word_count > code.size() - pc)
    return fmt::format("{} is cut off by the end of the function", info.name);
  const std::array bytes = {byte_a(word), byte_b(word), byte_c(word)};
  for (std::size_t i = 0; i < 3; ++i) {
    if (info.slots[i] == Slot::Unused && bytes[i] != 0) {
      return fmt::format("{} does not use byte {}, which is {} and not 0", info.name, "ABC"[i],
                         bytes[i]);
    }
  }
  std::int64_t target = 0;
  for (std::size_t i = 0; i + 1 < info.word_count; ++i) {
    if (info.extras[i] == Extra::Jump)
      target = std::int64_t{pc} + static_cast<std::int32_t>(code[pc + 1 + i]);
  }
  return fmt::format("{} jumps to word {}, outside of the function", info.name, target);
}

}  // namespace avm
