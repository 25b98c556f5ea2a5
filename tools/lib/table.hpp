// Aligned columns.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace avm {

class Table {
 public:
  explicit Table(std::vector<std::string> head) { add(std::move(head)); }
  /// As many cells as the head has.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void write(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace avm
