#include "avm/convert.hpp"

#include <fmt/format.h>

#include "avm/instruction.hpp"
#include "avm/text.hpp"

namespace avm {

std::unexpected<std::string> wrong_kind(std::string_view wanted, const Val& found) {
  constexpr std::size_t shown_max = 200;
  const Printed printed = print(found, no_limit, shown_max);
  return std::unexpected(
      fmt::format("wanted {}, found the {} {}", wanted, kind_name(found.kind()), printed.text));
}

std::optional<std::string> check_message(std::string_view name, std::size_t field_count,
                                         const Val& value) {
  const auto wanted = [&] { return fmt::format("the message {}", quoted(name)); };
  if (!value.is_list() || value.list_size() == 0) return wrong_kind(wanted(), value).error();
  const Val symbol = value.list_at(0);
  if (!symbol.is_str() || symbol.as_str() != name) return wrong_kind(wanted(), value).error();
  if (value.list_size() - 1 == field_count) return std::nullopt;
  return fmt::format("{} has {} fields, found {}", name, field_count, value.list_size() - 1);
}

Converted<Val> expect_symbol(const Val& value, std::string_view name) {
  if (value.is_str() && value.as_str() == name) return value;
  return wrong_kind(fmt::format("the symbol {}", quoted(name)), value);
}

instruction::PostKind::PostKind(std::string_view name) {
  const auto found = find_post_kind(name);
  if (!found) throw std::invalid_argument(fmt::format("post knows no {}", quoted(name)));
  index = *found;
}

}  // namespace avm
