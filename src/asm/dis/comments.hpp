// Comments that say which lines of the source a function was made from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/tape.hpp"

namespace avm::dis {

/// The lines of all sources that are there.
class SourceLines {
 public:
  SourceLines(const Tape& tape, std::span<const SourceFile> sources);

  /// Line `number` (from 1) of the Tape's file `file`, without the space around it; empty where it
  /// is not there.
  std::string_view line(std::uint32_t file, std::uint32_t number) const noexcept;

 private:
  struct File {
    std::string_view text;
    std::vector<std::size_t> begins;  // of lines
  };
  std::vector<File> files_;  // as the Tape has them
};

class Comments {
 public:
  Comments(const Tape& tape, const TapeFunction& function, const SourceLines& lines,
           bool use_debug);

  /// What stands above the function.
  std::string head();
  /// What stands above a statement: where its line is another one than that of the one before.
  std::string at(std::uint32_t pc);

 private:
  std::string source(std::uint32_t number) const;

  const Tape& tape_;
  std::optional<FunctionDebug> debug_;
  const SourceLines& lines_;
  std::uint32_t latest_ = 0;  // line that a comment has named
};

}  // namespace avm::dis
