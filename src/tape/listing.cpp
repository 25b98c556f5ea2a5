#include "tape/listing.hpp"

#include <variant>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm {
namespace {

constexpr unsigned summary_nodes = 12;
constexpr std::size_t summary_code_points = 40;
constexpr std::string_view more = "…";

std::string summary_of(std::string_view text) {
  if (code_point_count(text) <= summary_code_points) return quoted(text);
  return quoted(text.substr(0, code_point_offset(text, summary_code_points))) + std::string(more);
}

// A stack of what is still to be written keeps deep constants off the native stack.
class Summary {
 public:
  Summary(const ConstantPool& pool, unsigned nodes) : pool_(pool), nodes_(nodes) {}

  std::string run(std::uint32_t index) {
    rest_.emplace_back(index);
    while (!rest_.empty()) {
      const auto piece = rest_.back();
      rest_.pop_back();
      if (const auto* text = std::get_if<std::string_view>(&piece))
        text_ += *text;
      else
        write(std::get<std::uint32_t>(piece));
    }
    return std::move(text_);
  }

 private:
  void write(std::uint32_t index) {
    if (nodes_ == 0) {
      text_ += more;
      return;
    }
    --nodes_;
    const ConstantPool::Node& node = pool_[index];
    switch (node.kind) {
    case Kind::Nat: text_ += fmt::to_string(node.number); break;
    case Kind::Bool: text_ += node.number != 0 ? "true" : "false"; break;
    case Kind::Str: text_ += summary_of(node.text); break;
    case Kind::List: write_parts("[", node.parts, "]"); break;
    case Kind::Pair: write_parts("(", node.parts, ")"); break;
    case Kind::Just: write_parts("just ", node.parts, ""); break;
    default: text_ += "nothing"; break;
    }
  }

  void write_parts(std::string_view open, const std::vector<std::uint32_t>& parts,
                   std::string_view close) {
    text_ += open;
    rest_.emplace_back(close);
    const std::size_t shown = std::min<std::size_t>(parts.size(), nodes_);
    if (shown < parts.size()) rest_.emplace_back(more);
    if (shown != 0 && shown < parts.size()) rest_.emplace_back(", ");
    for (std::size_t i = shown; i-- > 0;) {
      rest_.emplace_back(parts[i]);
      if (i != 0) rest_.emplace_back(", ");
    }
  }

  const ConstantPool& pool_;
  unsigned nodes_;
  std::vector<std::variant<std::string_view, std::uint32_t>> rest_;
  std::string text_;
};

std::string register_summary(Slot slot, std::uint8_t byte) {
  return names_register(slot, byte) ? fmt::format("%{}", byte) : "_";
}

std::string window_summary(Window window) {
  if (window.count == 0) return fmt::format("none from %{} on", window.first);
  if (window.count == 1) return fmt::format("%{}", window.first);
  return fmt::format("%{}..%{}", window.first, window.end() - 1);
}

std::vector<std::string> slot_summaries(const Instruction& instruction) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    const std::uint8_t byte = instruction.bytes[i];
    switch (slot) {
    case Slot::Unused:
    case Slot::Count: break;
    case Slot::Window: result.push_back(window_summary(window_of(instruction))); break;
    case Slot::Number: result.push_back(fmt::to_string(byte)); break;
    case Slot::Number16: result.push_back(fmt::to_string(instruction.number16())); return result;
    default: result.push_back(register_summary(slot, byte)); break;
    }
  }
  return result;
}

}  // namespace

std::string constant_summary(const ConstantPool& pool, std::uint32_t index, unsigned nodes) {
  return Summary(pool, nodes).run(index);
}

std::string instruction_summary(const Tape& tape, const Instruction& instruction) {
  std::string text(instruction.info->name);
  const auto slots = slot_summaries(instruction);
  if (!slots.empty()) text += fmt::format(" {}", fmt::join(slots, ", "));
  if (instruction.has(Extra::Constant)) {
    text += " " + constant_summary(tape.constants, instruction.constant, summary_nodes);
  }
  if (instruction.has(Extra::Function)) text += " " + tape.functions[instruction.function].name;
  if (instruction.has(Extra::PostKind)) {
    text += fmt::format(" {}", post_kinds()[instruction.post_kind]);
  }
  if (instruction.has(Extra::Jump)) text += fmt::format(" -> {}", instruction.target);
  return text;
}

}  // namespace avm
