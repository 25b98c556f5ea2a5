#include "random/writer.hpp"

namespace avm::random {
namespace {

// References are in no source text.
constexpr KindSet makeable =
    any_kind & ~(kind_bit(Kind::Object) | kind_bit(Kind::Tx) | kind_bit(Kind::Var));

constexpr std::array<std::string_view, 12> nats = {"limit",
                                                   "63",
                                                   "64",
                                                   "65",
                                                   "255",
                                                   "256",
                                                   "65535",
                                                   "65536",
                                                   "0x8000000000000000",
                                                   "0xffffffffffffffff",
                                                   "1_000",
                                                   "9223372036854775807"};
constexpr std::array<std::string_view, 12> strs = {"\"\"",
                                                   "\"a\"",
                                                   "\"ab\"",
                                                   "\"b\"",
                                                   "\"0\"",
                                                   "\"12\"",
                                                   "\"12x\"",
                                                   "\"18446744073709551615\"",
                                                   "\"18446744073709551616\"",
                                                   "\"h\\u{e9}llo\"",
                                                   "\"\\u{1f600}\\n\"",
                                                   "\"zzzzzzzzzzzzzzzzzzzzzzz\""};

}  // namespace

std::string Writer::operand(KindSet kinds, unsigned depth) {
  const auto fitting = scope_.holding(kinds);
  if (!fitting.empty() && ((kinds & makeable) == 0 || choices_.chance(70)))
    return std::string(choices_.of(fitting));
  return made(kinds, depth);
}

std::string Writer::made(KindSet kinds, unsigned depth) {
  for (unsigned tries = 0; (kinds & makeable) != 0 && tries < 60; ++tries) {
    const auto kind = static_cast<Kind>(choices_.below(7));
    if ((kinds & kind_bit(kind)) != 0) return made(kind, depth);
  }
  return "nothing";
}

std::string Writer::nat() {
  if (choices_.chance(12)) return std::string(choices_.of(nats));
  return std::to_string(choices_.below(choices_.chance(80) ? 5 : 300));
}

std::string Writer::str() { return std::string(choices_.of(strs)); }

std::string Writer::made(Kind kind, unsigned depth) {
  switch (kind) {
  case Kind::Nat: return nat();
  case Kind::Bool: return choices_.chance(50) ? "true" : "false";
  case Kind::Str: return str();
  case Kind::Nothing: return "nothing";
  case Kind::Just: return "just " + part(depth);
  case Kind::Pair: return fmt::format("({}, {})", part(depth), part(depth));
  default: break;
  }
  if (choices_.chance(10)) return "shape";
  std::string list = "[";
  const std::uint64_t size = choices_.chance(4) ? 40 : choices_.below(5);
  for (std::uint64_t i = 0; i < size; ++i)
    list += (i == 0 ? "" : ", ") + part(depth);
  return list + "]";
}

std::string Writer::part(unsigned depth) {
  return depth == 0 ? nat() : operand(any_kind, depth - 1);
}

std::string Writer::message() {
  if (choices_.chance(10) || !scope_.holds(kind_bit(Kind::Object))) return operand(any_kind);
  const std::string what = choices_.chance(85)
                               ? std::to_string(choices_.below(cases_of_behavior + 1))
                               : operand(kind_bit(Kind::Nat), 0);
  return fmt::format("[{}, {}, {}, {}]", what, object(), object(), operand(any_kind));
}

// A name that is there, mostly.
std::string Writer::name_for(Op op) {
  if (op == Op::create_obj)
    return choices_.chance(95) ? fmt::format("\"{}\"", choices_.of(behaviors)) : "\"delta\"";
  return choices_.chance(80) ? fmt::format("\"{}\"", choices_.of(pure_functions).name)
                             : "\"later\"";
}

std::string Writer::operand_of(const OpInfo& info, const OperandInfo& operand, KindSet kinds) {
  if (operand.operand_class == OperandClass::Function) {
    if (info.op == Op::scry_meta && choices_.chance(80)) return "is_meta";
    if (info.op == Op::scry_deep && choices_.chance(80)) return "is_deep";
    return std::string(choices_.of(pure_functions).name);
  }
  if (choices_.chance(2)) return this->operand(any_kind);
  if (operand.name == "name") return name_for(info.op);
  if (operand.name == "ctrl") return std::string(choices_.of(controllers));
  if (operand.name == "machine")
    return choices_.chance(94) ? std::string(choices_.of(machines)) : "\"nowhere\"";
  if (info.op == Op::call && operand.name == "input") return message();
  const bool is_index = operand.name == "index" || operand.name == "from" || operand.name == "to";
  if (is_index && choices_.chance(80)) {
    const std::uint64_t from = operand.name == "to" ? 1 : 0;
    return std::to_string(from + choices_.below(2));
  }
  return this->operand(kinds);
}

std::string Writer::pattern(unsigned depth, std::vector<std::string>& bound) {
  switch (choices_.below(depth == 0 ? 3 : 7)) {
  case 0: return "_";
  case 1: return made(kind_bit(static_cast<Kind>(choices_.below(4))), 0);
  case 2: bound.push_back(fmt::format("%m{}", bound.size())); return bound.back();
  case 3: return fmt::format("({}, {})", pattern(depth - 1, bound), pattern(depth - 1, bound));
  case 4: return "just " + pattern(depth - 1, bound);
  default: break;
  }
  std::string list = "[";
  const std::uint64_t size = choices_.below(5);
  for (std::uint64_t i = 0; i < size; ++i)
    list += (i == 0 ? "" : ", ") + pattern(depth - 1, bound);
  return list + "]";
}

}  // namespace avm::random
