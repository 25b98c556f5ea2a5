// The assembler: `.avm` text to a Tape (docs, "Language").
//
// Threads: functions only; may be used from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/tape.hpp"

namespace avm {

namespace ast {
struct Module;
}

enum class Severity : std::uint8_t { Error, Warning };

/// Something to say about a stretch of source text.
struct Diagnostic {
  struct Place {
    std::uint32_t file = 0;   ///< Index into `Assembly::sources`.
    std::uint32_t begin = 0;  ///< Bytes.
    std::uint32_t end = 0;
    std::string label;  ///< What stands beside the marks; may be empty.
  };
  Severity severity = Severity::Error;
  std::string code;  ///< Stable, like "unknown-op"; the docs list them.
  std::string message;
  Place place;
  std::vector<Place> others;  ///< Other places involved, such as the first definition.
  std::vector<std::string> notes;
  std::optional<std::string> help;  ///< What would be right: a near name, an example.
};

struct SourceFile {
  std::string name;
  std::string text;
};

struct AssembleOptions {
  bool debug = true;  ///< Names and lines into the Tape (`-g0` leaves them out).
  std::size_t source_bytes_max = std::size_t{512} << 20U;  ///< Of all files together.
  /// Whether `Assembly::module` is wanted. Without it functions are forgotten as they are assembled.
  bool tree = true;
  std::uint32_t diagnostics_max = 200;  ///< After so many errors the rest is counted only.
};

/// Gives the text of an imported file, and the name by which it is known (two imports of the same
/// file have the same name); or, as the error, why there is none.
using Importer = std::function<std::expected<SourceFile, std::string>(
    std::string_view path, std::string_view importing_file)>;
/// Reads files relative to the importing one; of each no more than `bytes_max` bytes and one.
Importer file_importer(std::size_t bytes_max = AssembleOptions{}.source_bytes_max);

struct Assembly {
  std::optional<Tape> tape;  ///< Set where there was no error.
  /// The syntax tree that it was made of: what the reference backend runs (`Backend::ITree`). Null
  /// where the options say that it is not wanted.
  std::shared_ptr<const ast::Module> module;
  std::vector<Diagnostic> diagnostics;
  std::vector<SourceFile> sources;
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
};

/// Text to Tape. Reports every mistake of all files in one go.
Assembly assemble(SourceFile source, const AssembleOptions& options = {},
                  const Importer& importer = file_importer());

/// Diagnostics for people: file, line, column, the line itself, marks under the exact span.
std::string render(const Assembly& assembly, bool colour);
/// The same as JSON, an object a line.
std::string render_json(const Assembly& assembly);

}  // namespace avm
