// The text form of values, ids and strings (the printer itself is `text_printer.hpp`).
#include <memory>

#include "avm/text.hpp"
#include "core/text_printer.hpp"

namespace avm {

namespace {

std::string escaped(std::string_view text, Escaped what, std::string_view quote) {
  std::string out(quote);
  const auto append = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  for_escaped(text, what, append, append);
  out += quote;
  return out;
}

}  // namespace

Printed print(const Val& value, std::uint64_t nodes, std::uint64_t bytes) {
  if (nodes == 0) return {"…", false};
  NodeBudget budget{nodes - 1};
  TextPrinter<std::allocator> printer(budget, bytes);
  const bool complete = printer.run(value);
  if (!complete) printer.text() += "…";
  return {std::move(printer.text()), complete};
}

std::string to_text(const Val& value) { return print(value).text; }

std::string to_message_text(const Val& value) {
  return print(value, message_nodes_max, message_bytes_max).text;
}

std::string to_text(ObjectId id) { return to_text(Val::object(id)); }

std::string to_text(TxId id) { return to_text(Val::tx(id)); }

std::string to_text(VarId id) { return to_text(Val::var(id)); }

std::string quoted(std::string_view text) { return escaped(text, Escaped::Everything, "\""); }

std::string bare(std::string_view text) { return escaped(text, Escaped::ControlOnly, ""); }

}  // namespace avm
