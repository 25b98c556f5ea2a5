// Writes values as JSON, with a stack of its own.
#include "core/json_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include "core/blocks.hpp"
#include "core/traverse.hpp"

namespace avm {

namespace {

constexpr std::string_view ellipsis = "\"…\"";

bool needs_json_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// How many bytes at the start of `text` need no escape; eight are looked at in one.
std::size_t plain_length(std::string_view text) noexcept {
  constexpr std::uint64_t each = 0x0101'0101'0101'0101;
  const auto any_below = [](std::uint64_t bytes, std::uint64_t bound) {
    return (bytes - bound * each) & ~bytes & (0x80 * each);
  };
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    const std::uint64_t found = any_below(bytes, 0x20) | any_below(bytes ^ ('"' * each), 1) |
                                any_below(bytes ^ ('\\' * each), 1);
    if (found != 0) break;
  }
  while (at < text.size() && !needs_json_escape(text[at]))
    ++at;
  return at;
}

void append_json_escape(std::string& out, char c) {
  constexpr std::string_view characters = "\"\\\n\t\r\b\f";
  constexpr std::string_view letters = "\"\\ntrbf";
  constexpr std::string_view hex = "0123456789abcdef";
  out += '\\';
  if (const std::size_t known = characters.find(c); known != std::string_view::npos) {
    out += letters[known];
    return;
  }
  const auto code = static_cast<unsigned char>(c);
  out += "u00";
  out += {hex[code >> 4U], hex[code & 0xfU]};
}

class JsonPrinter {
 public:
  JsonPrinter(const JsonBounds& bounds, std::string& out)
      : budget_{bounds.nodes},
        nesting_(bounds.nesting),
        out_(out),
        end_(bounds.bytes + std::min(out.size(), no_limit - bounds.bytes)) {}

  bool run(const Val& value) {
    begin(Borrowed(value));
    while (!open_.empty())
      go_on();
    return !cut_;
  }

 private:
  /// A list or a pair of which the children before `next` are written, inside `justs` Justs.
  struct Open {
    Block* block;
    std::uint64_t next;
    std::uint64_t justs;
  };

  void go_on() {
    const Open open = open_.back();
    if (cut_ || open.next == child_count(*open.block)) {
      open_.pop_back();
      out_ += "]}";
      close(open.justs, 1);
      return;
    }
    ++open_.back().next;
    if (open.next > 0) out_ += ',';
    begin(child(*open.block, open.next));
  }

  void begin(Borrowed value) {
    std::uint64_t justs = 0;
    while (take_node(*value) && value->is_just()) {
      out_ += R"({"Just":)";
      ++justs;
      ++depth_;
      value = inside_just(value);
    }
    if (cut_) {
      out_ += ellipsis;
      close(justs);
    } else if (is_block(*value)) {
      ++depth_;
      out_ += value->is_pair() ? R"({"Pair":[)" : R"({"List":[)";
      open_.push_back({value->block(), 0, justs});
    } else {
      put_leaf(*value);
      close(justs);
    }
  }

  /// False where this node is one too many: nothing but brackets is written from then on.
  bool take_node(const Val& value) {
    const std::size_t size = value.is_str() ? value.as_str().size() : 0;
    const bool fits = out_.size() <= end_ && size <= end_ - out_.size();
    const bool nests = depth_ >= nesting_ && (is_block(value) || value.is_just());
    cut_ = !fits || nests || !budget_.take();
    return !cut_;
  }

  /// A pair, or a list that is not empty.
  static bool is_block(const Val& value) { return value.is_counted() && !value.is_str(); }

  void put_leaf(const Val& value) {
    switch (value.kind()) {
    case Kind::Nat: return put_number(R"({"Nat":)", value);
    case Kind::Bool: out_ += value.as_bool() ? R"({"Bool":true})" : R"({"Bool":false})"; return;
    case Kind::Str:
      out_ += R"({"Str":)";
      append_json_string(value.as_str(), out_);
      out_ += '}';
      return;
    case Kind::Object: return put_number(R"({"ObjectRef":)", value);
    case Kind::Tx: return put_number(R"({"TxRef":)", value);
    case Kind::Var: return put_number(R"({"VarRef":)", value);
    case Kind::List: out_ += R"({"List":[]})"; return;
    default: out_ += R"("Nothing")";
    }
  }

  void put_number(std::string_view before, const Val& value) {
    out_ += before;
    append_number(value.payload(), out_);
    out_ += '}';
  }

  void close(std::uint64_t justs, std::uint64_t blocks = 0) {
    out_.append(justs, '}');
    depth_ -= justs + blocks;
  }

  NodeBudget budget_;
  std::uint64_t nesting_;
  std::string& out_;
  std::uint64_t end_;  // of `out_`, by the bound of bytes
  std::vector<Open> open_;
  std::uint64_t depth_ = 0;  // lists, pairs and `just`s that are open
  bool cut_ = false;
};

}  // namespace

bool append_json(const Val& value, const JsonBounds& bounds, std::string& out) {
  return JsonPrinter(bounds, out).run(value);
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (;;) {
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    append_json_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out += std::string_view(digits.data(), end);
}

Printed print_json(const Val& value, std::uint64_t nodes, std::uint64_t bytes) {
  Printed printed;
  printed.complete = append_json(value, {.nodes = nodes, .bytes = bytes}, printed.text);
  return printed;
}

std::string to_json(const Val& value) { return print_json(value).text; }

std::string to_message_json(const Val& value) {
  return print_json(value, message_nodes_max, message_bytes_max).text;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace avm
