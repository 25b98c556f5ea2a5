// reference DOCS: compares the parts of the documentation that are made from the tables of
// instructions and errors with those tables. With AVM_TEST_ACCEPT=1 it writes them anew.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "asm/usage.hpp"
#include "avm/isa.hpp"
#include "isa/raised.hpp"

namespace avm::docs {
namespace {

// ─── names ──────────────────────────────────────────────────────────────────────────────────────

struct Section {
  Group group;
  std::string_view title;
  std::string_view about;
};

constexpr Section sections[] = {
    {Group::Control, "Control", "Where control goes. A label is local to its function."},
    {Group::Pure, "Pure operations",
     "They compute a value from values and change nothing. They are no steps, but for what "
     "[Semantics](semantics.md#steps) says of `eq`, `ne` and `to_str`."},
    {Group::Object, "Objects", "Layer 0: to make objects and to send them messages."},
    {Group::Introspect, "Introspection", "Layer 0: what an activation knows of itself."},
    {Group::Reify, "Reification", "Parts of the machine's own state as values."},
    {Group::Reflect, "Reflection", "Layer 0, unsafe: to look into other objects."},
    {Group::Tx, "Transactions", "Layer 1."},
    {Group::Function, "Pure functions by name", "Layer 2: the registry of pure functions."},
    {Group::Machine, "Machines", "Layer 3: where objects and executions are."},
    {Group::Controller, "Controllers", "Layer 3: who answers for an object."},
    {Group::Fd, "Constraints",
     "Layer 4. They parse and assemble, and raise `FdError.NotImplemented` when they run."},
    {Group::Nondet, "Choice",
     "Layer 4. They parse and assemble, and raise `NondetError.NotImplemented` when they run."},
};

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

/// The anchor that a heading gets.
std::string anchor(std::string_view heading) {
  std::string result;
  for (const char c : heading) {
    if (c == ' ')
      result += '-';
    else if (c != '.' && c != '`')
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

std::string sentence(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result[0] != '`' && result[0] != 'x')
    result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
  return result + ".";
}

// ─── instructions.md ────────────────────────────────────────────────────────────────────────────

std::string operand_text(const OperandInfo& operand) {
  std::string text = fmt::format("`{}` ", operand.name);
  switch (operand.operand_class) {
  case OperandClass::Value: text += kind_set_name(operand.kinds); break;
  case OperandClass::Label: text += "a label"; break;
  case OperandClass::Function: text += "the name of a pure function"; break;
  case OperandClass::PostKind: text += "a [kind of constraint](#kinds-of-constraints)"; break;
  case OperandClass::Pattern: text += "a [pattern](language.md#match)"; break;
  case OperandClass::Cases: text += "[cases](language.md#switch)"; break;
  }
  if (operand.optional) text += " (may be left out)";
  if (operand.variadic) text += " (any number)";
  return text;
}

std::string operands_text(const OpInfo& info) {
  std::vector<std::string> texts;
  for (const OperandInfo& operand : info.operands())
    texts.push_back(operand_text(operand));
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string errors_text(const OpInfo& info) {
  std::vector<std::string> texts;
  for (const Raised& row : all_raised()) {
    if (!raises(info, row)) continue;
    const ErrorInfo& error = error_info(row.code);
    texts.push_back(fmt::format("[{}](errors.md#{})", error.name, anchor(error.family)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string encoding_text(const OpInfo& info) {
  if (info.encoding.empty()) return "other words";
  return fmt::format("`{}`, op {}", info.encoding, static_cast<unsigned>(info.op));
}

std::string entry(const OpInfo& info) {
  std::string text = fmt::format("### {}\n\n```text\n{}\n```\n\n{}\n\n", info.name,
                                 ast::usage(info), sentence(info.help));
  text += fmt::format("- Operands: {}. Result: {}.\n", operands_text(info),
                      info.result == 0 ? "none" : kind_set_name(info.result));
  if (info.is_instruction()) {
    text += fmt::format("- Layer {}, {}.\n", info.layer, info.is_unsafe ? "unsafe" : "safe");
  }
  if (const std::string errors = errors_text(info); !errors.empty())
    text += fmt::format("- Raises {}.\n", errors);
  text += fmt::format("- On the tape: {}.\n\n", encoding_text(info));
  return text;
}

std::string index() {
  std::string text = "| family | |\n|---|---|\n";
  for (const Section& section : sections) {
    text += fmt::format("| [{}](#{}) |", section.title, anchor(section.title));
    for (const OpInfo& info : all_ops()) {
      if (info.group == section.group) text += fmt::format(" [{0}](#{0})", info.name);
    }
    text += " |\n";
  }
  return text;
}

std::string post_kind_table() {
  std::string text =
      "### Kinds of constraints\n\nThe first operand of `post` says what holds of the others.\n\n"
      "| kind | operands |\n|---|---|\n";
  for (std::uint32_t kind = 0; kind < post_kinds().size(); ++kind) {
    const PostArity arity = post_arity(kind);
    const std::string_view operands = arity.least == 1  ? "a list of variables"
                                      : arity.most == 3 ? "two variables, and an offset to the "
                                                          "second, which may be left out"
                                                        : "a variable and a value";
    text += fmt::format("| `{}` | {} |\n", post_kinds()[kind], operands);
  }
  return text + "\n";
}

std::string word_table() {
  std::string text = "| word | op | holds | meaning | errors as of |\n|---|---|---|---|---|\n";
  for (const OpInfo& info : all_ops()) {
    if (info.has_mnemonic()) continue;
    const bool has_errors = info.base != Op::ret;
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", info.name,
                        static_cast<unsigned>(info.op), info.encoding, info.help,
                        has_errors ? fmt::format("[{0}](#{0})", op_info(info.base).name) : "");
  }
  return text;
}

std::string instructions_page() {
  std::string text = R"(# Instructions

All instructions and operations of the language, family by family, and the words that a Tape has
beside them. This page is made from the table in `include/avm/ops.def`, which the assembler, the
verifier, the disassembler and the machine are made from too.

In an entry the first line shows how the instruction is written. `[, x]` may be left out; any operand
may be a register, a literal, a constant or an aggregate of these ([Language](language.md#operands)).
Kinds of values have the names that [kind](#kind) gives; `any` is any of them. An operand of another
kind raises `PureError.TypeMismatch`. The limits on steps, memory and depth hold for all of them and
are not repeated ([Errors](errors.md#resourceerror)). What the bytes behind "On the tape" mean is said
[below](#words-without-a-mnemonic).

)";
  text += index() + "\n";
  for (const Section& section : sections) {
    text += fmt::format("## {}\n\n{}\n\n", section.title, section.about);
    for (const OpInfo& info : all_ops()) {
      if (info.group == section.group) text += entry(info);
    }
    if (section.group == Group::Fd) text += post_kind_table();
  }
  text += R"(## Words without a mnemonic

An instruction is one word of the Tape, an op and the bytes A, B and C, and up to two words behind it.
Three letters say what A, B and C hold; what stands behind `+` are the words that follow.

| letter | the byte holds |
|---|---|
| `d` | a register that is set |
| `D` | the same, or 255 where nobody wants the result |
| `s` | a register that is read |
| `S` | the same, or 255 where the operand is left out |
| `m` | a register that is read and holds nothing afterwards |
| `x` | a register that is read and set, changed in place |
| `w` | the first register of a window, whose values are given up |
| `n` | how many registers the window has |
| `i` | a number from 0 to 255 |
| `uu` | a number from 0 to 65535, in B and C, B the low byte |
| `-` | zero |

| letter | the word holds |
|---|---|
| `j` | the distance of a jump: in words, from the first of the instruction, signed |
| `k` | the index of a constant |
| `f` | the index of a pure function |
| `p` | the index of a [kind of constraint](#kinds-of-constraints) |

The assembler makes these words of constants, aggregates, applications, comparisons before a branch,
and of `br`, `switch` and `match`:

)";
  return text + word_table();
}

// ─── errors.md ──────────────────────────────────────────────────────────────────────────────────

std::string by_text(const Raised& row) {
  if (row.by.empty()) return "nothing";
  if (row.by == "every") return "any instruction";
  if (row.by == "kinds") return "whatever asks for a kind";
  std::vector<std::string> texts;
  for (const std::string_view name : words(row.by))
    texts.push_back(fmt::format("[{0}](instructions.md#{0})", name));
  return fmt::format("{}", fmt::join(texts, " "));
}

std::string with_data_names(const ErrorInfo& error) {
  std::string text(error.sentence);
  for (std::size_t i = 0; i < error.data_names.size(); ++i) {
    const std::string placeholder = fmt::format("{{{}}}", i);
    text.replace(text.find(placeholder), placeholder.size(),
                 fmt::format("*{}*", error.data_names[i]));
  }
  return text;
}

std::string error_tables() {
  std::string text;
  std::string_view family;
  for (const Raised& row : all_raised()) {
    const ErrorInfo& error = error_info(row.code);
    if (error.family != family) {
      family = error.family;
      text += fmt::format("\n## {}\n\n`{}`\n\n| error | text | raised by | when, or why never |\n"
                          "|---|---|---|---|\n",
                          family, fmt::join(error_composition(family), " › "));
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", error.name, with_data_names(error),
                        by_text(row), row.why);
  }
  return text;
}

constexpr std::string_view begin_mark = "<!-- made by tests/docs/reference.cpp: begin -->\n";
constexpr std::string_view end_mark = "\n<!-- made by tests/docs/reference.cpp: end -->\n";

std::string errors_page(std::string page) {
  const auto begin = page.find(begin_mark);
  const auto end = page.find(end_mark);
  if (begin == page.npos || end == page.npos || end < begin)
    return page + "the marks are missing\n";
  const auto from = begin + begin_mark.size();
  return page.replace(from, end - from, error_tables());
}

// ─── comparing ──────────────────────────────────────────────────────────────────────────────────

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool compare(const std::string& path, const std::string& wanted) {
  if (read(path) == wanted) return true;
  const char* const accept = std::getenv("AVM_TEST_ACCEPT");
  if (accept != nullptr && std::string_view(accept) == "1") {
    std::ofstream(path, std::ios::binary) << wanted;
    std::cout << path << ": written anew\n";
    return true;
  }
  std::cout << path << ": is not what the tables say (AVM_TEST_ACCEPT=1 writes it anew)\n";
  return false;
}

}  // namespace
}  // namespace avm::docs

int main(int argc, char** argv) {
  using namespace avm::docs;
  if (argc != 2) {
    std::cerr << "usage: reference DOCS\n";
    return 2;
  }
  const std::string docs = argv[1];
  const bool same_instructions = compare(docs + "/instructions.md", instructions_page());
  const std::string errors = docs + "/errors.md";
  return compare(errors, errors_page(read(errors))) && same_instructions ? 0 : 1;
}
