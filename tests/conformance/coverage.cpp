#include "conformance/coverage.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "avm/error.hpp"
#include "avm/isa.hpp"
#include "avm/trace.hpp"
#include "conformance/driver.hpp"
#include "conformance/expectations.hpp"
#include "isa/raised.hpp"

namespace avm::conformance {
namespace {

// ─── what there is to show ──────────────────────────────────────────────────────────────────────

/// Whether an op can be carried out: some always raise an error.
bool can_be_done(const OpInfo& info) {
  return std::ranges::none_of(all_raised(), [&](const Raised& row) {
    return row.why.starts_with("always") && raises(info, row);
  });
}

bool can_be_raised(const Raised& row) { return !row.by.empty(); }

std::vector<const OpInfo*> raisers(const Raised& row) {
  std::vector<const OpInfo*> result;
  for (const OpInfo& info : all_ops()) {
    if (info.has_mnemonic() && raises(info, row)) result.push_back(&info);
  }
  return result;
}

/// What only a transport can bring about from which a machine goes away: to those that `avm-run` makes up
/// objects come by way of what can be reached.
bool needs_transport(Op op, ErrorCode code) {
  return code == ErrorCode::MachineError_Unreachable && (op == Op::call || op == Op::fetch);
}
constexpr std::string_view transport_test = "tests/runtime/machine_test.cpp";

// ─── who shows it ───────────────────────────────────────────────────────────────────────────────

using Files = std::vector<const CaseFile*>;

/// Those first that are about little else: they say most about it.
template <typename Shows>
Files those_that(const std::vector<CaseFile>& files, Shows shows) {
  Files result;
  for (const CaseFile& file : files) {
    if (shows(file)) result.push_back(&file);
  }
  std::ranges::stable_sort(result, {}, [](const CaseFile* file) {
    return file->seen.done.size() + 3 * file->seen.raised.size();
  });
  return result;
}

Files with_op(const std::vector<CaseFile>& files, Op op) {
  return those_that(files, [&](const CaseFile& file) { return file.seen.done.contains(op); });
}

Files with_error(const std::vector<CaseFile>& files, Op op, ErrorCode code) {
  return those_that(files,
                    [&](const CaseFile& file) { return file.seen.raised.contains({op, code}); });
}

Files with_error(const std::vector<CaseFile>& files, ErrorCode code) {
  return those_that(files, [&](const CaseFile& file) { return file.seen.errors.contains(code); });
}

Files with_event(const std::vector<CaseFile>& files, std::string_view name) {
  return those_that(files, [&](const CaseFile& file) { return file.seen.events.contains(name); });
}

Files with_rule(const std::vector<CaseFile>& files, const std::string& id) {
  Files result = those_that(files, [&](const CaseFile& file) {
    return std::ranges::find(file.covers, id) != file.covers.end();
  });
  std::ranges::stable_sort(result, {}, [](const CaseFile* file) { return file->covers.size(); });
  return result;
}

// ─── the page ───────────────────────────────────────────────────────────────────────────────────

std::string anchor(std::string_view heading) {
  std::string result;
  std::ranges::transform(heading, std::back_inserter(result),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string list(const Files& files, std::size_t most = 3) {
  if (files.empty()) return "—";
  std::string text;
  for (std::size_t i = 0; i < std::min(files.size(), most); ++i)
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", files[i]->path);
  if (files.size() > most) text += fmt::format(", and {} more", files.size() - most);
  return text;
}

std::string op_link(const OpInfo& info) {
  return fmt::format("[{0}](instructions.md#{0})", info.name);
}

std::string instruction_table(const std::vector<CaseFile>& files) {
  std::string text = "| instruction or operation | cases in which it succeeds |\n|---|---|\n";
  for (const OpInfo& info : all_ops()) {
    if (!info.has_mnemonic()) continue;
    text += fmt::format("| {} | {} |\n", op_link(info),
                        can_be_done(info) ? list(with_op(files, info.op)) : "it always fails");
  }
  return text;
}

std::string error_rows(const Raised& row, const std::vector<CaseFile>& files) {
  std::string name = fmt::format("`{}`", error_info(row.code).name);
  if (!can_be_raised(row)) return fmt::format("| {} | no program can raise it | |\n", name);
  const auto ops = raisers(row);
  if (ops.empty())
    return fmt::format("| {} | anything | {} |\n", name, list(with_error(files, row.code)));
  std::string text;
  for (const OpInfo* info : ops) {
    const std::string cases = needs_transport(info->op, row.code)
                                  ? fmt::format("not by `avm-run`: see `{}`", transport_test)
                                  : list(with_error(files, info->op, row.code), 2);
    text += fmt::format("| {} | {} | {} |\n", std::exchange(name, ""), op_link(*info), cases);
  }
  return text;
}

std::string error_tables(const std::vector<CaseFile>& files) {
  std::string text;
  std::string_view family;
  for (const Raised& row : all_raised()) {
    const ErrorInfo& error = error_info(row.code);
    if (error.family != family) {
      family = error.family;
      text += fmt::format("\n### {0}\n\n[{0}](errors.md#{1})\n\n"
                          "| error | raised by | cases |\n|---|---|---|\n",
                          family, anchor(family));
    }
    text += error_rows(row, files);
  }
  return text;
}

std::string event_table(const std::vector<CaseFile>& files) {
  std::string text = "| event | cases |\n|---|---|\n";
  for (std::size_t i = 0; i < event_type_count; ++i)
    text += fmt::format("| `{}` | {} |\n", event_name(i), list(with_event(files, event_name(i))));
  return text;
}

std::string rule_tables(const std::vector<CaseFile>& files, const Rules& rules) {
  std::string text;
  for (const Section& section : rules.sections) {
    text += fmt::format("\n### {}\n\n| rule | cases |\n|---|---|\n", section.title);
    for (const Rule& rule : section.rules)
      text += fmt::format("| {} | {} |\n", rule.sentence, list(with_rule(files, rule.id), 6));
  }
  return text;
}

}  // namespace

CaseFile look_at(const SourceFile& source, std::string path) {
  const File head(source.text);
  CaseFile file{std::move(path), head.covers(), {}};
  const Assembly assembly = assemble(source);
  if (!assembly.tape) return file;
  for (const Case& stated : head.cases()) {
    if (const auto options = options_of(stated.run, source.name))
      file.seen.add(watch(assembly, *options));
  }
  return file;
}

std::vector<std::string> gaps(const std::vector<CaseFile>& files, const Rules& rules) {
  std::vector<std::string> result = rules.complaints;
  for (const OpInfo& info : all_ops()) {
    if (info.has_mnemonic() && can_be_done(info) && with_op(files, info.op).empty())
      result.push_back(fmt::format("no case carries out '{}'", info.name));
  }
  for (const Raised& row : all_raised()) {
    const std::string_view name = error_info(row.code).name;
    if (can_be_raised(row) && with_error(files, row.code).empty())
      result.push_back(fmt::format("no case shows {}", name));
    for (const OpInfo* info : raisers(row)) {
      if (with_error(files, info->op, row.code).empty() && !needs_transport(info->op, row.code))
        result.push_back(fmt::format("no case shows {} of '{}'", name, info->name));
    }
  }
  for (std::size_t i = 0; i < event_type_count; ++i) {
    if (with_event(files, event_name(i)).empty())
      result.push_back(fmt::format("no case shows the event {}", event_name(i)));
  }
  for (const Section& section : rules.sections) {
    for (const Rule& rule : section.rules) {
      if (with_rule(files, rule.id).empty())
        result.push_back(fmt::format("no case covers {}: {}", rule.id, rule.sentence));
    }
  }
  for (const CaseFile& file : files) {
    for (const std::string& id : file.covers) {
      if (rules.find(id) == nullptr)
        result.push_back(fmt::format("{}: there is no rule '{}'", file.path, id));
    }
    // What is raised and not in the table is missing on the pages of instructions and errors too.
    for (const auto& [op, code] : file.seen.raised) {
      if (!raises(op_info(op), all_raised()[static_cast<std::size_t>(code)])) {
        result.push_back(
            fmt::format("{}: '{}' raises {}, of which tests/docs/raised.cpp says nothing",
                        file.path, op_info(op).name, error_info(code).name));
      }
    }
  }
  return result;
}

std::string page(const std::vector<CaseFile>& files, const Rules& rules) {
  return fmt::format(R"(# Conformance

What this machine does is tested by programs that state in their head what must come of them: a value or
an error, steps, events, the objects at the end. There are {} such files below `tests/conformance/`, and
each is run on the Tape, on interaction trees, and on what the disassembler makes of its Tape, on both.
All of them must do what the file states, and the same, event by event.

```sh
tools/dev test --quick --suite conformance
```

This page says where something is tested. It is made by running all files. A test fails where an
instruction, an error that can be raised, an event, or a rule below has no file, and where this page is
not what comes out. Paths are below `tests/conformance/`; of many files those are named that are about
little else.

## Rules

What [Semantics](semantics.md) and [Language](language.md) say, sentence by sentence. Where the book and
the formal model leave something open, *choice* stands behind what was chosen.
{}
## Instructions

An instruction succeeds where a program goes on after it. Of what moves control it is enough that a
function with it ran.

{}
## Errors

Each error, and each instruction that can raise it.
{}
## Events

{})",
                     files.size(), rule_tables(files, rules), instruction_table(files),
                     error_tables(files), event_table(files));
}

}  // namespace avm::conformance
