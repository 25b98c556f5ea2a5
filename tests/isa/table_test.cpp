#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "avm/isa.hpp"

using namespace avm;

TEST_CASE("an op stands in the table at its own number") {
  CHECK(all_ops().size() == op_count);
  for (std::size_t i = 0; i < op_count; ++i) {
    CHECK(all_ops()[i].op == static_cast<Op>(i));
    CHECK(&op_info(static_cast<Op>(i)) == &all_ops()[i]);
  }
}

TEST_CASE("a mnemonic finds its op, and only that") {
  std::set<std::string_view> names;
  for (const OpInfo& info : all_ops()) {
    CAPTURE(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(find_op(info.name) == (info.has_mnemonic() ? std::optional(info.op) : std::nullopt));
    CHECK(find_op(std::string(info.name) + "_") == std::nullopt);
  }
  CHECK(find_op("") == std::nullopt);
}

TEST_CASE("a row says how its op is used") {
  for (const OpInfo& info : all_ops()) {
    CAPTURE(info.name);
    CHECK_FALSE(info.help.empty());
    CHECK(info.layer <= 4);
    CHECK((info.word_count == 0) == info.encoding.empty());
    CHECK((info.has_mnemonic() ? info.base == info.op : op_info(info.base).has_mnemonic()));
    bool optional = false;
    for (const OperandInfo& operand : info.operands()) {
      CAPTURE(operand.name);
      CHECK_FALSE(operand.name.empty());
      CHECK((operand.operand_class != OperandClass::Value || operand.kinds != 0));
      // What may be left out stands last, or nobody could tell what was.
      CHECK((!optional || operand.optional || operand.variadic));
      optional = optional || operand.optional;
    }
  }
}

TEST_CASE("only what is no safe instruction of the AVM is unsafe") {
  for (const OpInfo& info : all_ops()) {
    CAPTURE(info.name);
    if (info.is_unsafe) CHECK((info.is_instruction() || op_info(info.base).is_unsafe));
  }
}

TEST_CASE("kinds of constraints find their index") {
  for (std::uint32_t i = 0; i < post_kinds().size(); ++i) {
    CAPTURE(post_kinds()[i]);
    CHECK(find_post_kind(post_kinds()[i]) == i);
    CHECK(post_arity(i).least <= post_arity(i).most);
  }
  CHECK(find_post_kind("?") == std::nullopt);
}

TEST_CASE("sets of kinds have names") {
  CHECK(kind_set_name(any_kind) == "any");
  CHECK(kind_set_name(kind_bit(Kind::Nat)) == "nat");
  CHECK(kind_set_name(kind_bit(Kind::Nat) | kind_bit(Kind::Str)) == "nat or str");
}
