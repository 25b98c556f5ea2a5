#include "runtime/pure_ops.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>
#include <utility>

#include "avm/text.hpp"
#include "core/blocks.hpp"
#include "runtime/kinds.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {
namespace {

using Arguments = std::span<Val>;

std::unexpected<Error> fail(ErrorCode code, Op op, Val a = {}, Val b = {}) {
  return std::unexpected(Error(code, Val::str(op_info(op).name), std::move(a), std::move(b)));
}

Error type_mismatch(Op op, KindSet wanted, const Val& got) {
  return Error(ErrorCode::PureError_TypeMismatch, Val::str(op_info(op).name),
               Val::str(kind_set_name(wanted)), Val::str(kind_name(got.kind())));
}

std::unexpected<Error> overflow(Op op) { return fail(ErrorCode::PureError_Overflow, op); }

std::unexpected<Error> out_of_range(Op op, std::uint64_t index, std::uint64_t length) {
  return fail(ErrorCode::PureError_OutOfRange, op, Val::nat(index), Val::nat(length));
}

bool wants_one_kind(Op op) {
  switch (op) {
  case Op::and_:
  case Op::or_:
  case Op::xor_:
  case Op::lt:
  case Op::le:
  case Op::gt:
  case Op::ge:
  case Op::concat: return true;
  default: return false;
  }
}

// ─── Nats and Bools ─────────────────────────────────────────────────────────────────────────────

Result<Val> add(std::uint64_t x, std::uint64_t y) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(x, y, &sum)) return overflow(Op::add);
  return Val::nat(sum);
}

Result<Val> sub(std::uint64_t x, std::uint64_t y) {
  if (x < y && !planted(Fault::sub_wraps)) return overflow(Op::sub);
  return Val::nat(x - y);
}

Result<Val> mul(std::uint64_t x, std::uint64_t y) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(x, y, &product)) return overflow(Op::mul);
  return Val::nat(product);
}

Result<Val> div(std::uint64_t x, std::uint64_t y) {
  if (y == 0) return fail(ErrorCode::PureError_DivisionByZero, Op::div);
  return Val::nat(x / y);
}

Result<Val> mod(std::uint64_t x, std::uint64_t y) {
  if (y == 0) return fail(ErrorCode::PureError_DivisionByZero, Op::mod);
  return Val::nat(x % y);
}

// In C++ a shift by the width or more has no meaning.
Val shl(std::uint64_t x, std::uint64_t n) {
  if (planted(Fault::shift_by_64)) n %= 64;
  return Val::nat(n < 64 ? x << n : 0);
}
Val shr(std::uint64_t x, std::uint64_t n) { return Val::nat(n < 64 ? x >> n : 0); }

template <typename Operation>
Val bitwise(const Val& x, const Val& y, Operation operation) {
  if (x.is_bool())
    return Val::boolean(operation(unsigned{x.as_bool()}, unsigned{y.as_bool()}) != 0);
  return Val::nat(operation(x.as_nat(), y.as_nat()));
}

/// Strs by code point: in UTF-8 that is the order of the bytes.
std::strong_ordering order(const Val& x, const Val& y) {
  if (x.is_nat()) return x.as_nat() <=> y.as_nat();
  if (planted(Fault::shorter_is_less) && x.as_str().size() != y.as_str().size())
    return x.as_str().size() <=> y.as_str().size();
  return x.as_str() <=> y.as_str();
}

// ─── Lists and Strs ─────────────────────────────────────────────────────────────────────────────

std::uint64_t length(const Val& x) {
  return x.is_list() ? x.list_size() : code_point_count(x.as_str());
}

Result<Val> get(const Val& list, std::uint64_t index) {
  if (index >= list.list_size()) return out_of_range(Op::get, index, list.list_size());
  return list.list_at(index);
}

// The elements that go in are copied, not moved: where there is no memory left the operands stay
// what they were.

Result<Val> set(Val& list, std::uint64_t index, const Val& value) {
  if (index >= list.list_size()) return out_of_range(Op::set, index, list.list_size());
  list_set(list, index, value);
  return std::move(list);
}

Val append(Val& list, const Val& value) {
  list_append(list, value);
  return std::move(list);
}

Val concat(Val& head, const Val& tail) {
  if (head.is_str()) return str_concat(head.as_str(), tail.as_str());
  list_concat(head, tail);
  return std::move(head);
}

Val slice_str(std::string_view text, std::uint64_t from, std::uint64_t to) {
  const std::string_view rest = text.substr(code_point_offset(text, from));
  return Val::str(rest.substr(0, code_point_offset(rest, to - from)));
}

Result<Val> slice(Val& x, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t size = length(x);
  if (from > size) return out_of_range(Op::slice, from, size);
  if (to > size) return out_of_range(Op::slice, to, size);
  if (from > to) return out_of_range(Op::slice, from, to);
  if (planted(Fault::slice_off_by_one) && to == size && from < to) --to;
  if (x.is_str()) return slice_str(x.as_str(), from, to);
  list_slice(x, from, to);
  return std::move(x);
}

// ─── Anything ───────────────────────────────────────────────────────────────────────────────────

/// What `walk` gives, with the nodes that it visits counted as steps.
template <typename Walk>
auto metered(Meter& meter, Walk walk)
    -> Result<typename std::invoke_result_t<Walk, NodeBudget&>::value_type> {
  NodeBudget budget{meter.limit - meter.steps};
  auto answer = walk(budget);
  meter.steps = meter.limit - budget.left;
  if (!answer) return std::unexpected(Error(ErrorCode::ResourceError_Steps, Val::nat(meter.limit)));
  return std::move(*answer);
}

Result<Val> equality(const Val& x, const Val& y, bool wanted, Meter& meter) {
  [[maybe_unused]] const std::uint64_t before = meter.steps;
  const auto equal =
      metered(meter, [&](NodeBudget& budget) { return equal_as_trees(x, y, budget); });
  if (planted(Fault::equality_is_free)) meter.steps = before;
  if (!equal) return std::unexpected(equal.error());
  return Val::boolean(*equal == wanted);
}

Result<Val> to_str(const Val& x, Meter& meter) {
  return metered(meter, [&](NodeBudget& budget) { return print_as_tree(x, budget); });
}

Val parse_nat(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return Val::nothing();
  if (stop != end && !planted(Fault::parse_nat_takes_prefix)) return Val::nothing();
  return Val::just(Val::nat(number));
}

Result<Val> on_nats(Op op, std::uint64_t x, std::uint64_t y) {
  switch (op) {
  case Op::add: return add(x, y);
  case Op::sub: return sub(x, y);
  case Op::mul: return mul(x, y);
  case Op::div: return div(x, y);
  case Op::mod: return mod(x, y);
  case Op::min: return Val::nat(std::min(x, y));
  case Op::max: return Val::nat(std::max(x, y));
  case Op::shl: return shl(x, y);
  case Op::shr: return shr(x, y);
  default: std::unreachable();
  }
}

/// The operands have the kinds that `op` asks for.
Result<Val> apply_checked(Op op, Arguments x, Meter& meter) {
  switch (op) {
  case Op::add:
  case Op::sub:
  case Op::mul:
  case Op::div:
  case Op::mod:
  case Op::min:
  case Op::max:
  case Op::shl:
  case Op::shr: return on_nats(op, x[0].as_nat(), x[1].as_nat());
  case Op::and_: return bitwise(x[0], x[1], [](auto a, auto b) { return a & b; });
  case Op::or_: return bitwise(x[0], x[1], [](auto a, auto b) { return a | b; });
  case Op::xor_: return bitwise(x[0], x[1], [](auto a, auto b) { return a ^ b; });
  case Op::not_: return Val::boolean(!x[0].as_bool());
  case Op::eq: return equality(x[0], x[1], true, meter);
  case Op::ne: return equality(x[0], x[1], false, meter);
  case Op::lt: return Val::boolean(order(x[0], x[1]) < 0);
  case Op::le: return Val::boolean(order(x[0], x[1]) <= 0);
  case Op::gt: return Val::boolean(order(x[0], x[1]) > 0);
  case Op::ge: return Val::boolean(order(x[0], x[1]) >= 0);
  case Op::len: return Val::nat(length(x[0]));
  case Op::get: return get(x[0], x[1].as_nat());
  case Op::set: return set(x[0], x[1].as_nat(), x[2]);
  case Op::append: return append(x[0], x[1]);
  case Op::concat: return concat(x[0], x[1]);
  case Op::slice: return slice(x[0], x[1].as_nat(), x[2].as_nat());
  case Op::fst: return x[0].first();
  case Op::snd: return x[0].second();
  case Op::unwrap: return x[0].unwrapped();
  case Op::unwrap_or: return x[0].is_just() ? x[0].unwrapped() : x[1];
  case Op::is_nothing: return Val::boolean(x[0].is_nothing());
  case Op::is_just: return Val::boolean(x[0].is_just());
  case Op::kind: return Val::str(kind_name(x[0].kind()));
  case Op::to_str: return to_str(x[0], meter);
  case Op::parse_nat: return parse_nat(x[0].as_str());
  default: std::unreachable();
  }
}

}  // namespace

std::optional<Error> check_kinds(Op op, std::span<const Val> arguments) {
  const ArgumentKinds& kinds = argument_kinds[static_cast<std::size_t>(op)];
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const KindSet wanted = kinds[i];
    if (!is_of(wanted, arguments[i])) [[unlikely]]
      return type_mismatch(op, wanted, arguments[i]);
  }
  return std::nullopt;
}

Result<Val> apply_pure_op(Op op, std::span<Val> arguments, Meter& meter) {
  if (auto error = check_kinds(op, arguments)) return std::unexpected(std::move(*error));
  if (wants_one_kind(op)) {
    const Kind wanted = arguments[0].kind();
    if (arguments[1].kind() != wanted) {
      return std::unexpected(type_mismatch(op, kind_bit(wanted), arguments[1]));
    }
  }
  return apply_checked(op, arguments, meter);
}

}  // namespace avm
