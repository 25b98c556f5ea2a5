#include "lib/run_options.hpp"

#include <fmt/format.h>

#include "avm/text.hpp"
#include "lib/options.hpp"

namespace avm {
namespace {

constexpr std::string_view examples = R"(
Examples:
  avm-run examples/ping_pong.avm --input 3
  avm-run examples/ping_pong.avm --input 3 --trace=json
  avm-run examples/fib.avm --input 25 --stats --max-steps 1000000
  avm-as examples/fib.avm -o fib.tape && avm-run fib.tape --input 10
  printf 'program p {\n ret "hello"\n}' | avm-run -
  avm-run examples/machines.avm --machines alpha,beta
  avm-run examples/battleship.avm --backend itree
  avm-run examples/bank.avm --setup open --run pay,pay --schedule 0,1,0,1
  avm-run examples/inspect.avm --allow-unsafe --dump-store store.jsonl

VALUE is written as in source text: 42, true, "hi", [1, 2], (1, 2), nothing, just 7; and obj:7 or
tx:3 for references. Mind the shell: --input '["hi", 2]'.
BYTES is a number, with K, M or G behind it for powers of 1024.

Exit codes: 0 done; 1 the program failed, or its value was cut; 2 wrong use; 3 bad input.
)";

// ─── values of options ──────────────────────────────────────────────────────────────────────────

Read<std::string> read_name(const std::string& text) {
  if (text.empty() || !is_utf8(text)) return wants("a name");
  return text;
}

Read<std::vector<std::string>> read_names(const std::string& text) {
  std::vector<std::string> names = split(text, ',');
  for (const std::string& name : names) {
    if (!read_name(name)) return wants("names with commas between them, as in a,b");
  }
  return names;
}

Read<Val> read_value(const std::string& text) {
  auto value = parse_value(text);
  if (!value) {
    return std::unexpected(
        fmt::format("{} (at byte {})", value.error().message, value.error().offset));
  }
  return *std::move(value);
}

Read<std::uint8_t> read_layer(const std::string& text) {
  const auto layer = parse_count(text);
  if (!layer || *layer > 4) return wants("a layer from 0 to 4");
  return static_cast<std::uint8_t>(*layer);
}

Read<Backend> read_backend(const std::string& text) {
  if (text == "tape") return Backend::Tape;
  if (text == "itree") return Backend::ITree;
  return wants("tape or itree, as in --backend itree");
}

Read<StreamTrace::Format> read_format(const std::string& text) {
  if (text == "text") return StreamTrace::Format::Text;
  if (text == "json") return StreamTrace::Format::Json;
  return wants("text or json, as in --trace=json");
}

/// `obj:N` or `N`.
std::optional<ObjectId> object_id(std::string_view text) {
  const auto value = parse_value(text);
  if (value && value->is_object()) return value->as_object();
  if (value && value->is_nat()) return ObjectId{value->as_nat()};
  return std::nullopt;
}

Read<std::pair<ObjectId, Val>> read_post(const std::string& text) {
  const auto equals = text.find('=');
  const auto object = object_id(std::string_view(text).substr(0, equals));
  if (equals == std::string::npos || !object) {
    return wants("an object and a value, as in obj:0='\"hi\"' or 0=[1,2]");
  }
  auto value = read_value(text.substr(equals + 1));
  if (!value) return std::unexpected(value.error());
  return std::pair(*object, *std::move(value));
}

Read<Schedule> read_schedule(const std::string& text) {
  constexpr std::string_view right = "seed:N, or turns counted from 0, as in 0,0,1,0";
  Schedule schedule;
  if (text.starts_with("seed:")) {
    const auto seed = parse_count(std::string_view(text).substr(5));
    if (!seed) return wants(right);
    schedule.kind = Schedule::Kind::Seed;
    schedule.seed = *seed;
    return schedule;
  }
  schedule.kind = Schedule::Kind::List;
  for (const std::string& part : split(text, ',')) {
    const auto turn = parse_count(part);
    if (!turn) return wants(right);
    schedule.turns.push_back(*turn);
  }
  return schedule;
}

// ─── the options ────────────────────────────────────────────────────────────────────────────────

void declare_running(CommandLine& add, RunOptions& options) {
  MachineOptions& machine = options.machine;
  add.value("--entry", "NAME", "the program to run (the only one, or main)", read_name,
            options.entry);
  add.value("--input", "VALUE", "its input (nothing)", read_value, options.input);
  add.value("--machine", "NAME", "the machine's own name (local)", read_name, machine.name);
  add.value("--machines", "A,B", "other machines that it can reach, made up", read_names,
            machine.machines);
  add.values("--post", "OBJ=VALUE ...", "put a message into a mailbox before anything runs",
             read_post, options.posts);
  add.flag("--allow-unsafe", "run code that is marked unsafe", machine.allow_unsafe);
  add.value("--max-layer", "N", "refuse instructions of higher layers (4)", read_layer,
            machine.layer_max);
}

void declare_limits(CommandLine& add, RunOptions& options) {
  add.group("Limits");
  Limits& limits = options.limits;
  add.value("--max-steps", "N", "of each program (none)", read_count, limits.steps);
  add.value("--max-memory", "BYTES", "of values, registers and store (4G)", read_size,
            limits.memory);
  add.value("--max-depth", "N", "of nested calls (1000000)", read_count, limits.depth);
  add.value("--max-output", "BYTES", "of the printed value, which is cut there (64M)", read_size,
            options.output_max);
}

void declare_reports(CommandLine& add, RunOptions& options) {
  add.group("What to show");
  add.flag_with_value("--trace", "text", "[=text|json]", "each event as a line", read_format,
                      options.trace);
  add.value("--trace-file", "PATH", "the trace in a file (standard error)", read_path,
            options.trace_file);
  add.flag("--stats", "steps, calls, commits, conflicts, peak memory, time", options.stats);
  add.value("--dump-store", "PATH", "the final store, an object a line, as JSON", read_path,
            options.dump_store);
  add.flag("-q,--quiet", "no warnings, and no notes of calls that failed", options.quiet);
}

void declare_concurrency(CommandLine& add, RunOptions& options) {
  add.group("Concurrent programs");
  add.value("--setup", "P", "run P first; its value is the input of the others", read_name,
            options.setup);
  add.value("--run", "P1,P2,...", "run these over one store; print the list of their values",
            read_names, options.programs);
  add.value("--schedule", "seed:N|LIST",
            "who has turns: drawn, or as listed, like 0,0,1 (one after the other)", read_schedule,
            options.schedule);
}

}  // namespace

void add_run_options(CommandLine& add, RunOptions& options) {
  declare_running(add, options);
  declare_limits(add, options);
  declare_concurrency(add, options);
}

std::optional<std::string> contradiction(const RunOptions& options) {
  const std::size_t programs = options.programs.size();
  if (programs == 0 && !options.setup.empty()) {
    return "--setup prepares for the programs of --run: add --run P1,P2";
  }
  if (programs == 0 && options.schedule.kind != Schedule::Kind::Sequence) {
    return "--schedule is for the programs of --run: add --run P1,P2";
  }
  if (programs != 0 && !options.entry.empty()) {
    return "--entry and --run exclude each other: --run names all programs";
  }
  for (const std::size_t turn : options.schedule.turns) {
    if (turn >= programs) {
      return fmt::format(
          "--schedule names turn {}, but --run names {} programs: turns count from 0", turn,
          programs);
    }
  }
  return std::nullopt;
}

std::expected<RunOptions, ExitCode> parse_run_options(const std::vector<std::string>& arguments,
                                                      Io& io) {
  RunOptions options;
  CommandLine add(
      "avm-run",
      "Runs an AVM program. Its value goes to standard output, all else to standard error.");
  add.file("an .avm source or a tape, whatever its name; - is standard input", options.file);
  declare_running(add, options);
  add.value("--backend", "tape|itree", "what runs it: the Tape, or the reference (tape)",
            read_backend, options.machine.backend);
  declare_reports(add, options);
  declare_limits(add, options);
  declare_concurrency(add, options);
  add.footer(examples);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  if (options.file.empty()) {
    return std::unexpected(add.wrong_use(io, "no FILE to run, as in avm-run examples/fib.avm"));
  }
  if (const auto message = contradiction(options)) {
    return std::unexpected(add.wrong_use(io, *message));
  }
  if (!options.trace_file.empty() && !options.trace) options.trace = StreamTrace::Format::Text;
  return options;
}

}  // namespace avm
