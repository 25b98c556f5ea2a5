// A tape for each rule of the verifier that a file could break: written with a right checksum, read, and
// refused with that rule's message. That no rule is left out is read from the verifier's own text.
#include <catch2/catch.hpp>

#include <functional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.hpp"
#include "tape/file.hpp"
#include "tape/sample.hpp"
#include "tape/verify.hpp"

using namespace avm;

namespace {

// Functions of the sample.
constexpr std::size_t fib = 0;      // pure, of one parameter
constexpr std::size_t counter = 2;  // a behavior
constexpr std::size_t main_ = 3;    // a program

struct Hostile {
  std::string refusal;  ///< What the verifier says of it.
  std::function<void(Tape&)> make;
  /// What the reader says, which comes first, of a file that says what no tape can.
  std::string reader = {};
};

std::function<void(Tape&)> node(const ConstantPool::Node& node) {
  return [node](Tape& tape) { tape.constants.intern(node); };
}

std::function<void(Tape&)> words(std::size_t function, const std::vector<Word>& code) {
  return [=](Tape& tape) {
    tape.functions[function].debug.reset();
    tape.functions[function].code = code;
  };
}

std::function<void(Tape&)> debug(const std::function<void(FunctionDebug&)>& change) {
  return [=](Tape& tape) {
    FunctionDebug debug = tape.functions[fib].debug.unpack();
    change(debug);
    tape.functions[fib].debug = debug;
  };
}

const Word ret_0 = make_word(Op::ret, 0);
const std::string bad_constants = "the constants section is not well formed";

const std::vector<Hostile> hostile_tapes = {
    // Names.
    {"the name of function 2 is not a NAME",
     [](Tape& tape) { tape.functions[counter].name = "a\nb"; }},
    {"'switch' is reserved and cannot name a function",
     [](Tape& tape) { tape.functions[counter].name = "switch"; }},
    {"two functions are named 'main'", [](Tape& tape) { tape.functions[counter].name = "main"; }},

    // Constants. The sample has 12.
    {"constant 12 is a Bool that is neither true nor false", node({Kind::Bool, 2, {}, {}}),
     bad_constants},
    {"constant 12 is of a kind that constants do not have", node({Kind::Object, 1, {}, {}}),
     bad_constants},
    {"constant 12 is not UTF-8", node({Kind::Str, 0, "\xff", {}}), bad_constants},
    {"constant 12 has a part that does not stand before it", node({Kind::Just, 0, {}, {12}}),
     "constant 12 has a part that does not stand before it"},

    // Signatures.
    {"function 'fib': it is of no known kind",
     [](Tape& tape) { tape.functions[fib].kind = static_cast<FunctionKind>(3); },
     "the functions section is not well formed"},
    {"function 'counter': only pure functions have parameters",
     [](Tape& tape) { tape.functions[counter].parameters = 1; }},
    {"function 'fib': it has 4 parameters but 3 registers",
     [](Tape& tape) { tape.functions[fib].parameters = 4; }},
    {"function 'fib': it has no code", words(fib, {})},

    // Words.
    {"function 'fib', word 0: 255 is no op", words(fib, {0xff, ret_0})},
    {"function 'fib', word 0: match does not stand in a tape",
     words(fib, {make_word(Op::match), ret_0})},
    {"function 'fib', word 0: load_const is cut off by the end of the function",
     words(fib, {make_word(Op::load_const, 0)})},
    {"function 'fib', word 0: ret does not use byte C, which is 7 and not 0",
     words(fib, {make_word(Op::ret, 0, 0, 7)})},
    {"function 'fib', word 0: jmp jumps to word -1, outside of the function",
     words(fib, {make_word(Op::jmp), static_cast<Word>(-1)})},
    {"function 'fib', word 0: jmp jumps to word 1, which is inside of an instruction",
     words(fib, {make_word(Op::jmp), 1, ret_0})},
    {"function 'fib', word 0: control can run past the end of the function",
     words(fib, {make_word(Op::copy, 1, 0)})},

    // Registers and windows.
    {"function 'fib', word 0: ret names register 3, but there are 3",
     words(fib, {make_word(Op::ret, 3)})},
    {"function 'fib', word 0: make_list takes 3 registers from 1 on, but there are 3",
     words(fib, {make_word(Op::make_list, 0, 1, 3), ret_0})},
    {"function 'fib', word 0: make_pair names register 0 twice",
     words(fib, {make_word(Op::make_pair, 1, 0, 0), ret_0})},
    {"function 'fib', word 0: get_set without the words that it leads to",
     words(fib, {make_word(Op::get_set, 1, 0, 0), make_word(Op::set, 0, 0, 1), ret_0})},
    {"function 'fib', word 0: make_list of nothing: the empty list is a constant",
     words(fib, {make_word(Op::make_list, 0, 0, 0), ret_0})},
    {"function 'main', word 0: call_pure without a name",
     words(main_, {make_word(Op::call_pure, 0, 0, 0), ret_0})},

    // What words name.
    {"function 'fib', word 0: constant 12 is named, but there are 12",
     words(fib, {make_word(Op::load_const, 0), 12, ret_0})},
    {"function 'fib', word 0: function 6 is named, but there are 6",
     words(fib, {make_word(Op::apply, 0, 0, 1), 6, ret_0})},
    {"function 'fib', word 0: apply of 'counter', which is not a pure function",
     words(fib, {make_word(Op::apply, 0, 0, 0), counter, ret_0})},
    {"function 'fib', word 0: 'fib' has 1 parameters and is applied to 2 values",
     words(fib, {make_word(Op::apply, 0, 0, 2), fib, ret_0})},
    {"function 'main', word 0: 99 is no kind of constraint",
     words(main_, {make_word(Op::post, 0, 0, 2), 99, ret_0})},
    {"function 'main', word 0: post eq of 1 operands",
     words(main_, {make_word(Op::post, 0, 0, 1), 0, ret_0})},

    // What a function may hold.
    {"function 'fib', word 0: get_self in a pure function",
     words(fib, {make_word(Op::get_self, 0), ret_0})},
    {"function 'counter', word 0: an unsafe instruction in a function that is not declared unsafe",
     words(counter, {make_word(Op::scry_meta, 0), 1, ret_0})},
    {"function 'main': layer 0 is declared, but its instructions are of layer 4",
     [](Tape& tape) { tape.functions[main_].layer = 0; }},

    // What registers hold.
    {"function 'fib', word 0: register 1 is read before it is set",
     words(fib, {make_word(Op::ret, 1)})},
    {"function 'fib', word 1: register 0 may still hold a value at ret",
     words(fib, {make_word(Op::load_nat, 1), make_word(Op::ret, 1)})},

    // Debug information, of a function whose own words are right.
    {"function 'fib': its debug section names file 2, but there are 2",
     debug([](FunctionDebug& d) { d.file = 2; })},
    {"function 'fib': its debug section gives no place of it",
     debug([](FunctionDebug& d) { d.position.column = 0; })},
    {"function 'fib': the lines of its debug section are not well formed",
     debug([](FunctionDebug& d) { d.lines[1].pc = d.lines[0].pc; })},
    {"function 'fib': the registers of its debug section are not well formed",
     debug([](FunctionDebug& d) { d.registers[0].number = 3; })},
    {"function 'fib': the labels of its debug section are not well formed",
     debug([](FunctionDebug& d) { d.labels[0].name = "no name"; })},

    {"function 'is_local': its content hash is not that of its code",
     [](Tape& tape) { tape.functions[1].hash.bytes[0] ^= 1; }},
};

Tape made(const Hostile& hostile) {
  Tape tape = sample::tape();
  hostile.make(tape);
  return tape;
}

std::string refusal(const std::expected<void, TapeError>& proof) {
  return proof ? "" : proof.error().text();
}

// The messages that stand in a source file of the verifier, as regular expressions: where it puts
// something in, anything may stand.
std::vector<std::string> messages_of(std::string_view path) {
  const std::string text = test::read_file(test::source_path(path));
  REQUIRE_FALSE(text.empty());
  std::vector<std::string> messages;
  const std::regex literal(R"re("((?:[^"\\\n]|\\.)*)")re");
  const std::sregex_iterator end;
  for (std::sregex_iterator match(text.begin(), text.end(), literal); match != end; ++match) {
    const std::string words = (*match)[1];
    // Names of ops, words and files have no blanks.
    if (words.find(' ') == std::string::npos) continue;
    const std::string escaped =
        std::regex_replace(words, std::regex(R"([.+*?()\[\]\\|^$])"), R"(\$&)");
    messages.push_back(std::regex_replace(escaped, std::regex(R"(\{\})"), ".*"));
  }
  return messages;
}

// Nothing in a file can break these.
const std::set<std::string> not_in_files = {
    // It would have 8 GiB.
    "it is too long",
    // A file has no place for what these forbid.
    "has a wrong number of parts",
    "has a number that its kind does not have",
    "has a text that its kind does not have",
};

}  // namespace

TEST_CASE("each hostile tape is refused, and a file of it too") {
  for (const Hostile& hostile : hostile_tapes) {
    CAPTURE(hostile.refusal);
    const Tape tape = made(hostile);
    CHECK(refusal(verify(tape)) == hostile.refusal);

    const auto read = deserialize(serialize(tape));
    if (!hostile.reader.empty()) {
      REQUIRE_FALSE(read.has_value());
      CHECK(read.error().text() == hostile.reader);
      continue;
    }
    if (!read) FAIL(read.error().text());
    CHECK(*read == tape);
    CHECK(refusal(verify(*read)) == hostile.refusal);
  }
}

TEST_CASE("no rule is without a hostile tape") {
  std::set<std::string> unbroken = not_in_files;
  for (const std::string_view path : {"src/tape/verify.cpp", "src/tape/instruction.cpp"}) {
    for (const std::string& message : messages_of(path)) {
      CAPTURE(path, message);
      const std::regex rule(".*" + message);
      bool is_broken = false;
      for (const Hostile& hostile : hostile_tapes)
        is_broken |= std::regex_match(hostile.refusal, rule);
      if (!is_broken) CHECK(unbroken.erase(message) == 1);
    }
  }
  // What is said of rules that nothing can break has to be about rules that are there.
  CHECK(unbroken.empty());
}
