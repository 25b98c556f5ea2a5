#include "lib/table.hpp"

#include <algorithm>
#include <cstdint>
#include <ostream>

#include "avm/text.hpp"

namespace avm {

void Table::write(std::ostream& out) const {
  std::vector<std::uint64_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], code_point_count(row[i]));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - code_point_count(row[i]) + 2, ' ');
    }
    out << '\n';
  }
}

}  // namespace avm
