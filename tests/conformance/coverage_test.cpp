// What conformance cases cover is found by running them, and what they leave out is said.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/coverage.hpp"

using namespace avm;
using namespace avm::conformance;

namespace {

CaseFile seen_of(const std::string& text) { return look_at({"test.avm", text}, "test.avm"); }

bool has(const std::vector<std::string>& texts, const std::string& wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

}  // namespace

TEST_CASE("what is carried out is seen, and what is not is not") {
  const CaseFile file = seen_of(R"(; covers: a.one
; run: --input 'false'
; value: 3

program main(%skip) {
    %id = create_obj "adder"
    br %skip, other
    %x = call %id, 1
    %y = add 1, 2
    ret %y
other:
    destroy_obj %id
    ret
}

behavior adder(%x) {
    %y = fst %x
    set_state [%y]
    ret
}
)");
  const auto& done = file.seen.done;
  for (const Op op : {Op::get_input, Op::create_obj, Op::br, Op::call, Op::add, Op::ret})
    CHECK(done.contains(op));
  for (const Op op : {Op::destroy_obj, Op::fst, Op::set_state})
    CHECK_FALSE(done.contains(op));
  CHECK(file.seen.raised ==
        std::set<std::pair<Op, ErrorCode>>{{Op::fst, ErrorCode::PureError_TypeMismatch}});
  CHECK(file.seen.errors == std::set{ErrorCode::PureError_TypeMismatch});
  CHECK(file.seen.events ==
        std::set<std::string_view>{"ObjectCreated", "ErrorOccurred", "ObjectCalled"});
  CHECK(file.covers == std::vector<std::string>{"a.one"});
}

TEST_CASE("errors of control, of limits and of conflicts are seen") {
  CHECK(seen_of("; error: ?\n\nprogram main {\n    br 1, end\nend:\n    ret\n}\n")
            .seen.raised.contains({Op::br, ErrorCode::PureError_TypeMismatch}));
  CHECK(seen_of("; error: ?\n\nprogram main {\n    reject 1\n}\n")
            .seen.raised.contains({Op::reject, ErrorCode::ObjError_RejectedCall}));
  const Seen limited =
      seen_of("; run: --max-steps 1\n; error: ?\n\nprogram main {\n    get_self\n    get_self\n"
              "    ret\n}\n")
          .seen;
  CHECK(limited.errors.contains(ErrorCode::ResourceError_Steps));
  CHECK(limited.raised.empty());
  const Seen conflict = seen_of(R"(; run: --setup open --run late,early --schedule 0,0,0,0,1,1,1
; value: ?

program open {
    %id = create_obj "cell"
    ret %id
}

program late(%id) {
    %tx = begin_tx
    call %id, nothing
    commit_tx %tx
    ret
}

program early(%id) {
    call %id, nothing
    ret
}

behavior cell {
    set_state [1]
    ret
}
)")
                            .seen;
  CHECK(conflict.raised.contains({Op::commit_tx, ErrorCode::TxError_Conflict}));
  CHECK(conflict.done.contains(Op::commit_tx));
}

TEST_CASE("what a machine refuses shows nothing") {
  const CaseFile file = seen_of("; run: --max-layer 0\n; error: ?\n\nprogram main {\n"
                                "    begin_tx\n    ret\n}\n");
  CHECK(file.seen.done.empty());
  CHECK(seen_of("; exit: 3\n\nprogram main {\n").seen.done.empty());
}

TEST_CASE("what no case shows is a gap") {
  const Rules rules("== a About\na.one  The first rule.\na.two  The second rule.\n");
  REQUIRE(rules.complaints.empty());
  const auto found = gaps({seen_of("; covers: a.one, a.three\n; value: 1\n\nprogram main {\n"
                                   "    %x = add 1, true\n    ret %x\n}\n")},
                          rules);
  CHECK(has(found, "no case covers a.two: The second rule."));
  CHECK_FALSE(has(found, "no case covers a.one: The first rule."));
  CHECK(has(found, "test.avm: there is no rule 'a.three'"));
  CHECK(has(found, "no case carries out 'add'"));
  CHECK_FALSE(has(found, "no case carries out 'ret'"));
  CHECK_FALSE(has(found, "no case carries out 'choose'"));
  CHECK_FALSE(has(found, "no case shows PureError.TypeMismatch of 'add'"));
  CHECK(has(found, "no case shows PureError.TypeMismatch of 'sub'"));
  CHECK(has(found, "no case shows ResourceError.Depth"));
  CHECK_FALSE(has(found, "no case shows ObjError.InvalidInput"));
  CHECK(has(found, "no case shows the event ObjectFrozen"));
  CHECK_FALSE(has(found, "no case shows the event ErrorOccurred"));
}

TEST_CASE("a table of rules that is wrong is a complaint") {
  const auto complains = [](const char* text) { return Rules(text).complaints; };
  CHECK(complains("# About this\n\n== a About\na.one  A rule.\n").empty());
  CHECK(has(complains("== a About\na.one  A rule.\na.one  A rule.\n"), "'a.one' stands twice"));
  CHECK(
      has(complains("== a About\nb.one  A rule.\n"), "'b.one' is not in the section of its name"));
  CHECK(has(complains("== a About\na.one\n"), "'a.one' is nothing but an id"));
}

TEST_CASE("the page names the cases of each rule, those first that are about little else") {
  const Rules rules("== a About\na.one  The first rule.\n");
  const CaseFile broad{"b/broad.avm",
                       {"a.one"},
                       {.done = {Op::add, Op::sub}, .raised = {}, .errors = {}, .events = {}}};
  const CaseFile narrow{
      "n/narrow.avm", {"a.one"}, {.done = {Op::add}, .raised = {}, .errors = {}, .events = {}}};
  const std::string text = page({broad, narrow}, rules);
  CHECK(text.contains("| The first rule. | `n/narrow.avm`, `b/broad.avm` |\n"));
  CHECK(text.contains("| [sub](instructions.md#sub) | `b/broad.avm` |\n"));
  CHECK(text.contains("| [mul](instructions.md#mul) | — |\n"));
}
