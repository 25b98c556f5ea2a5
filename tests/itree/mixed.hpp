// The same objects in assembly text and in C++, for machines that have some of each.
#pragma once

#include "itree/trees.hpp"

namespace avm::test {

/// Does what its message says: ["state", x, _], ["fail", x, _], ["pass", object, message],
/// ["pass and fail", object, message], ["wait", x, _].
inline std::string assembled_actor(const std::string& name) {
  return "behavior " + name + R"((%m) {
    match %m, ["state", %x, _], no_state
    %old = get_state
    set_state [%x]
    ret %old
no_state:
    match %m, ["fail", %x, _], no_fail
    set_state [%x]
    reject %x
no_fail:
    match %m, ["wait", %x, _], no_wait
    %next  = receive reply ["waiting", %x]
    %input = get_input
    %from  = get_sender
    ret [%next, %input, %from]
no_wait:
    match %m, ["pass", %to, %inner], no_pass
    %answer = call %to, %inner
    %from   = get_sender
    ret ["passed", %answer, %from]
no_pass:
    match %m, ["pass and fail", %to, %inner], unknown
    set_state ["before"]
    %answer = call %to, %inner
    %never  = add %answer, 1
    ret %never
unknown:
    reject ["unknown", %m]
}
)";
}

inline Do<Val> actor(const Val& m) {
  using namespace instruction;
  const std::string op(m.is_list() ? m.list_at(0).as_str() : "");
  if (op == "state") {
    const Val old = co_await get_state();
    co_await set_state(list_of(m.list_at(1)));
    co_return old;
  }
  if (op == "fail") {
    co_await set_state(list_of(m.list_at(1)));
    co_await reject(m.list_at(1));
  }
  if (op == "wait") {
    const Val next = co_await receive(list_of("waiting", m.list_at(1)));
    const Val input = co_await get_input();
    const Val from = co_await get_sender();
    co_return list_of(next, input, from);
  }
  if (op == "pass") {
    const Val answer = co_await call(m.list_at(1), m.list_at(2));
    const Val from = co_await get_sender();
    co_return list_of("passed", answer, from);
  }
  if (op == "pass and fail") {
    co_await set_state(list_of("before"));
    const Val answer = co_await call(m.list_at(1), m.list_at(2));
    co_return co_await add(answer, 1);
  }
  co_return co_await reject(list_of("unknown", m));
}

inline constexpr const char* assembled_scene = R"(
program main(%x) {
    %a = create_obj "a"
    %b = create_obj "b"
    %state = ["state", %x, 0]
    %fail  = ["fail", %x, 0]
    %r0 = call %a, ["pass", %b, %state]
    %r1 = call %b, ["pass", %a, %fail]
    %r2 = call %a, ["pass", %b, ["pass", %a, ["pass", %b, %state]]]
    %r3 = call %a, ["pass and fail", %b, %state]
    %tx = begin_tx
    %r4 = call %b, ["pass", %a, ["pass and fail", %b, ["state", "undone", 0]]]
    %r5 = call %a, ["wait", 1, 0]
    %r6 = call %b, ["pass", %a, "woken, then undone"]
    abort_tx %tx
    %r7 = call %b, ["pass", %a, ["wait", 2, 0]]
    %tx = begin_tx
    %r8 = call %b, ["pass and fail", %a, "woken, then waiting again"]
    %done = commit_tx %tx
    %r9 = call %b, ["pass", %a, "woken"]
    %r10 = call %a, ["wait", 3, 0]
    %r11 = call %b, ["wait", 4, 0]
    ret [%r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %done]
}
)";

inline Do<Val> scene(const Val& x) {
  using namespace instruction;
  const Val a = co_await create_obj("a");
  const Val b = co_await create_obj("b");
  const Val state = list_of("state", x, 0);
  const Val fail = list_of("fail", x, 0);
  std::vector<Val> r;
  r.push_back(co_await call(a, list_of("pass", b, state)));
  r.push_back(co_await call(b, list_of("pass", a, fail)));
  const Val round = list_of("pass", b, list_of("pass", a, list_of("pass", b, state)));
  r.push_back(co_await call(a, round));
  r.push_back(co_await call(a, list_of("pass and fail", b, state)));
  const Val aborted = co_await begin_tx();
  const Val undone = list_of("pass and fail", b, list_of("state", "undone", 0));
  r.push_back(co_await call(b, list_of("pass", a, undone)));
  r.push_back(co_await call(a, list_of("wait", 1, 0)));
  r.push_back(co_await call(b, list_of("pass", a, "woken, then undone")));
  co_await abort_tx(aborted);
  r.push_back(co_await call(b, list_of("pass", a, list_of("wait", 2, 0))));
  const Val tx = co_await begin_tx();
  r.push_back(co_await call(b, list_of("pass and fail", a, "woken, then waiting again")));
  const Val done = co_await commit_tx(tx);
  r.push_back(co_await call(b, list_of("pass", a, "woken")));
  r.push_back(co_await call(a, list_of("wait", 3, 0)));
  r.push_back(co_await call(b, list_of("wait", 4, 0)));
  r.push_back(done);
  co_return to_val(r);
}

/// What of a scene is in C++; the rest is in assembly text.
struct Mix {
  Backend backend = Backend::Tape;
  bool main = false;
  bool a = false;
  bool b = false;
};

inline void load_scene(Machine& machine, const Mix& mix) {
  if (mix.main) {
    taken_in(machine.add_program("main", from_do(scene)));
  } else {
    load(machine, assembled_scene);
  }
  for (const auto& [name, is_cpp] : {std::pair("a", mix.a), std::pair("b", mix.b)}) {
    if (is_cpp) {
      taken_in(machine.add_behavior(name, from_do(actor)));
    } else {
      load(machine, assembled_actor(name));
    }
  }
}

inline std::vector<Mix> all_mixes() {
  std::vector<Mix> mixes;
  for (const Backend backend : {Backend::Tape, Backend::ITree}) {
    for (unsigned bits = 0; bits < 8; ++bits)
      mixes.push_back({backend, (bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0});
  }
  return mixes;
}

}  // namespace avm::test
