// Runs each .avm file of this folder and of the examples on each backend, and compares what comes of
// it with what the file states (`expectations.hpp`).
//
// AVM_TEST_ACCEPT=1 rewrites what the files state instead; twice, where `failures` become more or
// less, since that moves the lines that they name. Read the difference before you commit it.
#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <sstream>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "conformance/expectations.hpp"
#include "lib/run_options.hpp"
#include "lib/session.hpp"
#include "lib/stated_runs.hpp"
#include "support/files.hpp"

namespace fs = std::filesystem;
using namespace avm;
using conformance::Case;
using conformance::Expectation;

namespace {

/// All that came of one case: the texts that a file may state.
struct Outcome {
  ExitCode exit = ExitCode::Done;
  std::string value;
  std::string error;
  std::uint64_t steps = 0;
  std::vector<std::string> diagnostics;
  MemoryTrace trace;
  std::vector<std::string> failures;
  std::vector<std::string> store;
};

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

// ─── running ────────────────────────────────────────────────────────────────────────────────────

/// `run` is a whole command line, which has to name `file`, or its options alone.
RunOptions options_of(const std::string& run, const std::string& file) {
  std::vector<std::string> words = shell_words(run);
  if (!words.empty() && words.front() == "avm-run") {
    words.erase(words.begin());
  } else {
    words.insert(words.begin(), file);
  }
  std::istringstream in;
  std::ostringstream out;
  Io io{.in = in, .out = out, .err = out};
  auto options = parse_run_options(words, io);
  INFO(out.str());
  REQUIRE(options.has_value());
  REQUIRE(options->file == file);
  return *options;
}

std::string failure_text(const Failure& failure) {
  std::string text = failure.error.text() + " in ";
  for (std::size_t i = 0; i < failure.calls.size(); ++i) {
    const CallSite& site = failure.calls[i];
    text += fmt::format("{}{}:{}", i == 0 ? "" : " < ", site.function, site.position.line);
  }
  return text;
}

/// Through the bytes, since that is the way from avm-as to avm-run.
Tape through_bytes(const Tape& tape) {
  auto read = deserialize(serialize(tape));
  if (!read) FAIL(read.error().text());
  CHECK(*read == tape);
  return *std::move(read);
}

/// A way from what was assembled to a machine that has it.
struct Backend {
  std::string_view name;
  avm::Backend runs;
  std::expected<void, LoadError> (*load)(Machine& machine, const Assembly& assembly);
  bool has_lines = true;  ///< Whether it knows the lines of the source.
};

constexpr Backend backends[] = {
    {"tape", avm::Backend::Tape,
     [](Machine& machine, const Assembly& assembly) {
       return machine.load(through_bytes(*assembly.tape));
     }},
    {"itree", avm::Backend::ITree,
     [](Machine& machine, const Assembly& assembly) { return machine.load(assembly); }},
    {"itree, disassembled", avm::Backend::ITree,
     [](Machine& machine, const Assembly& assembly) { return machine.load(*assembly.tape); },
     false}};

Outcome run_on_machine(const Backend& backend, const Assembly& assembly,
                       const RunOptions& options) {
  Outcome outcome;
  MachineOptions machine_options = options.machine;
  machine_options.backend = backend.runs;
  Machine machine(machine_options);
  const TapeFunction* const entry = assembly.tape->entry();
  const std::string program =
      options.entry.empty() && entry != nullptr ? entry->name : options.entry;
  if (const auto loaded = backend.load(machine, assembly); !loaded) {
    outcome.error = loaded.error().message;
    outcome.exit = exit_code(loaded.error().reason);
    return outcome;
  }
  StartOptions hooks{.trace = &outcome.trace};
  hooks.on_failure = [&](const Failure& failure) {
    if (!failure.is_final) outcome.failures.push_back(failure_text(failure));
  };
  const SessionResult result = run_session(machine, program, options, hooks);
  outcome.exit = result.failed() ? ExitCode::Failed : ExitCode::Done;
  if (result.is_list || !result.failed()) {
    outcome.value = print(result.value(), no_limit, options.output_max).text;
  } else {
    outcome.error = result.values.front().error().text();
  }
  outcome.steps = result.stats.steps;
  machine.for_each_object(
      [&](const ObjectView& object) { outcome.store.push_back(to_json(object)); });
  return outcome;
}

Outcome run_case(const Backend& backend, const Assembly& assembly, const RunOptions& options) {
  Outcome outcome;
  if (assembly.tape) {
    outcome = run_on_machine(backend, assembly, options);
  } else {
    outcome.exit = ExitCode::BadInput;
  }
  for (const Diagnostic& diagnostic : assembly.diagnostics) {
    outcome.diagnostics.push_back(diagnostic.code);
  }
  return outcome;
}

// ─── comparing ──────────────────────────────────────────────────────────────────────────────────

bool is_event_name(std::string_view name) {
  for (std::size_t i = 0; i < event_type_count; ++i) {
    if (event_name(i) == name) return true;
  }
  return false;
}

/// How often each of the events that `stated` names came; of all events that came, where it is `?`.
std::string counts_like(const std::string& stated, const MemoryTrace& trace) {
  std::vector<std::string> names;
  std::istringstream words(stated);
  for (std::string number, name; words >> number >> name;) {
    if (name.ends_with(',')) name.pop_back();
    names.push_back(name);
  }
  std::vector<std::string> counts;
  for (std::size_t i = 0; i < event_type_count && stated == "?"; ++i) {
    if (trace.count(event_name(i)) != 0) names.emplace_back(event_name(i));
  }
  for (const std::string& name : names) {
    CAPTURE(name);
    REQUIRE(is_event_name(name));
    counts.push_back(fmt::format("{} {}", trace.count(name), name));
  }
  return join(counts, ", ");
}

std::string json_lines(const MemoryTrace& trace) {
  std::vector<std::string> lines;
  for (const TraceEntry& entry : trace.entries())
    lines.push_back(to_json(entry));
  return join(lines, "\n");
}

std::string actual(const Expectation& expectation, const Outcome& outcome) {
  const std::string& key = expectation.key;
  if (key == "value") return outcome.value;
  if (key == "error") return outcome.error;
  if (key == "exit") return std::to_string(static_cast<int>(outcome.exit));
  if (key == "diagnostics") return join(outcome.diagnostics, ", ");
  if (key == "steps") return std::to_string(outcome.steps);
  if (key == "trace") return counts_like(expectation.text, outcome.trace);
  if (key == "events") return json_lines(outcome.trace);
  if (key == "failures") return join(outcome.failures, "\n");
  return join(outcome.store, "\n");
}

bool accepts() { return std::getenv("AVM_TEST_ACCEPT") != nullptr; }

/// What nobody states must not come to pass in silence.
void check_unstated(const Case& stated, const Outcome& outcome, const Assembly& assembly) {
  INFO(render(assembly, false));
  INFO("error: " << outcome.error);
  if (stated.find("diagnostics") == nullptr) CHECK(outcome.diagnostics.empty());
  if (stated.find("exit") != nullptr) return;
  const bool fails = stated.find("error") != nullptr;
  if (outcome.value.empty() || fails)
    CHECK(outcome.exit == (fails ? ExitCode::Failed : ExitCode::Done));
}

void check_case(const Backend& backend, const Case& stated, const Outcome& outcome,
                conformance::File& file) {
  for (const Expectation& expectation : stated.expectations) {
    if (expectation.key == "failures" && !backend.has_lines) continue;
    const std::string came = actual(expectation, outcome);
    if (accepts() && came != expectation.text) {
      file.rewrite(expectation, came);
      continue;
    }
    INFO("of: " << expectation.key << " (line " << expectation.first_line + 1 << ")");
    CHECK(came == expectation.text);
  }
}

// ─── files ──────────────────────────────────────────────────────────────────────────────────────

/// All files below `folder`, as paths from the root of the sources. What is in a folder `imported`
/// is there for others to import.
std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".avm" && path.parent_path().filename() != "imported") {
      files.push_back(path.string());
    }
  }
  std::ranges::sort(files);
  return files;
}

void check_file(const Backend& backend, const std::string& path) {
  const std::string text = test::read_file(path);
  conformance::File file(text);
  const Assembly assembly = assemble({path, text});
  if (file.cases().empty()) FAIL("the file states nothing");
  for (const Case& stated : file.cases()) {
    INFO("run: " << stated.run);
    if (stated.expectations.empty()) FAIL_CHECK("this run states nothing");
    const Outcome outcome = run_case(backend, assembly, options_of(stated.run, path));
    check_unstated(stated, outcome, assembly);
    check_case(backend, stated, outcome, file);
  }
  if (const std::string accepted = file.text(); accepts() && accepted != text) {
    test::write_file(path, accepted);
    WARN("ACCEPTED: " << path << " now states what came");
  }
}

void check_files(const std::string& folder) {
  fs::current_path(test::source_path("."));
  const auto path = GENERATE_COPY(from_range(files_below(folder)));
  for (const Backend& backend : backends) {
    DYNAMIC_SECTION(path << " on " << backend.name) { check_file(backend, path); }
  }
}

}  // namespace

TEST_CASE("the examples do what they say") { check_files("examples"); }

TEST_CASE("conformance programs do what they say") { check_files("tests/conformance"); }
