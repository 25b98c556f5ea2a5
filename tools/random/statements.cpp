#include "random/writer.hpp"

namespace avm::random {
namespace {

constexpr std::array<std::string_view, 6> comparisons = {"eq", "ne", "lt", "le", "gt", "ge"};

// Whether its operands may be of several kinds, but both of the same: `and`, `lt`, `concat`, …
bool takes_one_kind(const OpInfo& info) {
  const auto operands = info.operands();
  if (operands.size() != 2 || operands[0].kinds != operands[1].kinds) return false;
  const KindSet kinds = operands[0].kinds;
  return kinds != any_kind && (kinds & (kinds - 1)) != 0;
}

}  // namespace

Vocabulary::Vocabulary(unsigned layer_max) : layer(layer_max) {
  for (const OpInfo& info : all_ops()) {
    if (info.group == Group::Pure) pure.push_back(info.op);
    // Those of Layer 4 have a story of their own: each ends its activation.
    if (info.is_instruction() && info.layer <= layer_max && info.layer < 4)
      instructions.push_back(info.op);
  }
}

void Writer::block(std::uint64_t statements, unsigned nesting) {
  for (std::uint64_t i = 0; i < statements; ++i)
    statement(nesting);
}

void Writer::ret() {
  if (kind_ != FunctionKind::Pure && choices_.chance(6))
    return scope_.line("reject {}", operand(any_kind));
  if (choices_.chance(5)) return scope_.line("ret");
  // What nobody looks at shows no difference.
  if (choices_.chance(40))
    return scope_.line("ret [{}]", fmt::join(scope_.holding(any_kind), ", "));
  scope_.line("ret {}", operand(any_kind));
}

void Writer::statement(unsigned nesting) {
  const std::uint64_t choice = choices_.below(100);
  if (nesting > 0) {
    if (choice < 5) return loop(nesting - 1);
    if (choice < 12) return branch(nesting - 1);
    if (choice < 17) return match(nesting - 1);
    if (choice < 20) return choose_case(nesting - 1);
  }
  if (choice < 25) return assign();
  if (choice < 31) return apply();
  if (kind_ != FunctionKind::Pure && choice < 52) return story();
  op();
}

void Writer::assign() {
  const auto kinds = kind_bit(static_cast<Kind>(choices_.below(7)));
  const std::string value = choices_.chance(70) ? operand(kinds, 3) : operand(any_kind, 3);
  const std::string name = new_register();
  scope_.line("{} = {}", name, value);
  scope_.set(name, value.starts_with('%') ? any_kind : kinds);
}

void Writer::apply() {
  if (applicable_ == 0) return assign();
  const PureName& function = pure_functions[choices_.below(applicable_)];
  std::string arguments;
  for (unsigned i = 0; i < function.parameters; ++i) {
    const bool counts = function.name == "count" && choices_.chance(90);
    arguments +=
        (i == 0 ? "" : ", ") + (counts ? std::to_string(choices_.below(9)) : operand(any_kind));
  }
  const std::string name = new_register();
  scope_.line("{} = {}({})", name, function.name, arguments);
  scope_.set(name, any_kind);
}

void Writer::op() {
  const bool is_pure = kind_ == FunctionKind::Pure || choices_.chance(60);
  const std::vector<Op>& ops = is_pure ? vocabulary_.pure : vocabulary_.instructions;
  Op chosen = choices_.of(ops);
  while (!is_fit(chosen))
    chosen = choices_.of(ops);
  op(chosen);
}

bool Writer::is_fit(Op op) {
  const bool is_wrong_here = (op == Op::set_state && kind_ == FunctionKind::Program) ||
                             (op == Op::teleport && kind_ == FunctionKind::Behavior);
  if (is_wrong_here && !choices_.chance(5)) return false;
  return has_operands(op);
}

// Whether there is something for it that is not the wrong kind for sure.
bool Writer::has_operands(Op op) const {
  for (const OperandInfo& operand : op_info(op).operands()) {
    if (operand.operand_class != OperandClass::Value || operand.optional) continue;
    constexpr KindSet references =
        kind_bit(Kind::Object) | kind_bit(Kind::Tx) | kind_bit(Kind::Var);
    if ((operand.kinds & ~references) == 0 && !scope_.holds(operand.kinds)) return false;
  }
  return true;
}

void Writer::op(Op op) {
  const OpInfo& info = op_info(op);
  std::string statement(info.name);
  const std::uint64_t post_kind = choices_.below(post_kinds().size());
  const std::uint64_t arguments = post_arity(static_cast<std::uint32_t>(post_kind)).least;
  bool is_first = true;
  KindSet common = any_kind;  // of two operands that have to be of the same kind
  for (const OperandInfo& operand : info.operands()) {
    KindSet kinds = operand.kinds & common;
    if (takes_one_kind(info) && common == any_kind && choices_.chance(90)) {
      do {
        common = kind_bit(static_cast<Kind>(choices_.below(4)));
      } while ((common & kinds) == 0);
      kinds = common;
    }
    if (operand.optional && choices_.chance(50)) break;
    std::uint64_t count = 1;
    if (operand.variadic) count = op == Op::post ? arguments : choices_.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      statement += is_first ? " " : ", ";
      if (op == Op::receive) statement += "reply ";
      statement += operand.operand_class == OperandClass::PostKind
                       ? std::string(post_kinds()[post_kind])
                       : operand_of(info, operand, kinds);
      is_first = false;
    }
  }
  if (info.result == 0 || (info.is_instruction() && choices_.chance(20)))
    return scope_.line(statement);
  const std::string name = new_register();
  scope_.line("{} = {}", name, statement);
  scope_.set(name, info.result);
}

// ─── control ────────────────────────────────────────────────────────────────────────────────────

void Writer::loop(unsigned nesting) {
  const std::string top = scope_.new_label();
  const std::string counter = "%" + top;
  scope_.line("{} = 0", counter);
  scope_.label(top);
  scope_.maybe([&] { block(1 + choices_.below(4), nesting); });
  scope_.line("{0} = add {0}, 1", counter);
  jump_back(counter, top, choices_.below(5));
}

// Every way to jump back that there is.
void Writer::jump_back(const std::string& counter, const std::string& top, std::uint64_t turns) {
  switch (choices_.below(6)) {
  case 0: scope_.line("switch {}, 1: {}, 2: {}", counter, top, top); return;
  case 1:
    scope_.line("%more = ge {}, {}", counter, turns);
    scope_.line("match %more, true, {}", top);
    return;
  case 2:
    scope_.line("%more = min {}, 3", counter);
    scope_.line("%more = get [nothing, nothing, {}, just 1], %more", operand(any_kind, 0));
    scope_.line("br_nothing %more, {}", top);
    return;
  case 3: {
    const std::string out = scope_.new_label();
    scope_.line("%more = {} {}, {}", choices_.chance(50) ? "gt" : "ge", counter, turns);
    scope_.line("br %more, {}", out);
    scope_.line("jmp {}", top);
    scope_.label(out);
    return;
  }
  default:
    scope_.line("%more = {} {}, {}", choices_.chance(50) ? "lt" : "le", counter, turns);
    scope_.line("br %more, {}", top);
  }
}

void Writer::branch(unsigned nesting) {
  const std::string skip = scope_.new_label();
  switch (choices_.below(4)) {
  case 0:
  case 1: {
    const std::string_view comparison = choices_.of(comparisons);
    const KindSet kinds = kind_bit(choices_.chance(80) ? Kind::Nat : Kind::Str);
    scope_.line("%c = {} {}, {}", comparison, operand(kinds, 1), operand(kinds, 1));
    scope_.line("br %c, {}", skip);
    break;
  }
  case 2: {
    std::string other;
    if (choices_.chance(40)) other = ", " + scope_.new_label();
    scope_.line("br_nothing {}, {}{}", operand(any_kind, 1), skip, other);
    if (!other.empty()) scope_.label(other.substr(2));
    break;
  }
  default: {
    const std::string other = scope_.new_label();
    scope_.line("br {}, {}, {}", operand(kind_bit(Kind::Bool), 1), other, skip);
    scope_.label(other);
  }
  }
  scope_.maybe([&] { block(1 + choices_.below(4), nesting); });
  scope_.label(skip);
}

void Writer::match(unsigned nesting) {
  const std::string skip = scope_.new_label();
  std::vector<std::string> bound;
  const std::string value = operand(any_kind, 3);
  scope_.line("match {}, {}, {}", value, pattern(3, bound), skip);
  scope_.maybe([&] {
    for (const std::string& name : bound)
      scope_.set(name, any_kind);
    block(1 + choices_.below(3), nesting);
  });
  scope_.label(skip);
}

void Writer::choose_case(unsigned nesting) {
  const std::string first = scope_.new_label();
  const std::string second = scope_.new_label();
  const std::string out = scope_.new_label();
  scope_.line("switch {}, 1: {}, \"a\": {}, shape: {}, nothing: {}{}", operand(any_kind, 1), first,
              second, out, second, choices_.chance(60) ? ", else: " + out : "");
  for (const std::string& label : {first, second}) {
    scope_.label(label);
    scope_.maybe([&] { block(1 + choices_.below(3), nesting); });
    if (choices_.chance(50)) scope_.line("jmp {}", out);
  }
  scope_.label(out);
}

}  // namespace avm::random
