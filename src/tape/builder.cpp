#include <algorithm>

#include <fmt/format.h>

#include "avm/tape_builder.hpp"
#include "tape/instruction.hpp"
#include "tape/verify.hpp"

namespace avm {

FunctionBuilder::FunctionBuilder(std::uint32_t index, FunctionKind kind, std::string name)
    : index_(index) {
  function_.kind = kind;
  function_.name = std::move(name);
}

void FunctionBuilder::emit(Op op, const WordFields& fields) {
  const OpInfo& info = op_info(op);
  const std::uint16_t number =
      fields.number.value_or(static_cast<std::uint16_t>(fields.b | fields.c << 8U));
  std::array<std::uint8_t, 3> bytes = {fields.a, fields.b, fields.c};
  for (std::size_t i = 0; i < 3; ++i) {
    if (info.slots[i] == Slot::Unused) bytes[i] = 0;
    if (info.slots[i] == Slot::Number16)
      bytes[i] = static_cast<std::uint8_t>(number >> (i - 1) * 8U);
    if (names_register(info.slots[i], bytes[i])) {
      highest_register_ = std::max(highest_register_, bytes[i] + 1U);
    }
  }
  const Instruction instruction{.info = &info, .pc = pc(), .bytes = bytes};
  if (has_window(info))
    highest_register_ = std::max(highest_register_, window_of(instruction).end());
  highest_layer_ = std::max(highest_layer_, info.layer);

  code_.push_back(make_word(op, bytes[0], bytes[1], bytes[2]));
  for (const Extra extra : info.extras) {
    switch (extra) {
    case Extra::None: break;
    case Extra::Constant: code_.push_back(fields.constant); break;
    case Extra::Function: code_.push_back(fields.function); break;
    case Extra::PostKind: code_.push_back(fields.post_kind); break;
    case Extra::Jump:
      // A jump without a label is one whose label is never bound: `finish` refuses it.
      jumps_.push_back({instruction.pc, pc(), (fields.label ? *fields.label : new_label()).index});
      code_.push_back(0);
      break;
    }
  }
}

TapeLabel FunctionBuilder::new_label() {
  labels_.emplace_back();
  return {static_cast<std::uint32_t>(labels_.size() - 1)};
}

void FunctionBuilder::bind(TapeLabel label) { labels_[label.index] = pc(); }

void FunctionBuilder::describe(std::uint32_t file, SourcePosition position) {
  debug_.emplace();
  debug_->file = file;
  debug_->position = position;
}

void FunctionBuilder::line(SourcePosition position) {
  if (!debug_) return;
  auto& lines = debug_->lines;
  if (!lines.empty() && lines.back().pc == pc()) lines.pop_back();
  if (lines.empty() || lines.back().position != position) lines.push_back({pc(), position});
}

void FunctionBuilder::name_register(std::uint8_t number, std::uint32_t from, std::uint32_t to,
                                    std::string name) {
  if (debug_) debug_->registers.push_back({number, from, to, std::move(name)});
}

void FunctionBuilder::name_label(std::string name) {
  if (debug_) debug_->labels.push_back({pc(), std::move(name)});
}

// Jumps know where they go, and the debug information is in its order.
std::expected<TapeFunction, TapeError> FunctionBuilder::finish() {
  for (const Jump& jump : jumps_) {
    const std::optional<std::uint32_t>& target = labels_[jump.label];
    if (!target) {
      return std::unexpected(
          TapeError{"a jump to a label that is not bound", function_.name, jump.instruction});
    }
    code_[jump.word] = *target - jump.instruction;
  }
  function_.code = code_;
  // Past the most the verifier finds the word that names too high a register.
  const unsigned registers = std::max<unsigned>(highest_register_, function_.parameters);
  function_.registers = static_cast<std::uint8_t>(std::min(registers, registers_max));
  function_.layer = highest_layer_;
  if (debug_) {
    auto& [file, position, lines, named, labels] = *debug_;
    if (!lines.empty() && lines.back().pc == pc()) lines.pop_back();
    std::erase_if(named, [](const FunctionDebug::Register& r) { return r.from >= r.to; });
    std::ranges::sort(named, {}, [](const FunctionDebug::Register& r) {
      return std::tuple(r.from, r.number, r.to, std::string_view(r.name));
    });
    std::erase_if(labels, [&](const FunctionDebug::Label& label) { return label.pc == pc(); });
    function_.debug = *debug_;
  }
  return std::move(function_);
}

FunctionBuilder& TapeBuilder::add(FunctionKind kind, std::string name) {
  functions_.push_back(
      FunctionBuilder(static_cast<std::uint32_t>(functions_.size()), kind, std::move(name)));
  return functions_.back();
}

std::uint32_t TapeBuilder::add_file(std::string name) {
  files_.push_back(std::move(name));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::expected<Tape, TapeError> TapeBuilder::finish() {
  TapeBuilder parts = std::move(*this);
  *this = {};
  Tape tape;
  tape.constants = std::move(parts.constants_);
  tape.files = std::move(parts.files_);
  for (FunctionBuilder& builder : parts.functions_) {
    auto function = builder.finish();
    if (!function) return std::unexpected(function.error());
    tape.functions.push_back(std::move(*function));
  }
  if (const auto proof = verify_but_hashes(tape); !proof) return std::unexpected(proof.error());
  const std::vector<Hash> hashes = content_hashes(tape);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    tape.functions[i].hash = hashes[i];
  return tape;
}

}  // namespace avm
