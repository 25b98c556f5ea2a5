#include "random/random_program.hpp"

#include <cctype>
#include <map>
#include <numeric>
#include <utility>

#include "random/writer.hpp"

namespace avm {
namespace {

using namespace random;

constexpr KindSet object_kind = kind_bit(Kind::Object);

class Module {
 public:
  explicit Module(const RandomProgramOptions& options)
      : choices_(options.seed), options_(options), vocabulary_(options.layer) {}

  std::string write() {
    const bool is_concurrent = choices_.chance(40);
    std::string text = head(is_concurrent);
    text += "const limit = 7\nconst shape = [1, (\"two\", just 3)]\n";
    for (std::size_t i = 0; i < pure_functions.size(); ++i)
      text += pure(i);
    for (const std::string_view name : behaviors)
      text += behavior(name);
    if (is_concurrent) {
      text += setup();
      for (unsigned i = 0; i < programs_; ++i)
        text += competitor(i);
    } else {
      text += program();
    }
    return text;
  }

 private:
  // ─── how it is run ────────────────────────────────────────────────────────────────────────────

  std::string head(bool is_concurrent) {
    std::string run =
        "; run: --allow-unsafe --machines east,west --max-output 100K --max-memory 64M";
    run += fmt::format(" --max-steps {}", choices_.chance(15) ? choices_.below(200) : 4000);
    run += fmt::format(" --max-depth {}", choices_.chance(15) ? choices_.below(8) : 60);
    if (choices_.chance(30)) run += fmt::format(" --input {}", choices_.below(5));
    while (choices_.chance(25)) {
      const std::uint64_t to = choices_.below(objects + 2);
      run += fmt::format(" --post obj:{}='{}'", to, posted());
    }
    if (is_concurrent) {
      programs_ = 2 + static_cast<unsigned>(choices_.below(2));
      run += " --setup setup --run ";
      for (unsigned i = 0; i < programs_; ++i)
        run += fmt::format("{}p{}", i == 0 ? "" : ",", i);
      run += fmt::format(" --schedule seed:{}", choices_.below(1000));
    }
    return run + "\n\n";
  }

  // There are no registers on a command line.
  std::string posted() {
    if (choices_.chance(30)) return std::to_string(choices_.below(5));
    return fmt::format("[{}, obj:{}, obj:{}, \"posted\"]", choices_.below(cases_of_behavior),
                       choices_.below(objects), choices_.below(objects));
  }

  // ─── functions ────────────────────────────────────────────────────────────────────────────────

  std::uint64_t statements() { return options_.size / 2 + choices_.below(options_.size + 1); }

  std::string pure(std::size_t index) {
    const PureName& function = pure_functions[index];
    // A recursion, so that there is one: others apply only what stands above them.
    if (function.name == "count")
      return "\npure count(%n) {\n    switch %n, 0: zero\n    %n = sub %n, 1\n"
             "    %n = count(%n)\n    %n = add %n, 1\n    ret %n\nzero:\n    ret 0\n}\n";
    Writer writer(choices_, vocabulary_, FunctionKind::Pure, index);
    std::string parameters;
    for (unsigned i = 0; i < function.parameters; ++i) {
      parameters += fmt::format("{}%p{}", i == 0 ? "" : ", ", i);
      writer.scope().set(fmt::format("%p{}", i), any_kind);
    }
    if (function.name == "is_meta") {
      writer.scope().line("match %p0, [%id, %at, %by, %now], other");
      writer.scope().line("ret {}", choices_.chance(50) ? "true" : "false");
      writer.scope().label("other");
    } else if (function.name == "is_deep" && choices_.chance(90)) {
      writer.scope().line("%r0 = eq %p0, \"{}\"", choices_.of(behaviors));
      if (choices_.chance(90)) writer.scope().line("ret %r0");
      writer.scope().set("%r0", kind_bit(Kind::Bool));
    }
    writer.block(choices_.below(options_.size / 2 + 1));
    writer.ret();
    return fmt::format("\npure {}({}) {{\n{}}}\n", function.name, parameters,
                       writer.scope().text());
  }

  std::string function(std::string_view header, Writer& writer) {
    const std::string text = fmt::format("\nunsafe {} {{\n{}}}\n", header, writer.scope().text());
    return choices_.chance(10) ? with_numbered_registers(text) : text;
  }

  // Numbers, drawn anywhere, in the place of all names.
  std::string with_numbered_registers(std::string_view text) {
    std::vector<unsigned> unused(200);  // some are left for operands that are made
    std::iota(unused.begin(), unused.end(), 0U);
    std::map<std::string_view, unsigned> numbers;
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] != '%') {
        result += text[at++];
        continue;
      }
      std::size_t end = at + 1;
      while (std::isalnum(static_cast<unsigned char>(text[end])) != 0)
        ++end;
      const auto [known, is_new] = numbers.try_emplace(text.substr(at, end - at));
      if (is_new) {
        std::swap(unused[choices_.below(unused.size())], unused.back());
        known->second = unused.back();
        unused.pop_back();
      }
      result += fmt::format("%{}", known->second);
      at = end;
    }
    return result;
  }

  Writer writer_of(FunctionKind kind) {
    return {choices_, vocabulary_, kind, pure_functions.size()};
  }

  // What a behavior does depends on the message that it gets.
  std::string behavior(std::string_view name) {
    Writer writer = writer_of(FunctionKind::Behavior);
    Scope& scope = writer.scope();
    scope.set("%m", any_kind);
    scope.line("match %m, [%what, %a, %b, %v], other");
    std::string cases;
    for (unsigned i = 0; i + 1 < cases_of_behavior; ++i)
      cases += fmt::format("{}: case{}, ", i, i);
    scope.line("switch %what, {}else: last", cases);
    for (unsigned i = 0; i < cases_of_behavior; ++i) {
      scope.label(i + 1 < cases_of_behavior ? fmt::format("case{}", i) : "last");
      scope.maybe([&] {
        scope.set("%a", object_kind);
        scope.set("%b", object_kind);
        scope.set("%what", kind_bit(Kind::Nat));
        scope.set("%v", any_kind);
        if (choices_.chance(50)) writer.state();
        writer.block(statements() / cases_of_behavior + 1);
        writer.ret();
      });
    }
    scope.label("other");
    writer.block(choices_.below(4));
    writer.ret();
    return function(fmt::format("behavior {}(%m)", name), writer);
  }

  void create_objects(Writer& writer) {
    for (unsigned i = 0; i < objects; ++i) {
      const bool has_controller = vocabulary_.layer >= 3 && choices_.chance(25);
      writer.scope().line("%o{} = create_obj \"{}\"{}", i, choices_.of(behaviors),
                          has_controller ? fmt::format(", {}", choices_.of(controllers))
                                         : std::string());
      writer.scope().set(fmt::format("%o{}", i), object_kind);
    }
  }

  std::string program() {
    Writer writer = writer_of(FunctionKind::Program);
    writer.scope().set("%input", any_kind);
    create_objects(writer);
    writer.block(statements());
    writer.ret();
    return function("program main(%input)", writer);
  }

  std::string setup() {
    Writer writer = writer_of(FunctionKind::Program);
    create_objects(writer);
    for (std::uint64_t i = choices_.below(4); i > 0; --i)
      writer.message_and_call();
    if (vocabulary_.layer >= 1) {
      writer.scope().line("%old = begin_tx");
      writer.scope().line("commit_tx %old");
    } else {
      writer.scope().line("%old = nothing");
    }
    writer.scope().line("ret [%o0, %o1, %o2, %o3, %old]");
    return function("program setup", writer);
  }

  std::string competitor(unsigned number) {
    Writer writer = writer_of(FunctionKind::Program);
    Scope& scope = writer.scope();
    scope.line("match %input, [%o0, %o1, %o2, %o3, %old], other");
    scope.set("%old", kind_bit(Kind::Tx));
    for (unsigned i = 0; i < objects; ++i)
      scope.set(fmt::format("%o{}", i), object_kind);
    if (vocabulary_.layer >= 1 && choices_.chance(70)) writer.transaction();
    writer.block(statements() / 2);
    writer.ret();
    scope.label("other");
    scope.line("ret");
    return function(fmt::format("program p{}(%input)", number), writer);
  }

  Choices choices_;
  RandomProgramOptions options_;
  Vocabulary vocabulary_;
  unsigned programs_ = 0;
};

}  // namespace

std::string random_program(const RandomProgramOptions& options) { return Module(options).write(); }

}  // namespace avm
