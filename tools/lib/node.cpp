#include "lib/node.hpp"

#include <algorithm>
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/tape.hpp"
#include "avm/text.hpp"
#include "lib/demo.hpp"
#include "lib/files.hpp"
#include "lib/node_log.hpp"
#include "lib/node_options.hpp"
#include "lib/programs.hpp"
#include "lib/session.hpp"
#include "lib/tape_sources.hpp"
#include "lib/value_output.hpp"
#include "node/shell/named_values.hpp"
#include "node/shell/shell.hpp"

namespace avm {
namespace {

/// FILE:PROGRAM, unless there is a file of that whole name.
std::pair<std::string, std::string> file_and_program(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::error_code error;
  if (colon == std::string::npos || std::filesystem::exists(text, error)) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

class NodeRun {
 public:
  NodeRun(NodeToolOptions options, Io& io)
      : options_(std::move(options)),
        io_(io),
        log_(make_node_log(options_.shell.node.name, options_.log, io)) {}

  ExitCode operator()() {
    for (const auto step : {&NodeRun::read_token, &NodeRun::open, &NodeRun::load_all,
                            &NodeRun::create_all, &NodeRun::begin_program, &NodeRun::begin_demo}) {
      if (const auto code = (this->*step)()) return *code;
    }
    start_ = std::chrono::steady_clock::now();
    const auto how = shell_->run();
    if (how == node::Shell::End::Interrupted) code_ = std::max(code_, ExitCode::Failed);
    return code_;
  }

 private:
  /// How a step ends the tool before its time: what there is to say has been said.
  using Stop = std::optional<ExitCode>;

  ExitCode stop(ExitCode code, std::string_view message) {
    say_error(io_, message);
    return code;
  }

  Stop read_token() {
    if (options_.token_file.empty()) return std::nullopt;
    auto token = read_input(options_.token_file, io_);
    if (!token) return stop(ExitCode::Usage, token.error());
    token->erase(token->find_last_not_of(" \t\r\n") + 1);
    if (token->empty()) {
      return stop(ExitCode::Usage, fmt::format("'{}' holds no token", options_.token_file));
    }
    options_.shell.http->token = *std::move(token);
    return std::nullopt;
  }

  Stop open() {
    auto shell = node::Shell::open(options_.shell, *log_);
    if (!shell) return stop(ExitCode::Usage, shell.error());
    shell_ = *std::move(shell);
    return std::nullopt;
  }

  // ─── what it runs ─────────────────────────────────────────────────────────────────────────────

  Stop load_all() {
    for (const std::string& file : options_.load) {
      const auto tape = load(file);
      if (!tape) return tape.error();
    }
    return options_.run.empty() ? std::nullopt : load_program();
  }

  Stop load_program() {
    const auto [file, wanted] = file_and_program(options_.run);
    const auto tape = load(file);
    if (!tape) return tape.error();
    auto program = choose_program(*tape, file, wanted, "by --run FILE:PROGRAM");
    if (!program) return stop(program.error().code, program.error().message);
    program_ = *std::move(program);
    return std::nullopt;
  }

  std::expected<Tape, ExitCode> load(const std::string& file) {
    auto tape = read(file);
    if (!tape) return tape;
    if (const auto loaded = shell_->core().load(*tape); !loaded) {
      return std::unexpected(
          stop(exit_code(loaded.error().reason), load_problem(file, loaded.error())));
    }
    return tape;
  }

  std::expected<Tape, ExitCode> read(const std::string& file) {
    auto bytes = read_input(file, io_);
    if (!bytes) return std::unexpected(stop(ExitCode::Usage, bytes.error()));
    if (is_tape(as_bytes(*bytes))) {
      auto tape = deserialize(as_bytes(*bytes));
      if (tape) return *std::move(tape);
      return std::unexpected(
          stop(ExitCode::BadInput, fmt::format("{}: {}", file, tape.error().text())));
    }
    Assembly assembly = assemble({file, *std::move(bytes)});
    io_.err << render(assembly, wants_colour(io_.err_is_terminal));
    if (!assembly.tape) return std::unexpected(ExitCode::BadInput);
    return *std::move(assembly.tape);
  }

  Stop create_all() {
    for (const NamedBehavior& object : options_.create) {
      const auto id = shell_->create(object.behavior, object.name);
      if (!id) {
        return stop(ExitCode::Usage, fmt::format("--create {}={}: {}", object.name, object.behavior,
                                                 id.error().text()));
      }
      log_->line(node::LogLevel::Info, fmt::format("@{} is {}", object.name, to_text(*id)));
    }
    return std::nullopt;
  }

  // ─── the program of --run ─────────────────────────────────────────────────────────────────────

  Stop begin_program() {
    if (!program_.empty()) shell_->after_turns([this] { return !submit(); });
    return std::nullopt;
  }

  /// False where names in the input are not known yet: peers may still tell them.
  bool submit() {
    const auto find = [this](std::string_view name) { return shell_->core().find_name(name); };
    auto input = node::parse_named_value(options_.input, find);
    if (!input) {
      if (!is_late()) return false;
      end(stop(ExitCode::Failed, "--input: " + input.error()));
      return true;
    }
    const auto started = shell_->core().submit(program_, *std::move(input), done());
    if (!started) end(stop(exit_code(started.error().reason), started.error().message));
    return true;
  }

  bool is_late() const {
    return std::chrono::steady_clock::now() - start_ >
           std::chrono::milliseconds(options_.shell.node.connect_timeout);
  }

  Stop begin_demo() {
    if (!options_.demo.is_on) return std::nullopt;
    demo_.emplace(*shell_, *log_);
    const auto started = demo_->start(options_.demo, done());
    if (!started) return stop(ExitCode::Usage, "--demo: " + started.error());
    return std::nullopt;
  }

  node::NodeCore::Done done() {
    return [this](const Result<Val>& result) {
      end(result ? write_value(*result, options_.output_max, io_)
                 : stop(ExitCode::Failed, result.error().text()));
    };
  }

  void end(ExitCode code) {
    if (options_.stays) return;
    code_ = code;
    shell_->stop();
  }

  NodeToolOptions options_;
  Io& io_;
  std::string program_;  // of --run; empty: none
  std::unique_ptr<node::Log> log_;
  std::optional<Demo> demo_;
  std::unique_ptr<node::Shell> shell_;
  std::chrono::steady_clock::time_point start_;
  ExitCode code_ = ExitCode::Done;
};

}  // namespace

ExitCode node_tool(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_node_options(arguments, io);
  if (!options) return options.error();
  return NodeRun(*std::move(options), io)();
}

}  // namespace avm
