#include "avm/tape.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "tape/shared_room.hpp"

namespace avm {

std::string_view function_kind_name(FunctionKind kind) noexcept {
  switch (kind) {
  case FunctionKind::Program: return "program";
  case FunctionKind::Behavior: return "behavior";
  case FunctionKind::Pure: return "pure";
  }
  return "";
}

std::string Hash::hex() const {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

Words::Words(std::span<const Word> words) : Words(SharedRoom<Word>().copy(words), words.size()) {}

Words::Words(std::shared_ptr<const Word[]> words, std::size_t size)
    : words_(std::move(words)), size_(static_cast<std::uint32_t>(size)) {
  if (size_ != size) throw std::length_error("words of one function");
}

bool Tape::is_unsafe() const noexcept {
  return std::ranges::any_of(functions, &TapeFunction::is_unsafe);
}

std::uint8_t Tape::layer() const noexcept {
  std::uint8_t highest = 0;
  for (const TapeFunction& function : functions)
    highest = std::max(highest, function.layer);
  return highest;
}

const TapeFunction* Tape::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(functions, name, &TapeFunction::name);
  return found == functions.end() ? nullptr : &*found;
}

const TapeFunction* Tape::entry() const noexcept {
  const TapeFunction* only = nullptr;
  unsigned programs = 0;
  for (const TapeFunction& function : functions) {
    if (function.kind != FunctionKind::Program) continue;
    if (function.name == "main") return &function;
    only = &function;
    ++programs;
  }
  return programs == 1 ? only : nullptr;
}

std::string TapeError::text() const {
  if (function && pc) return fmt::format("function '{}', word {}: {}", *function, *pc, message);
  if (function) return fmt::format("function '{}': {}", *function, message);
  return message;
}

}  // namespace avm
