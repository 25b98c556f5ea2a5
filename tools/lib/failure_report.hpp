// Tells people of the errors of a program: what, where in the source, and who called.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"

namespace avm {

class FailureReport {
 public:
  /// Gives the sources that the program was made from; asked once, and only if something fails.
  using FindSources = std::function<std::vector<SourceFile>()>;

  struct Style {
    bool colour = false;
    bool notes = true;  ///< Tell also of failures that gave the caller `nothing`.
  };

  FailureReport(std::ostream& err, Style style, FindSources find_sources);

  /// Errors that end a program are all told, of the others the first few.
  void add(const Failure& failure);
  /// Says how many were not told.
  void finish();

 private:
  void write_head(const Failure& failure);
  void write_calls(const Failure& failure);
  void write_line(const CallSite& site);
  const SourceFile* source(std::string_view name);
  std::string_view colour(std::string_view code) const;

  std::ostream& err_;
  Style style_;
  FindSources find_sources_;
  std::optional<std::vector<SourceFile>> sources_;
  std::uint64_t notes_ = 0;
};

}  // namespace avm
