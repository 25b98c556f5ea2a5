#include "runtime/script.hpp"

#include <algorithm>
#include <ranges>
#include <sstream>
#include <stdexcept>

#include "avm/heap.hpp"
#include "runtime/pure_ops.hpp"

namespace avm::test {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text = trim(text.substr(word.size()));
  return word;
}

// Takes off the operand that is a name, at the front or at the end.
std::string take_first(std::string_view& operands) {
  const auto comma = operands.find(',');
  const std::string name(trim(operands.substr(0, comma)));
  operands = comma == std::string_view::npos ? "" : trim(operands.substr(comma + 1));
  return name;
}

std::string take_last(std::string_view& operands) {
  const auto comma = operands.rfind(',');
  const auto from = comma == std::string_view::npos ? 0 : comma + 1;
  const std::string name(trim(operands.substr(from)));
  operands = comma == std::string_view::npos ? "" : operands.substr(0, comma);
  return name;
}

Line parse_line(std::string_view text) {
  Line line;
  if (text.starts_with('%')) {
    const auto equals = text.find('=');
    line.result = trim(text.substr(1, equals - 1));
    text = trim(text.substr(equals + 1));
  }
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  const auto op = find_op(word);
  if (op) {
    line.word = word;
    if (word == "receive" && rest.starts_with("reply ")) rest.remove_prefix(6);
    if (word == "jmp" || word == "br" || word.starts_with("scry") || word == "register_pure" ||
        word == "update_pure") {
      line.name = take_last(rest);
    }
    if (word == "post") line.name = take_first(rest);
    line.operands = rest;
  } else {
    line.operands = text;
  }
  return line;
}

Script parse_script(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (line.ends_with(':')) {
      script.labels[std::string(line.substr(0, line.size() - 1))] = script.lines.size();
    } else {
      script.lines.push_back(parse_line(line));
    }
  }
  return script;
}

Hash hash_of(std::string_view text) {
  Hash hash;
  for (std::size_t i = 0; i < text.size(); ++i)
    hash.bytes[i % 32] = static_cast<std::uint8_t>(hash.bytes[i % 32] * 31 + text[i]);
  return hash;
}

}  // namespace

Val value(std::string_view text) {
  auto parsed = parse_value(text);
  if (!parsed) throw std::invalid_argument("not a value: " + std::string(text));
  return *parsed;
}

// ─── executions ─────────────────────────────────────────────────────────────────────────────────

std::string ScriptExecution::result() {
  run();
  if (const Error* failure = error()) return failure->text();
  return value() != nullptr ? to_text(*value()) : "waiting";
}

std::string ScriptExecution::run_program_line() {
  auto& engine = static_cast<ScriptEngine&>(engine_of(*current().code));
  const std::size_t line = engine.frames().front().next;
  while (engine.frames().size() != 1 || engine.frames().front().next == line) {
    engine.run_line();
    if (status() != Status::Running) throw std::logic_error("the program ended: " + result());
  }
  const auto& frame = engine.frames().front();
  return to_text(frame.registers.at(frame.script->lines[line].result));
}

bool ScriptEngine::run(bool one_turn) {
  while (execution_.is_on(*this)) {
    bool was_instruction = false;
    try {
      was_instruction = run_line();
    } catch (const std::bad_alloc&) {
      execution_.raise(
          Error(ErrorCode::ResourceError_Memory, Val::nat(execution_.limits().memory)));
    }
    if (one_turn && was_instruction) return true;
  }
  return false;
}

bool ScriptEngine::run_line() {
  Frame& frame = frames_.back();
  if (frame.next == frame.script->lines.size()) {
    execution_.finish(Val::nothing());
    return false;
  }
  const Line& line = frame.script->lines[frame.next];
  std::vector<Val> operands = evaluate(line.operands);
  if (line.word.empty()) {
    answer(operands.at(0));
  } else if (line.word == "ret") {
    execution_.finish(operands.empty() ? Val::nothing() : operands[0]);
  } else if (line.word == "reject") {
    execution_.raise(Error(ErrorCode::ObjError_RejectedCall, Val::object(execution_.current().self),
                           operands.at(0)));
  } else if (line.word == "jmp" || (line.word == "br" && operands.at(0).as_bool())) {
    frame.next = frame.script->labels.at(line.name);
  } else if (line.word == "br") {
    ++frame.next;
  } else if (const OpInfo& info = op_info(*find_op(line.word)); info.is_instruction()) {
    const bool takes_function = !line.name.empty() && info.op != Op::post;
    execution_.execute(info.op, operands,
                       takes_function ? &frame.script->machine->code(line.name) : nullptr,
                       info.op == Op::post ? *find_post_kind(line.name) : 0);
    return true;
  } else {
    Result<Val> result = apply_pure_op(info.op, operands, execution_.meter());
    if (result) {
      answer(std::move(*result));
    } else {
      execution_.raise(std::move(result.error()));
    }
  }
  return false;
}

void ScriptEngine::enter(const Code& code) {
  frames_.push_back({static_cast<const Script*>(code.body)});
}

void ScriptEngine::resume(const Parked& parked) {
  frames_.push_back(static_cast<const ScriptParked&>(parked).frame);
}

void ScriptEngine::answer(Val value) {
  Frame& frame = frames_.back();
  const Line& line = frame.script->lines[frame.next];
  if (!line.result.empty()) frame.registers[line.result] = std::move(value);
  ++frame.next;
}

std::vector<Val> ScriptEngine::evaluate(const std::string& operands) const {
  std::string text = "[";
  for (std::size_t i = 0; i < operands.size();) {
    if (operands[i] != '%') {
      text += operands[i++];
      continue;
    }
    const std::size_t end =
        std::min(operands.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", i + 1),
                 operands.size());
    text += to_text(frames_.back().registers.at(operands.substr(i + 1, end - i - 1)));
    i = end;
  }
  const Val list = test::value(text + "]");
  std::vector<Val> values;
  for (std::uint64_t i = 0; i < list.list_size(); ++i)
    values.push_back(list.list_at(i));
  return values;
}

std::shared_ptr<const Parked> ScriptEngine::park() {
  return std::allocate_shared<ScriptParked>(heap::Allocator<ScriptParked>(), frames_.back());
}

Result<Val> ScriptEngine::apply(const Code& function, std::span<const Val> arguments) {
  return static_cast<const Script*>(function.body)->pure(arguments);
}

CallSite ScriptEngine::call_site(std::size_t frame) const {
  const Script* const script = frames_[frame].script;
  const auto code = std::ranges::find(script->machine->codes, script, &Code::body);
  return {std::string(code->name.as_str()), "", {}};
}

// ─── the machine ────────────────────────────────────────────────────────────────────────────────

namespace {

std::unique_ptr<Transport> made_up_machines(const std::vector<std::string>& names) {
  std::vector<MachineId> machines;
  for (const std::string& name : names)
    machines.push_back({Val::str(name)});
  return std::make_unique<MadeUpMachines>(std::move(machines));
}

}  // namespace

ScriptMachine::ScriptMachine(const std::vector<std::string>& machines, std::uint16_t node_prefix)
    : made_up(made_up_machines(machines)), world({Val::str("local")}, node_prefix, *made_up) {}

ScriptMachine::ScriptMachine(Transport& transport) : world({Val::str("local")}, 0, transport) {}

const Code& ScriptMachine::add(const std::string& name, FunctionKind kind, Script script,
                               std::uint8_t parameters) {
  script.machine = this;
  scripts.push_back(std::move(script));
  return codes.emplace_back(Code{.name = Val::str(name),
                                 .kind = kind,
                                 .parameters = parameters,
                                 .hash = hash_of(name),
                                 .engine = &ScriptEngine::make,
                                 .body = &scripts.back()});
}

void ScriptMachine::behavior(const std::string& name, std::string_view text) {
  const Code* code = &add(name, FunctionKind::Behavior, parse_script(text));
  if (!world.registry.load(std::views::single(code))) throw std::invalid_argument("taken: " + name);
}

void ScriptMachine::pure(const std::string& name, std::uint8_t parameters, PureBody body) {
  const Code* code = &unregistered(name, parameters, std::move(body));
  if (!world.registry.load(std::views::single(code))) throw std::invalid_argument("taken: " + name);
}

const Code& ScriptMachine::unregistered(const std::string& name, std::uint8_t parameters,
                                        PureBody body) {
  Script script;
  script.pure = std::move(body);
  return add(name, FunctionKind::Pure, std::move(script), parameters);
}

const Code& ScriptMachine::code(const std::string& name) const {
  const auto found =
      std::ranges::find_if(codes, [&](const Code& code) { return code.name.as_str() == name; });
  if (found == codes.end()) throw std::invalid_argument("no function " + name);
  return *found;
}

StartOptions ScriptMachine::traced(StartOptions options) {
  if (options.trace == nullptr) options.trace = &trace;
  return options;
}

std::unique_ptr<ScriptExecution> ScriptMachine::start(std::string_view program, Val input,
                                                      StartOptions options) {
  const Code& code = add("main", FunctionKind::Program, parse_script(program));
  return std::make_unique<ScriptExecution>(world, code, std::move(input),
                                           traced(std::move(options)));
}

std::string ScriptMachine::run(std::string_view program, std::string_view input,
                               StartOptions options) {
  return start(program, value(input), std::move(options))->result();
}

std::unique_ptr<ScriptExecution> ScriptMachine::post(std::uint64_t object, std::string_view message,
                                                     StartOptions options) {
  const Val text = value(message);
  if (!world.post({object}, text)) return nullptr;
  return std::make_unique<ScriptExecution>(world, ObjectId{object}, text,
                                           traced(std::move(options)));
}

std::vector<std::string> ScriptMachine::events() {
  std::vector<std::string> lines;
  for (; events_told_ < trace.entries().size(); ++events_told_) {
    std::istringstream words(to_text(trace.entries()[events_told_]));
    std::string word;
    words >> word;  // the time
    std::string line;
    while (words >> word)
      line += line.empty() ? word : ' ' + word;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string ScriptMachine::dump() const {
  std::string text;
  for_each_object(world, [&](const ObjectView& object) { text += to_json(object) + '\n'; });
  return text;
}

std::string ScriptMachine::field(std::uint64_t object, std::string_view name) const {
  std::string result = "missing";
  for_each_object(world, [&](const ObjectView& view) {
    if (view.id.number != object) return;
    const std::string json = to_json(view);
    const std::string key = '"' + std::string(name) + "\":";
    const auto from = json.find(key) + key.size();
    std::size_t to = from;
    for (int depth = 0; to < json.size(); ++to) {
      if (json[to] == '[' || json[to] == '{') ++depth;
      if (depth == 0 && (json[to] == ',' || json[to] == '}')) break;
      if (json[to] == ']' || json[to] == '}') --depth;
    }
    result = json.substr(from, to - from);
  });
  return result;
}

}  // namespace avm::test
