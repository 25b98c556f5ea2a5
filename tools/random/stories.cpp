#include "random/writer.hpp"

namespace avm::random {
namespace {

constexpr KindSet object_kind = kind_bit(Kind::Object);

}  // namespace

void Writer::call(std::string_view object) {
  if (choices_.chance(25)) return scope_.line("call {}, {}", object, message());
  const std::string name = new_register();
  scope_.line("{} = call {}, {}", name, object, message());
  scope_.set(name, op_info(Op::call).result);
  if (choices_.chance(12)) {
    scope_.line("{0} = unwrap {0}", name);
    scope_.set(name, any_kind);
  }
}

void Writer::message_and_call() {
  if (scope_.holds(object_kind)) call(object());
}

void Writer::story() {
  const std::uint64_t choice = choices_.below(100);
  if (choice < 26) return message_and_call();
  if (choice < 42) return state();
  if (choice < 50) return receive();
  if (choice < 55) return destruction();
  if (choice < 57) return self_destruction();
  if (vocabulary_.layer >= 1) {
    if (choice < 71) return transaction();
    if (choice < 74) return foreign_transaction();
  }
  if (vocabulary_.layer >= 2 && choice < 81) return registry();
  if (vocabulary_.layer >= 3) {
    if (choice < 86) return distribution();
    if (choice < 91) return replicas();
    if (choice < 96) return controllers_change();
  }
  if (vocabulary_.layer >= 4 && choice >= 99) return constraints();
  reflection();
}

void Writer::transaction() {
  const std::string tx = choices_.chance(80) ? "%t" : "%u";
  const bool has_controller = vocabulary_.layer >= 3 && choices_.chance(30);
  scope_.line("{} = begin_tx{}", tx,
              has_controller ? " " + std::string(choices_.of(controllers)) : "");
  scope_.set(tx, kind_bit(Kind::Tx));
  for (std::uint64_t i = 1 + choices_.below(4); i > 0; --i)
    inside_transaction();
  const std::uint64_t end = choices_.below(100);
  if (end < 65) {
    const std::string name = new_register();
    scope_.line("{} = commit_tx {}", name, tx);
    scope_.set(name, kind_bit(Kind::Bool));
  } else if (end < 85) {
    scope_.line("abort_tx {}", tx);
  }  // else it stays open: its owner's end aborts it
  if (choices_.chance(5)) scope_.line("{} {}", choices_.chance(50) ? "commit_tx" : "abort_tx", tx);
}

void Writer::inside_transaction() {
  const std::uint64_t choice = choices_.below(100);
  if (choice < 45) return message_and_call();
  if (choice < 60) return state();
  if (choice < 68) return destruction();
  if (choice < 72) return receive();
  if (choice < 77) return reflection();
  if (choice < 83 && vocabulary_.layer >= 3) return controllers_change();
  if (choice < 88) return op(Op::create_obj);
  statement(0);
}

// One that somebody else may have begun: what a message brings, or what the set-up left.
void Writer::foreign_transaction() {
  const std::string_view tx = scope_.is_set("%old") ? "%old" : "%v";
  if (!scope_.is_set(tx)) return;
  const std::string found = scope_.new_label();
  const std::string out = scope_.new_label();
  scope_.line("%k = kind {}", tx);
  scope_.line("switch %k, \"tx\": {}, else: {}", found, out);
  scope_.label(found);
  if (choices_.chance(30)) scope_.line("%t = begin_tx");
  scope_.line("{} {}", choices_.chance(60) ? "commit_tx" : "abort_tx", tx);
  scope_.label(out);
}

void Writer::state() {
  scope_.line("%s = get_state");
  scope_.set("%s", kind_bit(Kind::List));
  if (choices_.chance(kind_ == FunctionKind::Program ? 97 : 20)) return;
  switch (choices_.below(3)) {
  case 0: scope_.line("%s = append %s, {}", operand(any_kind)); break;
  case 1: scope_.line("%s = {}", operand(kind_bit(Kind::List))); break;
  default:
    scope_.line("%n = len %s");
    scope_.line("%s = concat %s, [%n, {}]", operand(any_kind, 1));
    scope_.set("%n", kind_bit(Kind::Nat));
  }
  scope_.line("set_state %s");
}

void Writer::receive() {
  const std::string reply = choices_.chance(60) ? " reply " + operand(any_kind, 1) : "";
  const std::string name = new_register();
  scope_.line("{} = receive{}", name, reply);
  scope_.set(name, op_info(Op::receive).result);
  if (choices_.chance(40)) {
    scope_.line("%from = get_sender");
    scope_.line("%last = get_input");
    scope_.set("%from", op_info(Op::get_sender).result);
    scope_.set("%last", any_kind);
  }
  if (choices_.chance(20)) {
    scope_.line("%from = get_sender");
    scope_.line("%from = unwrap %from");
    scope_.set("%from", object_kind);
    message_and_call();
  }
}

void Writer::destruction() {
  if (choices_.chance(40)) {
    scope_.line("%new = create_obj \"{}\"", choices_.of(behaviors));
    scope_.set("%new", object_kind);
    if (choices_.chance(70)) call("%new");
    if (choices_.chance(30)) return;
  }
  if (!scope_.holds(object_kind)) return;
  const std::string object = scope_.is_set("%new") && choices_.chance(60) ? "%new" : this->object();
  scope_.line("destroy_obj {}", object);
  if (choices_.chance(12)) scope_.line("destroy_obj {}", object);
  if (choices_.chance(12)) call(object);
}

// What an activation can still do whose object is gone.
void Writer::self_destruction() {
  if (kind_ == FunctionKind::Program) return;
  scope_.line("%self = get_self");
  scope_.set("%self", object_kind);
  scope_.line("destroy_obj %self");
  switch (choices_.below(5)) {
  case 0: return scope_.line("receive");
  case 1: return scope_.line("set_state [1]");
  case 2: return state();
  case 3: return call("%self");
  default: return;
  }
}

void Writer::registry() {
  const std::string_view name = choices_.chance(70) ? choices_.of(pure_functions).name : "later";
  switch (choices_.below(4)) {
  case 0: op(Op::register_pure); break;
  case 1: scope_.line("update_pure \"{}\", {}", name, choices_.of(pure_functions).name); break;
  default: break;
  }
  op(Op::call_pure);
}

void Writer::distribution() {
  switch (choices_.below(4)) {
  case 0:
    if (is_fit(Op::teleport)) scope_.line("teleport {}", choices_.of(machines));
    return;
  case 1:
    if (!scope_.holds(object_kind)) return;
    scope_.line("move_object {}, {}", object(), choices_.of(machines));
    return message_and_call();
  case 2: return op(Op::get_current_machine);
  default:
    if (scope_.holds(object_kind)) op(Op::get_machine);
  }
}

void Writer::replicas() {
  if (!scope_.holds(object_kind)) return;
  const std::string id = object();
  if (choices_.chance(60)) scope_.line("move_object {}, {}", id, choices_.of(machines));
  scope_.line("fetch {}", id);
  if (choices_.chance(70)) call(id);
  // Another machine has another replica, or is the home.
  if (choices_.chance(60) && is_fit(Op::teleport)) {
    scope_.line("teleport {}", choices_.of(machines));
    if (choices_.chance(70)) scope_.line("fetch {}", id);
    call(id);
  }
  if (choices_.chance(60)) {
    scope_.line("%f = freeze {}", id);
    scope_.set("%f", op_info(Op::freeze).result);
  }
}

void Writer::controllers_change() {
  if (!scope_.holds(object_kind)) return;
  const std::string id = object();
  if (choices_.chance(50)) scope_.line("transfer_object {}, {}", id, choices_.of(controllers));
  if (choices_.chance(30)) op(Op::get_controller);
  if (choices_.chance(30)) op(Op::get_current_controller);
  if (choices_.chance(50)) call(id);
}

void Writer::reflection() {
  const std::uint64_t choice = choices_.below(10);
  if (choice == 0) return op(Op::reify_context);
  if (choice < 3) return vocabulary_.layer >= 1 ? op(Op::reify_tx_state) : op(Op::get_self);
  if (choice < 5) return op(Op::scry_meta);
  if (choice < 7) return op(Op::scry_deep);
  if (choice == 7) return op(Op::get_self);
  if (scope_.holds(object_kind)) op(Op::reflect);
}

void Writer::constraints() {
  constexpr std::array ops = {Op::new_var, Op::narrow,           Op::label, Op::post, Op::choose,
                              Op::require, Op::reify_constraints};
  op(choices_.of(ops));
}

}  // namespace avm::random
