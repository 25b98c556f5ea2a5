#include <catch2/catch.hpp>

#include "avm/heap.hpp"
#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using test::value;
using Strings = std::vector<std::string>;

namespace {

/// A machine with the behaviors that most of these tests use.
///   cell    [v]: puts v into its state; anything else: gives its state
///   fails   does what `cell` does, then rejects
///   waits   waits, and gives what it was woken with
struct Cells : ScriptMachine {
  explicit Cells(const std::vector<std::string>& machines = {}) : ScriptMachine(machines) {
    constexpr auto cell = R"(
      %m = get_input
      %k = kind %m
      %is_write = eq %k, "list"
      br %is_write, write
      %s = get_state
      ret %s
    write:
      set_state %m
      ret %m
    )";
    behavior("cell", cell);
    behavior("fails", "%m = get_input \n set_state %m \n reject %m");
    behavior("waits", "%m = receive reply \"waiting\" \n %m = unwrap %m \n ret %m");
  }

  /// Runs each of the executions for one instruction, in the order of the digits, then all to their
  /// ends, in order. Gives their values.
  std::vector<std::string> interleave(const std::vector<std::string_view>& programs,
                                      std::string_view turns) {
    std::vector<std::unique_ptr<test::ScriptExecution>> executions;
    for (const std::string_view program : programs)
      executions.push_back(start(program));
    for (const char turn : turns)
      executions[static_cast<std::size_t>(turn - '0')]->step();
    std::vector<std::string> values;
    for (const auto& execution : executions)
      values.push_back(execution->result());
    return values;
  }
};

}  // namespace

TEST_CASE("A transaction's changes are there for others once it commits") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  CHECK(machine.interleave({R"(
    %t = begin_tx
    call obj:0, [1]
    %x = call obj:0, "read"
    %new = create_obj "cell"
    call %new, [2]
    %ok = commit_tx %t
    ret [%t, %x, %new, %ok]
  )",
                            R"(
    %a = call obj:0, "read"
    %m = get_machine obj:1
    ret [%a, %m]
  )"},
                           "00000000000"
                           "1111") ==
        Strings{"[tx:0, just [1], obj:1, true]", "[just [], nothing]"});
  CHECK(machine.field(0, "state") == R"({"List":[{"Nat":1}]})");
  CHECK(machine.field(1, "state") == R"({"List":[{"Nat":2}]})");
}

TEST_CASE("A transaction sees the store as it was when it began") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  // The first only reads, and may commit: what it saw was the state before the second.
  CHECK(machine.interleave({R"(
    %t = begin_tx
    %a = call obj:0, "read"
    %b = call obj:0, "read"
    %missing = get_machine obj:1
    %ok = commit_tx %t
    %c = call obj:0, "read"
    ret [%a, %b, %missing, %ok, %c]
  )",
                            R"(
    %r = call obj:0, [1]
    create_obj "cell"
  )"},
                           "000"
                           "1111") ==
        Strings{"[just [], just [], nothing, true, just [1]]", "nothing"});
}

TEST_CASE("A commit fails where something that it read was changed since") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\"");
  machine.events();
  CHECK(machine.interleave({R"(
    %t = begin_tx "alice"
    %a = call obj:0, "read"
    call obj:1, [7]
    %ok = commit_tx %t
    ret %ok
  )",
                            "%r = call obj:0, [1] \n ret %r"},
                           "0000"
                           "111") == Strings{"false", "just [1]"});
  CHECK(machine.field(1, "state") == R"({"List":[]})");
  CHECK(
      machine.events() ==
      Strings{"TransactionStarted tx:0 (controller alice)", "StateUpdated obj:0",
              R"(ObjectCalled obj:0 "read" -> [] (controller alice))",
              "StateUpdated obj:1 (controller alice)",
              "ObjectCalled obj:1 [7] -> [7] (controller alice)",
              "ErrorOccurred TxError.Conflict: transaction tx:0 conflicts with a commit made since "
              "it began (controller alice)",
              "TransactionAborted tx:0 (controller alice)", "ObjectCalled obj:0 [1] -> [1]"});
}

TEST_CASE("A commit fails where something that it looked for in vain was created since") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  CHECK(machine.interleave({R"(
    %t = begin_tx
    %a = get_machine obj:1
    call obj:0, [7]
    %ok = commit_tx %t
    ret [%a, %ok]
  )",
                            "create_obj \"cell\""},
                           "00"
                           "1") == Strings{"[nothing, false]", "nothing"});
}

TEST_CASE("A commit that changed something fails where something that it read is gone") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\"");
  CHECK(machine.interleave({R"(
    %t = begin_tx
    %a = call obj:0, "read"
    call obj:1, [7]
    %ok = commit_tx %t
    ret %ok
  )",
                            "destroy_obj obj:0"},
                           "00"
                           "1") == Strings{"false", "nothing"});
}

TEST_CASE("Reading alone fails only where something that was read is gone") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\"");
  const auto reader = R"(
    %t = begin_tx
    %a = call obj:0, "read"
    %b = call obj:1, "read"
    %ok = commit_tx %t
    ret [%a, %b, %ok]
  )";
  SECTION("changed") {
    CHECK(machine.interleave({reader, "%r = call obj:1, [1] \n ret %r"},
                             "00"
                             "111") == Strings{"[just [], just [], true]", "just [1]"});
  }
  SECTION("gone") {
    CHECK(machine.interleave({reader, "destroy_obj obj:1"},
                             "00"
                             "1") == Strings{"[just [], just [], false]", "nothing"});
  }
  SECTION("born") {
    CHECK(machine.interleave(
              {"%t = begin_tx \n %a = get_machine obj:2 \n %ok = commit_tx %t \n ret [%a, %ok]",
               "create_obj \"cell\""},
              "00"
              "1") == Strings{"[nothing, true]", "nothing"});
  }
  SECTION("changed, and all that the transaction did was undone") {
    machine.run("create_obj \"fails\"");
    CHECK(machine.interleave({R"(
      %t = begin_tx
      %a = call obj:2, [7]
      %ok = commit_tx %t
      ret [%a, %ok]
    )",
                              "call obj:2, [1]"},
                             "00"
                             "11") == Strings{"[nothing, true]", "nothing"});
  }
}

TEST_CASE("Of two transactions that change the same object the second to commit fails") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  const auto increment = R"(
    %t = begin_tx
    %a = call obj:0, "read"
    %a = unwrap %a
    %n = len %a
    %a = append %a, %n
    call obj:0, %a
    %ok = commit_tx %t
    ret %ok
  )";
  CHECK(machine.interleave({increment, increment}, "01010101") == Strings{"true", "false"});
  CHECK(machine.field(0, "state") == R"({"List":[{"Nat":0}]})");
}

TEST_CASE("Transactions that touch different objects both commit") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\"");
  CHECK(machine.interleave({"%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok",
                            "%t = begin_tx \n call obj:1, [1] \n %ok = commit_tx %t \n ret %ok"},
                           "01010101") == Strings{"true", "true"});
}

TEST_CASE("Write skew is a conflict") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\"");
  CHECK(machine.interleave({R"(
    %t = begin_tx
    call obj:0, "read"
    call obj:1, [1]
    %ok = commit_tx %t
    ret %ok
  )",
                            R"(
    %t = begin_tx
    call obj:1, "read"
    call obj:0, [1]
    %ok = commit_tx %t
    ret %ok
  )"},
                           "01010101010101") == Strings{"true", "false"});
}

TEST_CASE("abort_tx drops everything, but not the ids") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"waits\" \n call obj:1, 0");
  machine.events();
  CHECK(machine.run(R"(
    %t = begin_tx
    call obj:0, [1]
    %woken = call obj:1, 5
    %a = create_obj "cell"
    destroy_obj obj:0
    transfer_object %a, "bob"
    %x = abort_tx %t
    %after = get_machine %a
    %b = create_obj "cell"
    %state = call obj:0, 0
    ret [%x, %woken, %after, %b, %state]
  )") == "[nothing, just 5, nothing, obj:3, just []]");
  CHECK(machine.field(1, "waiting") == "true");
  const auto events = machine.events();
  CHECK(std::ranges::count(events, "TransactionAborted tx:0") == 1);
  CHECK(std::ranges::count(events, "ObjectCreated obj:2 cell") == 1);
}

TEST_CASE("A transaction ends with the activation that began it") {
  Cells machine;
  machine.behavior("forgets", "%t = begin_tx \n call obj:0, [9] \n ret %t");
  machine.behavior("breaks", "%t = begin_tx \n call obj:0, [9] \n reject %t");
  machine.run("create_obj \"cell\" \n create_obj \"forgets\" \n create_obj \"breaks\"");
  machine.events();
  SECTION("by ret") {
    CHECK(machine.run("%x = call obj:1, 1 \n %y = call obj:0, 0 \n ret [%x, %y]") ==
          "[just tx:0, just []]");
    CHECK(machine.events() == Strings{"TransactionStarted tx:0", "StateUpdated obj:0",
                                      "ObjectCalled obj:0 [9] -> [9]", "TransactionAborted tx:0",
                                      "ObjectCalled obj:1 1 -> tx:0",
                                      "ObjectCalled obj:0 0 -> []"});
  }
  SECTION("by an error") {
    CHECK(machine.run("%x = call obj:2, 1 \n %y = call obj:0, 0 \n ret [%x, %y]") ==
          "[nothing, just []]");
    CHECK(machine.events() ==
          Strings{"TransactionStarted tx:0", "StateUpdated obj:0", "ObjectCalled obj:0 [9] -> [9]",
                  "ErrorOccurred ObjError.RejectedCall: object obj:2 rejected the call: tx:0",
                  "TransactionAborted tx:0", "ObjectCalled obj:2 1 -> failed",
                  "ObjectCalled obj:0 0 -> []"});
  }
  SECTION("of the program") {
    CHECK(machine.run("%t = begin_tx \n call obj:0, [9] \n ret 5") == "5");
    CHECK(machine.events() == Strings{"TransactionStarted tx:0", "StateUpdated obj:0",
                                      "ObjectCalled obj:0 [9] -> [9]", "TransactionAborted tx:0"});
    CHECK(machine.run("%t = begin_tx \n destroy_obj obj:77") ==
          "ObjError.NotFound: object obj:77 does not exist");
    CHECK(machine.events() ==
          Strings{"TransactionStarted tx:1",
                  "ErrorOccurred ObjError.NotFound: object obj:77 does not exist",
                  "TransactionAborted tx:1"});
  }
  CHECK(machine.field(0, "state") == R"({"List":[]})");
}

TEST_CASE("Only its owner can end a transaction") {
  Cells machine;
  machine.behavior("commits", "%t = get_input \n commit_tx %t");
  machine.behavior("aborts", "%t = get_input \n abort_tx %t");
  machine.run("create_obj \"commits\" \n create_obj \"aborts\"");
  machine.events();
  CHECK(machine.run(R"(
    %t = begin_tx
    %x = call obj:0, %t
    %y = call obj:1, %t
    %ok = commit_tx %t
    ret [%x, %y, %ok]
  )") == "[nothing, nothing, true]");
  CHECK(machine.events() ==
        Strings{
            "TransactionStarted tx:0",
            "ErrorOccurred TxError.InvalidDuringTx: commit_tx is not possible inside a transaction",
            "ObjectCalled obj:0 tx:0 -> failed",
            "ErrorOccurred TxError.InvalidDuringTx: abort_tx is not possible inside a transaction",
            "ObjectCalled obj:1 tx:0 -> failed", "TransactionCommitted tx:0"});
}

TEST_CASE("Wrong ids of transactions") {
  Cells machine;
  const std::string op = GENERATE("commit_tx ", "abort_tx ");
  CHECK(machine.run(op + "tx:0") == "TxError.NoActiveTx: no transaction is active");
  CHECK(machine.run("%t = begin_tx \n commit_tx %t \n" + op + "%t") ==
        "TxError.AlreadyCommitted: transaction tx:0 is already committed");
  CHECK(machine.run("%t = begin_tx \n abort_tx %t \n" + op + "%t") ==
        "TxError.AlreadyAborted: transaction tx:1 is already aborted");
  CHECK(machine.run("%t = begin_tx \n" + op + "tx:0") ==
        "TxError.NotFound: transaction tx:0 is not the active one");
  CHECK(machine.run("%t = begin_tx \n" + op + "tx:99") ==
        "TxError.NotFound: transaction tx:99 is not the active one");
  // Those of this execution are remembered while another one is active.
  CHECK(machine.run("%a = begin_tx \n commit_tx %a \n %b = begin_tx \n" + op + "%a") ==
        "TxError.AlreadyCommitted: transaction tx:4 is already committed");
  CHECK(machine.run("%a = begin_tx \n commit_tx %a \n %b = begin_tx \n abort_tx %b \n" + op +
                    "tx:0") == "TxError.NoActiveTx: no transaction is active");
}

TEST_CASE("A transaction that failed to commit counts as aborted") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  CHECK(machine.interleave(
            {"%t = begin_tx \n call obj:0, [1] \n commit_tx %t \n commit_tx %t", "call obj:0, [2]"},
            "000"
            "111") ==
        Strings{"TxError.AlreadyAborted: transaction tx:0 is already aborted", "nothing"});
}

TEST_CASE("Transactions do not nest") {
  Cells machine;
  machine.behavior("nests", "begin_tx");
  machine.run("create_obj \"nests\"");
  CHECK(machine.run("begin_tx \n begin_tx \"alice\"") ==
        "TxError.InvalidDuringTx: begin_tx is not possible inside a transaction");
  CHECK(machine.run("%t = begin_tx \n %x = call obj:0, 1 \n %ok = commit_tx %t \n ret [%x, %ok]") ==
        "[nothing, true]");
}

TEST_CASE("What an abort could not undo is not possible inside a transaction") {
  Cells machine({"far"});
  machine.unregistered("f", 0, [](auto) { return Val::nat(1); });
  machine.run("create_obj \"cell\"");
  const auto [line, what] = GENERATE(table<std::string, std::string>({
      {"register_pure \"g\", f", "register_pure"},
      {"update_pure \"g\", f", "update_pure"},
      {"move_object obj:0, \"far\"", "move_object"},
      {"fetch obj:0", "fetch"},
      {"freeze obj:0", "freeze"},
      // It comes before what else is wrong.
      {"move_object obj:9, \"nowhere\"", "move_object"},
      {"fetch obj:9", "fetch"},
      {"freeze obj:9", "freeze"},
  }));
  CHECK(machine.run("begin_tx \n" + line) ==
        "TxError.InvalidDuringTx: " + what + " is not possible inside a transaction");
  CHECK(machine.run("begin_tx \n teleport \"nowhere\"") ==
        "MachineError.TeleportDuringTx: teleport is not possible inside a transaction");
}

TEST_CASE("A call to another machine is not possible inside a transaction") {
  Cells machine({"far"});
  machine.run("%a = create_obj \"cell\" \n move_object %a, \"far\"");
  CHECK(machine.run("begin_tx \n call obj:0, 1") ==
        "TxError.InvalidDuringTx: call is not possible inside a transaction");
  CHECK(machine.run("begin_tx \n call obj:9, 1") ==
        "ObjError.NotFound: object obj:9 does not exist");
  CHECK(machine.run("teleport \"far\" \n %t = begin_tx \n %x = call obj:0, [1] \n "
                    "%ok = commit_tx %t \n ret [%x, %ok]") == "[just [1], true]");
}

TEST_CASE("Destroying inside a transaction") {
  Cells machine;
  machine.run("create_obj \"cell\" \n call obj:0, [1]");
  SECTION("It can be used until the commit") {
    CHECK(machine.run(R"(
      %t = begin_tx
      destroy_obj obj:0
      %x = call obj:0, [2]
      %y = call obj:0, "read"
      %m = get_machine obj:0
      %ok = commit_tx %t
      %gone = get_machine obj:0
      ret [%x, %y, %m, %ok, %gone]
    )") == R"([just [2], just [2], just "local", true, nothing])");
    CHECK(machine.world.store.object_count() == 0);
  }
  SECTION("Twice") {
    CHECK(machine.run("begin_tx \n destroy_obj obj:0 \n destroy_obj obj:0") ==
          "ObjError.AlreadyDestroyed: object obj:0 is already marked for destruction");
    CHECK(machine.field(0, "state") == R"({"List":[{"Nat":1}]})");
  }
  SECTION("What the transaction made is dropped at once") {
    const std::string make = "%t = begin_tx \n %a = create_obj \"cell\" \n destroy_obj %a \n";
    CHECK(machine.run(make + "%m = get_machine %a \n %s = reify_tx_state \n %ok = commit_tx %t \n"
                             "ret [%m, %s, %ok]") ==
          "[nothing, just [tx:0, [], [], [], [obj:1]], true]");
    CHECK(machine.run(make + "destroy_obj %a") == "ObjError.NotFound: object obj:2 does not exist");
    CHECK(machine.run(make + "call %a, 1") == "ObjError.NotFound: object obj:3 does not exist");
    CHECK(machine.world.store.object_count() == 1);
  }
}

// ─── savepoints ─────────────────────────────────────────────────────────────────────────────────

TEST_CASE("A call that fails inside a transaction has its changes undone") {
  Cells machine;
  machine.behavior("ruin", R"(
    set_state ["ruined"]
    call obj:0, ["ruined"]
    create_obj "cell"
    destroy_obj obj:0
    transfer_object obj:0, "mallory"
    call obj:1, "woken"
    call obj:2, "from the mailbox"
    reject 0
  )");
  machine.behavior("reader", "%m = receive reply \"empty\" \n ret %m");
  machine.run(R"(
    create_obj "cell"
    create_obj "waits"
    create_obj "reader"
    create_obj "ruin"
    call obj:0, [1]
    call obj:1, 0
  )");
  machine.post(2, "7");
  const std::string before = machine.dump();
  CHECK(machine.run(R"(
    %t = begin_tx
    %x = call obj:3, 0
    %s = reify_tx_state
    %state = call obj:0, "read"
    %c = get_controller obj:0
    %fresh = create_obj "cell"
    destroy_obj %fresh
    %ok = commit_tx %t
    ret [%x, %s, %state, %c, %fresh, %ok]
  )") == R"([nothing, just [tx:0, [[obj:3, 0], [obj:0, ["ruined"]], [obj:1, "woken"], )"
         R"([obj:2, "from the mailbox"]], [], [], [obj:0, obj:1, obj:2, obj:3]], )"
         R"(just [1], nothing, obj:5, true])");
  CHECK(machine.dump() == before);
}

TEST_CASE("A call that fails keeps what was done before it and what comes after") {
  Cells machine;
  machine.behavior("outer", R"(
    set_state ["outer"]
    call obj:0, ["by outer"]
    %x = call obj:1, ["by fails"]
    call obj:2, ["after"]
    ret %x
  )");
  machine.run("create_obj \"cell\" \n create_obj \"fails\" \n create_obj \"cell\" \n"
              "create_obj \"outer\"");
  CHECK(machine.run("%t = begin_tx \n call obj:0, [\"first\"] \n %x = call obj:3, 0 \n"
                    "%ok = commit_tx %t \n ret [%x, %ok]") == "[just nothing, true]");
  CHECK(machine.field(0, "state") == R"({"List":[{"Str":"by outer"}]})");
  CHECK(machine.field(1, "state") == R"({"List":[]})");
  CHECK(machine.field(2, "state") == R"({"List":[{"Str":"after"}]})");
  CHECK(machine.field(3, "state") == R"({"List":[{"Str":"outer"}]})");
}

TEST_CASE("A failure undoes also what calls inside it did that succeeded") {
  Cells machine;
  machine.behavior("inner", "call obj:0, [\"by inner\"] \n ret 1");
  machine.behavior("outer", "call obj:1, 0 \n call obj:1, 0 \n reject 0");
  machine.run("create_obj \"cell\" \n create_obj \"inner\" \n create_obj \"outer\"");
  CHECK(machine.run(R"(
    %t = begin_tx
    call obj:0, ["before"]
    %x = call obj:2, 0
    %s = call obj:0, "read"
    %ok = commit_tx %t
    ret [%x, %s, %ok]
  )") == R"([nothing, just ["before"], true])");
}

TEST_CASE("Outside a transaction what a call did before it failed stays") {
  Cells machine;
  machine.run("create_obj \"fails\" \n call obj:0, [1]");
  CHECK(machine.field(0, "state") == R"({"List":[{"Nat":1}]})");
}

TEST_CASE("A woken activation that fails inside a transaction waits again") {
  Cells machine;
  machine.behavior("fragile",
                   "%m = receive reply \"top\" \n %m = unwrap %m \n "
                   "%bad = eq %m, \"bad\" \n br %bad, bad \n ret %m \n bad: \n reject 0");
  machine.run("create_obj \"fragile\" \n call obj:0, 0");
  CHECK(machine.run(R"(
    %t = begin_tx
    %x = call obj:0, "bad"
    %y = call obj:0, "good"
    %z = call obj:0, "start"
    %ok = commit_tx %t
    ret [%x, %y, %z, %ok]
  )") == R"([nothing, just "good", just "top", true])");
}

TEST_CASE("What savepoints keep does not grow with the calls that came and went") {
  Cells machine;
  machine.behavior("driver", R"(
    %n = get_input
  again:
    call obj:0, [%n]
    call obj:1, [%n]
    %n = sub %n, 1
    %more = gt %n, 0
    br %more, again
    ret "done"
  )");
  machine.behavior("fails_late", "%n = get_input \n call obj:2, %n \n reject %n");
  machine.run("create_obj \"cell\" \n create_obj \"cell\" \n create_obj \"driver\" \n"
              "create_obj \"fails_late\"");
  const auto peak_of = [&](const std::string& calls) {
    heap::reset_peak();
    const auto before = heap::bytes_in_use();
    CHECK(machine.run("%t = begin_tx \n call obj:0, [\"kept\"] \n %x = call obj:3, " + calls +
                          "\n %s = call obj:0, 0 \n %ok = commit_tx %t \n ret [%x, %s, %ok]",
                      "nothing", {.trace = nullptr}) == R"([nothing, just ["kept"], true])");
    return heap::peak_bytes() - before;
  };
  peak_of("10");
  // The list of calls grows, by what `reify_tx_state` shows of each. Nothing else does.
  const auto few = peak_of("1000");
  const auto many = peak_of("11000");
  CHECK((many - few) / 20000 < 250);
}

TEST_CASE("Savepoints in many depths") {
  Cells machine;
  // Each level writes to its own object before and after the level below it; the deepest fails.
  machine.behavior("level", R"(
    %n = get_input
    set_state ["before", %n]
    %below = sub %n, 1
    %is_last = eq %n, 0
    br %is_last, last
    %x = call obj:%below, %below
    set_state ["after", %n, %x]
    ret %n
  last:
    reject 0
  )");
  machine.behavior("deep", R"(
    %n = get_input
    set_state [%n]
    %is_last = eq %n, 0
    br %is_last, last
    %self = get_self
    %m = sub %n, 1
    call %self, %m
    set_state [%n, "after"]
  last:
    ret %n
  )");
  CHECK(machine.run(R"(
    %d = create_obj "deep"
    %t = begin_tx
    call %d, 300
    %ok = commit_tx %t
    ret %ok
  )") == "true");
  CHECK(machine.field(0, "state") == R"({"List":[{"Nat":300},{"Str":"after"}]})");
}

// ─── controllers ────────────────────────────────────────────────────────────────────────────────

TEST_CASE("The controller of a transaction is the given one, or that of the first object used") {
  Cells machine;
  machine.run(
      "create_obj \"cell\" \n create_obj \"cell\", \"alice\" \n create_obj \"cell\", \"bob\"");
  const std::string foreign_bob =
      "ControllerError.CrossControllerTx: object obj:2 belongs to controller bob, which this "
      "transaction is not under";
  CHECK(machine.run("begin_tx \"alice\" \n %c = get_current_controller \n ret %c") ==
        "just \"alice\"");
  CHECK(machine.run(R"(
    begin_tx
    %none = get_current_controller
    call obj:0, 0
    %still = get_current_controller
    get_state
    get_controller obj:2
    call obj:1, 0
    %alice = get_current_controller
    ret [%none, %still, %alice]
  )") == "[nothing, nothing, just \"alice\"]");
  for (const std::string use : {"call obj:2, 0", "destroy_obj obj:2"}) {
    CHECK(machine.run("begin_tx \"alice\" \n" + use) == foreign_bob);
    CHECK(machine.run("begin_tx \n call obj:1, 0 \n" + use) == foreign_bob);
    CHECK(machine.run("begin_tx \n call obj:0, 0 \n" + use + "\n ret 1") == "1");
  }
  CHECK(machine.run("begin_tx \"alice\" \n transfer_object obj:2, \"alice\"") ==
        "ControllerError.UnauthorizedTransfer: object obj:2 belongs to controller bob, which this "
        "transaction is not under");
  const auto made = machine.world.next_object;
  CHECK(machine.run("begin_tx \"alice\" \n create_obj \"cell\", \"bob\"") ==
        "ControllerError.CrossControllerTx: object obj:" + std::to_string(made) +
            " belongs to controller bob, which this transaction is not under");
  CHECK(machine.run("begin_tx \n create_obj \"cell\", \"bob\" \n %c = get_current_controller \n "
                    "ret %c") == "just \"bob\"");
  CHECK(machine.run("%c = get_current_controller \n ret %c") == "nothing");
}

TEST_CASE("An object made without a controller gets the transaction's") {
  Cells machine;
  CHECK(machine.run(R"(
    %t = begin_tx "alice"
    %a = create_obj "cell"
    %c = get_controller %a
    %same = create_obj "cell", "alice"
    commit_tx %t
    ret %c
  )") == "just \"alice\"");
  CHECK(machine.field(0, "creating_controller") == "\"alice\"");
  CHECK(machine.field(0, "current_controller") == "\"alice\"");
}

TEST_CASE("To change an object's state is to use it") {
  Cells machine;
  machine.behavior("own", R"(
    %c = get_input
    %t = begin_tx %c
    set_state [%c]
    %ok = commit_tx %t
    ret %ok
  )");
  machine.run("create_obj \"own\", \"alice\"");
  CHECK(machine.run("%x = call obj:0, \"alice\" \n ret %x") == "just true");
  CHECK(machine.run("%x = call obj:0, \"bob\" \n ret %x") == "nothing");
  CHECK(machine.field(0, "state") == R"({"List":[{"Str":"alice"}]})");
}

TEST_CASE("What counts is the controller at the first use") {
  Cells machine;
  machine.run("create_obj \"cell\", \"alice\" \n create_obj \"cell\"");
  CHECK(machine.run(R"(
    %t = begin_tx
    transfer_object obj:0, "bob"
    transfer_object obj:0, "carol"
    call obj:0, [1]
    transfer_object obj:1, "bob"
    call obj:1, [2]
    %seen = get_controller obj:0
    %tx = get_current_controller
    %ok = commit_tx %t
    ret [%seen, %tx, %ok]
  )") == R"([just "carol", just "alice", true])");
  CHECK(machine.field(0, "current_controller") == "\"carol\"");
  CHECK(machine.field(0, "creating_controller") == "\"alice\"");
  const auto events = machine.events();
  CHECK(std::ranges::count(events, "ObjectTransferred obj:0 alice -> bob (controller alice)") == 1);
  CHECK(std::ranges::count(events, "ObjectTransferred obj:0 bob -> carol (controller alice)") == 1);
  CHECK(std::ranges::count(events,
                           "ObjectTransferred obj:1 no controller -> bob (controller alice)") == 1);
}

TEST_CASE("Of which controller a transaction is stays after a call that failed") {
  Cells machine;
  machine.behavior("fails_using", "call obj:0, [1] \n reject 0");
  machine.run("create_obj \"cell\", \"alice\" \n create_obj \"fails_using\"");
  CHECK(machine.run("begin_tx \n call obj:1, 0 \n %c = get_current_controller \n ret %c") ==
        "just \"alice\"");
}

TEST_CASE("Outside a transaction controllers do not count") {
  Cells machine;
  machine.run("create_obj \"cell\", \"alice\" \n create_obj \"cell\", \"bob\"");
  CHECK(machine.run(R"(
    call obj:0, [1]
    call obj:1, [1]
    %x = transfer_object obj:0, "bob"
    %c = get_controller obj:0
    destroy_obj obj:1
    ret [%x, %c]
  )") == "[true, just \"bob\"]");
}

TEST_CASE("Each event names the transaction's controller as it is then") {
  Cells machine;
  machine.run("create_obj \"cell\", \"alice\"");
  machine.events();
  machine.run("%t = begin_tx \n %a = create_obj \"cell\" \n call obj:0, 0 \n commit_tx %t");
  machine.run("%t = begin_tx \"bob\" \n abort_tx %t");
  machine.run("begin_tx \"bob\" \n reject 0");
  CHECK(machine.events() ==
        Strings{
            "TransactionStarted tx:0", "ObjectCreated obj:1 cell",
            "ObjectCalled obj:0 0 -> [] (controller alice)",
            "TransactionCommitted tx:0 (controller alice)",
            "TransactionStarted tx:1 (controller bob)", "TransactionAborted tx:1 (controller bob)",
            "TransactionStarted tx:2 (controller bob)",
            "ErrorOccurred ObjError.RejectedCall: object obj:281474976710655 rejected the call: 0 "
            "(controller bob)",
            "TransactionAborted tx:2 (controller bob)"});
}

// ─── receive, mailboxes ─────────────────────────────────────────────────────────────────────────

TEST_CASE("The owner of a transaction cannot wait") {
  Cells machine;
  machine.behavior("owner", "%t = begin_tx \n receive");
  CHECK(machine.run("%a = create_obj \"owner\" \n %x = call %a, 0 \n ret %x") == "nothing");
  const auto events = machine.events();
  CHECK(std::ranges::count(
            events, "ErrorOccurred TxError.InvalidDuringTx: receive is not possible inside a "
                    "transaction") == 1);
  // Where a message is there it need not wait.
  machine.post(0, "7");
  machine.behavior("takes", "%t = begin_tx \n %m = receive \n %ok = commit_tx %t \n ret [%m, %ok]");
  machine.run("create_obj \"takes\"");
  machine.post(1, "7");
  CHECK(machine.run("%x = call obj:1, 0 \n ret %x") == "just [just 7, true]");
  CHECK(machine.field(1, "mailbox") == "[]");
  // At the top level there is nothing to wait for.
  CHECK(machine.run("begin_tx \n %m = receive \n ret %m") == "nothing");
}

TEST_CASE("Objects that are called inside a transaction wait in it") {
  Cells machine;
  machine.run("create_obj \"waits\" \n create_obj \"waits\"");
  SECTION("commit") {
    CHECK(machine.run(R"(
      %t = begin_tx
      %x = call obj:0, 0
      %y = call obj:1, 0
      %z = call obj:1, 5
      %ok = commit_tx %t
      ret [%x, %y, %z, %ok]
    )") == R"([just "waiting", just "waiting", just 5, true])");
    CHECK(machine.field(0, "waiting") == "true");
    CHECK(machine.field(1, "waiting") == "false");
  }
  SECTION("abort") {
    machine.run("%t = begin_tx \n call obj:0, 0 \n abort_tx %t");
    CHECK(machine.field(0, "waiting") == "false");
  }
}

TEST_CASE("Messages taken in a transaction come back when it is aborted") {
  Cells machine;
  machine.behavior("reader", "%m = receive reply \"empty\" \n ret %m");
  machine.run("create_obj \"reader\"");
  machine.post(0, "1");
  machine.post(0, "2");
  const std::string take = "%t = begin_tx \n %x = call obj:0, 0 \n";
  CHECK(machine.run(take + "abort_tx %t \n ret %x") == "just just 1");
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":1},{"Nat":2}])");
  CHECK(machine.run(take + "commit_tx %t \n ret %x") == "just just 1");
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":2}])");
}

TEST_CASE("A message that comes for an object which a transaction makes") {
  Cells machine;
  machine.behavior("reader", "%m = receive reply \"empty\" \n ret %m");
  SECTION("before it began") {
    machine.post(0, "1");
    CHECK(machine.run("%t = begin_tx \n %a = create_obj \"reader\" \n %x = call %a, 0 \n"
                      "%ok = commit_tx %t \n ret [%x, %ok]") == "[just just 1, true]");
    CHECK(machine.field(0, "mailbox") == "[]");
  }
  SECTION("since, and nobody looked") {
    auto execution = machine.start("%t = begin_tx \n %a = create_obj \"reader\" \n"
                                   "get_machine %a \n %ok = commit_tx %t \n ret %ok");
    execution->step();
    execution->step();
    machine.post(0, "1");
    CHECK(execution->result() == "true");
    CHECK(machine.field(0, "mailbox") == R"([{"Nat":1}])");
  }
  SECTION("since, and it was found empty") {
    auto execution = machine.start("%t = begin_tx \n %a = create_obj \"reader\" \n"
                                   "call %a, 0 \n %ok = commit_tx %t \n ret %ok");
    for (int i = 0; i < 4; ++i)
      execution->step();
    machine.post(0, "1");
    CHECK(execution->result() == "false");
  }
}

TEST_CASE("A message for an object that a transaction read is a change of it") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  auto execution =
      machine.start("%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok");
  for (int i = 0; i < 3; ++i)
    execution->step();
  machine.post(0, "1");
  CHECK(execution->result() == "false");
}

// ─── reify_tx_state ─────────────────────────────────────────────────────────────────────────────

TEST_CASE("reify_tx_state shows calls in their order, the rest in id order") {
  Cells machine;
  machine.run("create_obj \"cell\" \n create_obj \"fails\" \n create_obj \"cell\"");
  CHECK(machine.run("%s = reify_tx_state \n ret %s") == "nothing");
  CHECK(machine.run(R"(
    %t = begin_tx
    call obj:2, [1]
    %a = create_obj "cell"
    call obj:1, [2]
    destroy_obj obj:2
    %b = create_obj "cell"
    destroy_obj obj:0
    get_machine obj:77
    get_controller %b
    %s = reify_tx_state
    ret %s
  )") == "just [tx:0, [[obj:2, [1]], [obj:1, [2]]], [obj:3, obj:4], [obj:0, obj:2], "
         "[obj:0, obj:1, obj:2, obj:4, obj:77]]");
}

// ─── cost ───────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("To begin and commit allocates the same whatever the store holds") {
  Cells machine;
  const auto bytes_allocated = [&] {
    heap::reset_peak();
    const auto before = heap::bytes_in_use();
    CHECK(machine.run("%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok") ==
          "true");
    return heap::peak_bytes() - before;
  };
  machine.run("create_obj \"cell\"");
  const auto with_one = bytes_allocated();
  for (int i = 0; i < 3000; ++i)
    machine.run("create_obj \"cell\"", "nothing", {.trace = nullptr});
  CHECK(bytes_allocated() <= with_one);
}

TEST_CASE("An execution that is dropped gives its snapshot back") {
  Cells machine;
  machine.run("create_obj \"cell\"");
  {
    auto execution = machine.start("begin_tx \n call obj:0, [1]");
    execution->step();
    CHECK(machine.world.store.has_snapshots());
  }
  CHECK_FALSE(machine.world.store.has_snapshots());
}
