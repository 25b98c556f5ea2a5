#include "conformance/driver.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "asm/source_map.hpp"
#include "avm/disassemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "lib/session.hpp"
#include "lib/stated_runs.hpp"

namespace avm::conformance {
namespace {

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

// ─── running ────────────────────────────────────────────────────────────────────────────────────

using Loaded = std::expected<void, LoadError>;

// Through the bytes, since that is the way from avm-as to avm-run.
Loaded load_bytes(Machine& machine, const Assembly& assembly) {
  auto read = deserialize(serialize(*assembly.tape));
  if (!read) return std::unexpected(LoadError{LoadError::Reason::Invalid, read.error().text()});
  if (*read != *assembly.tape) {
    return std::unexpected(LoadError{LoadError::Reason::Invalid, "the bytes give another tape"});
  }
  return machine.load(*std::move(read));
}

Loaded load_source(Machine& machine, const Assembly& assembly) { return machine.load(assembly); }

// As `avm-dis | avm-as` goes. (For the trees a machine disassembles a tape by itself.)
Loaded load_disassembled(Machine& machine, const Assembly& assembly) {
  return machine.load(assemble({"<disassembled>", disassemble(*assembly.tape)}));
}

Loaded load_tape(Machine& machine, const Assembly& assembly) {
  return machine.load(*assembly.tape);
}

/// A way from what was assembled to a machine that has it.
struct Way {
  std::string_view name;
  Backend backend;
  Loaded (*load)(Machine& machine, const Assembly& assembly);
  bool has_lines;  ///< Whether it knows the lines of the source.
};

constexpr Way ways[] = {{"tape", Backend::Tape, load_bytes, true},
                        {"itree", Backend::ITree, load_source, true},
                        {"tape, disassembled", Backend::Tape, load_disassembled, false},
                        {"itree, disassembled", Backend::ITree, load_tape, false}};

std::string failure_text(const Failure& failure) {
  std::string text = failure.error.text() + " in ";
  for (std::size_t i = 0; i < failure.calls.size(); ++i) {
    const CallSite& site = failure.calls[i];
    text += fmt::format("{}{}:{}", i == 0 ? "" : " < ", site.function, site.position.line);
  }
  return text;
}

void run_on_machine(Outcome& outcome, const Way& way, const Assembly& assembly,
                    const RunOptions& options, bool is_watched) {
  MachineOptions machine_options = options.machine;
  machine_options.backend = way.backend;
  Machine machine(machine_options);
  const TapeFunction* const entry = assembly.tape->entry();
  const std::string program =
      options.entry.empty() && entry != nullptr ? entry->name : options.entry;
  Ran& ran = outcome.ran;
  if (const auto loaded = way.load(machine, assembly); !loaded) {
    outcome.error = loaded.error().message;
    outcome.exit = exit_code(loaded.error().reason);
    ran.refusal = outcome.error;
    return;
  }
  StartOptions hooks;
  if (is_watched) hooks.trace = &ran.trace;
  hooks.on_failure = [&](const Failure& failure) {
    if (!failure.is_final) outcome.failures.push_back(failure_text(failure));
    ran.hit_memory_limit |= failure.error.code == ErrorCode::ResourceError_Memory;
  };
  const SessionResult result = run_session(machine, program, options, hooks);
  outcome.exit = result.failed() ? ExitCode::Failed : ExitCode::Done;
  if (result.is_list || !result.failed()) {
    const Printed printed = print(result.value(), no_limit, options.output_max);
    outcome.value = printed.text;
    if (!printed.complete) outcome.exit = ExitCode::Failed;
  } else {
    outcome.error = result.values.front().error().text();
  }
  ran.result = outcome.value + outcome.error;
  ran.steps = result.stats.steps;
  machine.for_each_object([&](const ObjectView& object) { ran.store.push_back(to_json(object)); });
}

// ─── what came, as files state it ───────────────────────────────────────────────────────────────

std::string span_text(const Assembly& assembly, const Diagnostic::Place& place) {
  const SourceFile& source = assembly.sources[place.file];
  const SourceMap map(source.text);
  const SourcePosition begin = map.position(place.begin);
  const SourcePosition end = map.position(place.end);
  std::string file;
  if (place.file != 0) {
    const auto folder = std::filesystem::path(assembly.sources[0].name).parent_path();
    file = std::filesystem::path(source.name).lexically_relative(folder).string() + ':';
  }
  return fmt::format("{}{}:{}-{}:{}", file, begin.line, begin.column, end.line, end.column);
}

std::vector<std::string> diagnostics_of(const Assembly& assembly) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : assembly.diagnostics)
    texts.push_back(diagnostic.code + '@' + span_text(assembly, diagnostic.place));
  return texts;
}

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
  for (std::size_t i = 0; i < event_type_count && names.empty(); ++i) {
    const std::string_view name = event_name(i);
    if (trace.count(name) != 0) counts.push_back(fmt::format("{} {}", trace.count(name), name));
  }
  for (const std::string& name : names) {
    counts.push_back(is_event_name(name) ? fmt::format("{} {}", trace.count(name), name)
                                         : fmt::format("there is no event '{}'", name));
  }
  return join(counts, ", ");
}

std::string json_lines(const MemoryTrace& trace) {
  std::vector<std::string> lines;
  for (const TraceEntry& entry : trace.entries())
    lines.push_back(to_json(entry));
  return join(lines, "\n");
}

/// An event as people read it, without the time, a single blank between its parts.
std::string event_text(const TraceEntry& entry) {
  std::istringstream words(to_text(entry));
  std::string text;
  std::string word;
  if (entry.execution) {
    words >> word;
    text = word;
  }
  words >> word;  // the time
  while (words >> word)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Whether `text` is what `pattern` says, in which `…` stands for any text.
bool is_like(std::string_view text, std::string_view pattern) {
  constexpr std::string_view anything = "…";
  auto part_end = pattern.find(anything);
  if (part_end == pattern.npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, part_end))) return false;
  text.remove_prefix(part_end);
  pattern.remove_prefix(part_end + anything.size());
  while ((part_end = pattern.find(anything)) != pattern.npos) {
    const auto found = text.find(pattern.substr(0, part_end));
    if (found == text.npos) return false;
    text.remove_prefix(found + part_end);
    pattern.remove_prefix(part_end + anything.size());
  }
  return text.ends_with(pattern);
}

/// What is stated, where the trace is like it; else all events.
std::string trace_like(const std::string& stated, const MemoryTrace& trace) {
  std::vector<std::string> events;
  for (const TraceEntry& entry : trace.entries())
    events.push_back(event_text(entry));
  std::istringstream patterns(stated);
  auto next = events.begin();
  for (std::string pattern; std::getline(patterns, pattern);) {
    next = std::find_if(next, events.end(),
                        [&](const std::string& event) { return is_like(event, pattern); });
    if (next == events.end()) return join(events, "\n");
    ++next;
  }
  return stated;
}

std::string actual(const Expectation& expectation, const Outcome& outcome) {
  const std::string& key = expectation.key;
  if (key == "value") return outcome.value;
  if (key == "error") return outcome.error;
  if (key == "exit") return std::to_string(static_cast<int>(outcome.exit));
  if (key == "diagnostics") return join(outcome.diagnostics, ", ");
  if (key == "steps") return std::to_string(outcome.ran.steps);
  if (key == "trace") return counts_like(expectation.text, outcome.ran.trace);
  if (key == "trace-like") return trace_like(expectation.text, outcome.ran.trace);
  if (key == "events") return json_lines(outcome.ran.trace);
  if (key == "failures") return join(outcome.failures, "\n");
  return join(outcome.ran.store, "\n");
}

// ─── checking ───────────────────────────────────────────────────────────────────────────────────

std::string both(std::string_view what, std::string_view one, std::string_view one_text,
                 std::string_view other, std::string_view other_text) {
  return fmt::format("{}\n  {}: {}\n  {}: {}", what, one, one_text, other, other_text);
}

class Check {
 public:
  Check(const SourceFile& source, bool accept)
      : source_(source), accept_(accept), file_(source.text), assembly_(assemble(source)) {}

  Report run() {
    report_.complaints = file_.complaints();
    for (const Case& stated : file_.cases())
      check_case(stated);
    report_.text = file_.text();
    return std::move(report_);
  }

 private:
  void check_case(const Case& stated) {
    where_ = stated.run.empty() ? "" : fmt::format("run '{}': ", stated.run);
    const auto options = options_of(stated.run, source_.name);
    if (!options) return complain(options.error());
    const Outcome first = run_on(ways[0], *options);
    for (const Expectation& expectation : stated.expectations)
      check_stated(expectation, first);
    check_unstated(stated, first);
    for (const Way& way : ways) {
      if (&way == &ways[0] || !assembly_.tape) continue;
      const std::string difference = compare(first, run_on(way, *options), way.has_lines);
      if (!difference.empty())
        complain(fmt::format("'{}' and '{}' differ: {}", ways[0].name, way.name, difference));
    }
    if (!assembly_.tape) return;
    const Outcome unwatched = run_on(ways[0], *options, false);
    const auto difference = unwatched_difference(first.ran, unwatched.ran);
    if (difference || first.failures != unwatched.failures || first.exit != unwatched.exit) {
      complain(fmt::format("with a trace and without it differs: {}",
                           difference ? difference->what : "failures or exit code"));
    }
  }

  Outcome run_on(const Way& way, const RunOptions& options, bool is_watched = true) const {
    Outcome outcome;
    if (assembly_.tape) {
      run_on_machine(outcome, way, assembly_, options, is_watched);
    } else {
      outcome.exit = ExitCode::BadInput;
    }
    outcome.diagnostics = diagnostics_of(assembly_);
    return outcome;
  }

  void check_stated(const Expectation& expectation, const Outcome& outcome) {
    const std::string came = actual(expectation, outcome);
    if (came == expectation.text) return;
    if (accept_) return file_.rewrite(expectation, came);
    complain(both(fmt::format("{} (line {})", expectation.key, expectation.first_line + 1),
                  "stated", expectation.text, "came", came));
  }

  /// What nobody states must not come to pass in silence.
  void check_unstated(const Case& stated, const Outcome& outcome) {
    if (stated.find("diagnostics") == nullptr && !outcome.diagnostics.empty())
      complain("the assembler says what is not stated:\n" + render(assembly_, false));
    if (stated.find("exit") != nullptr) return;
    const bool fails = stated.find("error") != nullptr;
    const ExitCode wanted = fails ? ExitCode::Failed : ExitCode::Done;
    // Among the values of concurrent programs there may be errors.
    const bool may_be_any = !outcome.value.empty() && !fails;
    if (may_be_any || outcome.exit == wanted) return;
    complain(fmt::format("the exit code is {}, which is not stated; error: {}",
                         static_cast<int>(outcome.exit), outcome.error));
  }

  void complain(const std::string& text) { report_.complaints.push_back(where_ + text); }

  const SourceFile& source_;
  bool accept_;
  File file_;
  Assembly assembly_;
  Report report_;
  std::string where_;
};

}  // namespace

Report check(const SourceFile& source, bool accept) { return Check(source, accept).run(); }

std::string compare(const Outcome& first, const Outcome& other, bool has_lines) {
  if (const auto difference = first_difference(first.ran, other.ran))
    return both(difference->what, "one", difference->left, "other", difference->right);
  if (first.exit != other.exit) {
    return both("the exit code", "one", std::to_string(static_cast<int>(first.exit)), "other",
                std::to_string(static_cast<int>(other.exit)));
  }
  const std::string failures = join(first.failures, "\n");
  const std::string other_failures = join(other.failures, "\n");
  const bool counts = has_lines && !first.ran.hit_memory_limit && !other.ran.hit_memory_limit;
  if (counts && failures != other_failures)
    return both("failures", "one", failures, "other", other_failures);
  return {};
}

std::expected<RunOptions, std::string> options_of(const std::string& run, const std::string& file) {
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
  if (!options) return std::unexpected(out.str());
  if (options->file != file)
    return std::unexpected("the command runs another file: " + options->file);
  return *std::move(options);
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".avm" && path.parent_path().filename() != "imported")
      files.push_back(path.string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace avm::conformance
