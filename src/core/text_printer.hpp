// The printer of the text form. It keeps a stack of its own, and stops at a number of nodes or
// bytes.
#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "core/blocks.hpp"
#include "core/escape.hpp"
#include "core/traverse.hpp"

namespace avm {

/// `Allocator` says whose memory text and stack are.
template <template <typename> class Allocator>
class TextPrinter {
 public:
  using Text = std::basic_string<char, std::char_traits<char>, Allocator<char>>;

  /// Takes one from `budget` for each node after the first; writes at most `bytes` bytes.
  TextPrinter(NodeBudget& budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}

  /// False where the budget or the bytes ran out: the text ends there.
  bool run(const Val& value) {
    if (!begin(Borrowed(value))) return false;
    while (!open_.empty()) {
      if (!go_on(open_.back())) return false;
    }
    return true;
  }

  Text& text() noexcept { return text_; }

 private:
  /// A list or a pair of which the children before `next` are written.
  struct Open {
    Block* block;
    std::uint64_t next;
  };

  bool go_on(Open& open) {
    Block& block = *open.block;
    const std::uint64_t index = open.next++;
    if (index == child_count(block)) {
      open_.pop_back();
      return put(block.tag == Tag::List ? "]" : ")");
    }
    return (index == 0 || put(", ")) && budget_.take() && begin(child(block, index));
  }

  bool begin(Borrowed value) {
    while (value->is_just()) {
      if (!put("just ") || !budget_.take()) return false;
      value = inside_just(value);
    }
    switch (value->kind()) {
    case Kind::Nat: return put_number("", value->payload());
    case Kind::Bool: return put(value->as_bool() ? "true" : "false");
    case Kind::Str: return put_string(value->as_str());
    case Kind::List: return value->is_counted() ? open("[", *value) : put("[]");
    case Kind::Pair: return open("(", *value);
    case Kind::Nothing: return put("nothing");
    case Kind::Object: return put_object(value->as_object());
    case Kind::Tx: return put_number("tx:", value->payload());
    case Kind::Var: return put_number("var:", value->payload());
    case Kind::Just: break;
    }
    return false;
  }

  bool open(std::string_view bracket, const Val& value) {
    open_.push_back({value.block(), 0});
    return put(bracket);
  }

  bool put_object(ObjectId id) {
    constexpr unsigned number_bits = 48;
    const std::uint64_t prefix = id.number >> number_bits;
    if (prefix == 0) return put_number("obj:", id.number);
    const std::uint64_t number = id.number & ((std::uint64_t{1} << number_bits) - 1);
    return put_number("obj:", prefix) && put_number(".", number);
  }

  bool put_number(std::string_view before, std::uint64_t number) {
    std::array<char, 32> buffer;
    char* const start = before.copy(buffer.data(), before.size()) + buffer.data();
    const char* const end = std::to_chars(start, buffer.data() + buffer.size(), number).ptr;
    return put({buffer.data(), end});
  }

  bool put_string(std::string_view string) {
    return put("\"") &&
           for_escaped(
               string, Escaped::Everything, [&](std::string_view run) { return put_part(run); },
               [&](std::string_view escape) { return put(escape); }) &&
           put("\"");
  }

  /// All or nothing.
  bool put(std::string_view piece) {
    if (piece.size() > bytes_ - text_.size()) return false;
    text_.append(piece);
    return true;
  }

  /// As many whole code points as there is room for.
  bool put_part(std::string_view piece) {
    if (put(piece)) return true;
    std::size_t room = bytes_ - text_.size();
    while (room > 0 && (static_cast<unsigned char>(piece[room]) & 0xc0U) == 0x80)
      --room;
    text_.append(piece.substr(0, room));
    return false;
  }

  NodeBudget& budget_;
  std::uint64_t bytes_;
  Text text_;
  std::vector<Open, Allocator<Open>> open_;
};

}  // namespace avm
