#include "fuzz/checks.hpp"

#include <string>
#include <utility>

#include "avm/control_flow.hpp"
#include "avm/disassemble.hpp"
#include "avm/tape.hpp"
#include "fuzz/target.hpp"

namespace avm::fuzz {
namespace {

// A tape of source that must be without errors.
Tape tape_of(std::string_view source) {
  Assembly assembly = assembled(source, false);
  if (!assembly.tape) fail(render(assembly, false) + std::string(source));
  return *std::move(assembly.tape);
}

}  // namespace

Assembly assembled(std::string_view text, bool debug) {
  const std::string name = "fuzz.avm";
  const std::string source(text);
  const Importer importer = [&](std::string_view path,
                                std::string_view) -> std::expected<SourceFile, std::string> {
    if (path == name) return SourceFile{name, source};
    if (path == "lib.avm")
      return SourceFile{"lib.avm", "const two = 2\npure twice(%x) {\nret [%x, %x, two]\n}\n"};
    return std::unexpected("there is no such file here");
  };
  return assemble({name, source}, {.debug = debug}, importer);
}

void check_file(const Tape& tape) {
  const auto read = deserialize(serialize(tape));
  require(read && *read == tape);
}

void check_assembly(const Assembly& assembly) {
  require(assembly.tape.has_value() == (assembly.errors == 0));
  const bool is_silent = assembly.errors + assembly.warnings == 0;
  require(render(assembly, true).empty() == is_silent);
  require(render_json(assembly).empty() == is_silent);
  if (!assembly.tape) return;
  const auto proof = verify(*assembly.tape);
  if (!proof) fail(proof.error().text() + "\n" + assembly.sources.front().text);
  check_file(*assembly.tape);
}

void check_views(const Tape& tape) {
  require(list_words(tape).empty() == (tape.functions.empty() && tape.constants.size() == 0));
  require(!tape_statistics(tape).empty());
  require(!draw_control_flow(tape, GraphFormat::Dot).empty());
  tape_of(disassemble(tape));
}

void check_source(const Tape& tape) {
  check_made_again(tape_of(disassemble(tape, {.debug = false})));
}

void check_made_again(const Tape& tape) {
  const std::string source = disassemble(tape);
  const Tape again = tape_of(source);
  if (serialize(again) != serialize(tape)) {
    fail("not the same again:\n" + source + list_words(tape) + list_words(again));
  }
}

}  // namespace avm::fuzz
