// A tree that looks into an answer, in whatever way, is never compiled: what it does then depends on
// what only a run can tell.
#include <functional>

#include "avm/compile.hpp"
#include "itree/trees.hpp"

namespace avm {
namespace {

using namespace test;
using namespace instruction;

struct Message {
  std::uint64_t n = 0;
  static constexpr auto message = avm::message("message", &Message::n);
};

using Look = std::function<void(const Val& answer)>;

// Ways to look. Whoever looks may do with it what he likes; here it is lost.
std::vector<std::pair<std::string, Look>> looks() {
  const auto lost = [](auto look) { return [look](const Val& x) { static_cast<void>(look(x)); }; };
  std::vector<std::pair<std::string, Look>> all;
  const auto add_look = [&](const std::string& name, auto look) {
    all.emplace_back(name, lost(look));
  };
#define AVM_LOOK(...) add_look(#__VA_ARGS__, [](const Val& x) { return __VA_ARGS__; })
  AVM_LOOK(x.kind());
  AVM_LOOK(x.is_nat());
  AVM_LOOK(x.is_bool());
  AVM_LOOK(x.is_nothing());
  AVM_LOOK(x.is_object());
  AVM_LOOK(x.is_tx());
  AVM_LOOK(x.is_var());
  AVM_LOOK(x.is_str());
  AVM_LOOK(x.is_list());
  AVM_LOOK(x.is_pair());
  AVM_LOOK(x.is_just());
  AVM_LOOK(x.as_nat());
  AVM_LOOK(x.as_bool());
  AVM_LOOK(x.as_object());
  AVM_LOOK(x.as_tx());
  AVM_LOOK(x.as_var());
  AVM_LOOK(x.as_str());
  AVM_LOOK(x.list_size());
  AVM_LOOK(x.list_at(0));
  AVM_LOOK(x.list_at(100));
  AVM_LOOK(x.first());
  AVM_LOOK(x.second());
  AVM_LOOK(x.unwrapped());
  AVM_LOOK(x == Val::nat(0));
  AVM_LOOK(Val::nat(0) == x);
  AVM_LOOK(x != Val::nothing());
  AVM_LOOK(x == Val::str("a string that has a block of its own"));
  AVM_LOOK(Val::str("a string that has a block of its own") == x);
  AVM_LOOK(x == Val::list({Val::nat(1)}));
  AVM_LOOK(Val::pair(Val(), Val()) == x);
  AVM_LOOK(to_text(x));
  AVM_LOOK(to_json(x));
  AVM_LOOK(to_message_text(x));
  AVM_LOOK(to_message_json(x));
  AVM_LOOK(print(x));
  AVM_LOOK(from_val<bool>(x));
  AVM_LOOK(from_val<std::uint8_t>(x));
  AVM_LOOK(from_val<std::uint64_t>(x));
  AVM_LOOK(from_val<std::string>(x));
  AVM_LOOK(from_val<ObjectId>(x));
  AVM_LOOK(from_val<TxId>(x));
  AVM_LOOK(from_val<VarId>(x));
  AVM_LOOK(from_val<std::optional<Val>>(x));
  AVM_LOOK(from_val<std::vector<Val>>(x));
  AVM_LOOK(from_val<std::pair<Val, Val>>(x));
  AVM_LOOK(from_val<Message>(x));
  AVM_LOOK(expect_symbol(x, "go"));
  AVM_LOOK(unpack_pair(x));
  AVM_LOOK(Error(ErrorCode::PureError_Overflow, x).text());
  AVM_LOOK(Error(ErrorCode::PureError_Overflow, x) ==
           Error(ErrorCode::PureError_Overflow, Val::str("add")));
  // Inside of others.
  AVM_LOOK(to_text(Val::list({Val::nat(1), x})));
  AVM_LOOK(to_json(Val::pair(x, Val::nat(1))));
  AVM_LOOK(to_text(Val::just(x)));
  AVM_LOOK(to_json(Val::just(x)));
  AVM_LOOK(Val::list({x}).list_at(0).is_nat());
  AVM_LOOK(Val::list({x, Val::nat(1)}).list_at(0).is_nat());
  AVM_LOOK(Val::pair(x, x).second().as_str());
  AVM_LOOK(Val::just(x).unwrapped().kind());
  AVM_LOOK(justs(x, 20).unwrapped() == justs(Val::nat(1), 19));
  AVM_LOOK(from_val<std::vector<bool>>(Val::list({x})));
  AVM_LOOK((from_val<std::pair<Val, bool>>(Val::pair(Val(), x))));
  AVM_LOOK(from_val<std::optional<bool>>(Val::just(x)));
  // Where all but the answers is equal.
  AVM_LOOK(Val::just(x) == Val::just(Val::nat(1)));
  AVM_LOOK(Val::just(Val::nat(1)) == Val::just(x));
  AVM_LOOK(Val::just(Val::just(Val::nat(1))) == Val::just(x));
  AVM_LOOK(Val::just(x) == Val::just(Val::list({Val::nat(1)})));
  AVM_LOOK(Val::just(Val::list({Val::nat(1)})) == Val::just(x));
  AVM_LOOK(Val::list({x}) == Val::list({Val::nat(1)}));
  AVM_LOOK(Val::list({Val::nat(1)}) == Val::list({x}));
  AVM_LOOK(Val::list({x, x}) == Val::list({x, Val::unknown(x.payload() + 1)}));
  AVM_LOOK(Val::list({Val(), x}) == Val::list({Val(), Val::str("a")}));
  AVM_LOOK(Val::list({Val(), Val::just(Val::nat(1))}) == Val::list({Val(), Val::just(x)}));
  AVM_LOOK(Val::list({Val::just(Val::nat(1))}) == Val::list({Val::just(x)}));
  AVM_LOOK(Val::pair(Val(), x) == Val::pair(Val(), Val::list({Val()})));
  AVM_LOOK(Val::pair(Val(), Val::list({Val()})) == Val::pair(Val(), x));
  AVM_LOOK(justs(x, 17) == justs(Val::nat(1), 17));
  AVM_LOOK(justs(x, 17) == justs(Val::nat(1), 18));
  AVM_LOOK(justs(Val::nat(1), 18) == justs(x, 17));
  AVM_LOOK(justs(x, 3) == justs(Val::nat(1), 40));
  AVM_LOOK(justs(Val::nat(1), 40) == justs(x, 3));
  AVM_LOOK(Val::pair(justs(Val::nat(1), 40), Val()) == Val::pair(justs(x, 33), Val()));
#undef AVM_LOOK
  return all;
}

std::string refusal(const ITree<Val>& tree) {
  const auto tape = compile(tree);
  return tape ? "compiled" : tape.error();
}

const std::string told = "the tree looks into the answer of get_input (answer 2), "
                         "which is known only when it runs";

TEST_CASE("whoever looks into an answer is refused") {
  for (const auto& [name, look] : looks()) {
    CAPTURE(name);
    const auto looking = [look](const Val& x) {
      look(x);
      return ret(Val::nat(1));
    };
    const auto second = bind(get_self(), [](const Val&) { return get_input(); });
    CHECK(refusal(bind(second, looking)) == told);
    // Later, and behind other answers.
    CHECK(refusal(bind(second, [looking](const Val& x) {
            return bind(get_self(), [looking, x](const Val&) { return looking(x); });
          })) == told);
    CHECK(refusal(bind(second, [look](const Val& x) -> ITree<Val> {
            look(x);
            throw std::runtime_error("for what was seen");
          })) == told);
    CHECK(refusal(from_do([look]() -> Do<Val> {
            co_await get_self();
            const Val x = co_await get_input();
            look(x);
            co_return Val::nat(1);
          })()) == told);
  }
}

TEST_CASE("whoever looks into an argument of a pure function is refused") {
  for (const auto& [name, look] : looks()) {
    CAPTURE(name);
    const std::string argument = "the tree looks into the answer of parameter 0 of f (answer 2), "
                                 "which is known only when it runs";
    const PureFunction at_once("f", 1, [look](std::span<const Val> x) {
      look(x[0]);
      return ret(Val());
    });
    const PureFunction later("f", 1, [look](std::span<const Val> x) {
      return map(ret(x[0]), [look](const Val& y) {
        look(y);
        return Val();
      });
    });
    CHECK(refusal(apply(at_once, 1)) == argument);
    CHECK(refusal(apply(later, 1)) == argument);
  }
}

TEST_CASE("what is refused leaves nothing for the next") {
  const ITree<Val> looking =
      bind(get_input(), [](const Val& x) { return ret(Val::boolean(x.is_nat())); });
  CHECK(refusal(looking) != "compiled");
  CHECK(refusal(get_input()) == "compiled");
  static_cast<void>(Val::unknown(5).kind());
  CHECK(refusal(get_input()) == "compiled");
}

TEST_CASE("to pass an answer on is not to look") {
  const auto passing = [](const Val& x) {
    Val copy = x;
    Val other = Val::nat(1);
    other = copy;
    const Val list = Val::list({x, copy, Val::nat(1)});
    const Val same = Val::list({x, x});
    // What is made of an answer is known where the answer is not.
    const bool is_known = list.is_list() && list.list_size() == 3 && same.list_size() == 2 &&
                          Val::just(x).is_just() && Val::pair(x, x).kind() == Kind::Pair &&
                          list.list_at(2) == Val::nat(1) && x == copy &&
                          same == Val::list({x, x}) && list != same && from_val<Val>(x).has_value();
    return ret(list_of(is_known, other, list, same, Val::just(x), justs(x, 40), Val::pair(x, x)));
  };
  const auto tape = compile(bind(get_input(), passing));
  REQUIRE(tape.has_value());
  for (const Val& input : {Val::nat(5), Val::str("a string that has a block of its own")}) {
    Machine machine;
    taken_in(machine.add_program("main", passing));
    CHECK(run(*tape, input).text() == run(machine, "main", input).text());
  }
}

TEST_CASE("outside of compile nothing is unknown, and nothing is noted") {
  Val::take_look();
  for (const auto& [name, look] : looks()) {
    CAPTURE(name);
    // Not those that must know the kind already.
    if (name.find("x.") != std::string::npos || name.find(".as_") != std::string::npos) continue;
    look(Val::nat(1));
    CHECK_FALSE(Val::take_look());
  }
}

}  // namespace
}  // namespace avm
