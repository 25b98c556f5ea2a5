#include "lib/demo.hpp"

#include <utility>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/text.hpp"
#include "node/embedded.hpp"

namespace avm {
namespace {

using node::LogLevel;
using node::WireEvent;

constexpr std::string_view name_of_first = "alpha";
constexpr std::uint64_t rounds_default = 3;
constexpr std::uint64_t shown_bytes = 200;

std::string shown(const Val& value) { return print(value, shown_bytes, shown_bytes).text; }

std::expected<ObjectId, std::string> create(node::Shell& shell, std::string_view behavior) {
  const auto object = shell.create(behavior, behavior);
  if (!object) return std::unexpected(object.error().text());
  return *object;
}

}  // namespace

bool hosts_ping(const DemoOptions& options, std::string_view name) {
  return options.rounds.has_value() || name == name_of_first;
}

std::expected<void, std::string> Demo::start(const DemoOptions& options, Done done) {
  const node::EmbeddedFile& source = node::demo_files().front();
  const Assembly assembly = assemble({std::string(source.name), std::string(source.bytes)});
  if (const auto loaded = shell_.core().load(assembly); !loaded) {
    return std::unexpected(loaded.error().message);
  }
  shell_.watch(*this);
  if (!hosts_ping(options, shell_.core().options().name)) {
    const auto pong = create(shell_, "pong");
    if (!pong) return std::unexpected(pong.error());
    log_.line(LogLevel::Info, fmt::format("pong is {}", to_text(*pong)));
    return {};
  }
  const auto ping = create(shell_, "ping");
  if (!ping) return std::unexpected(ping.error());
  log_.line(LogLevel::Info,
            fmt::format("ping is {}; waiting for a peer to announce pong", to_text(*ping)));
  const std::uint64_t rounds = options.rounds.value_or(rounds_default);
  shell_.after_turns([this, ping = *ping, rounds, done = std::move(done)] {
    const auto pong = shell_.core().first_announced();
    if (!pong) return true;
    shell_.core().call(
        ping, Val::list({Val::str("Ping"), Val::nat(0), Val::nat(rounds), Val::object(*pong)}),
        done);
    return false;
  });
  return {};
}

void Demo::event(const node::NodeEvent& event) { log_.line(LogLevel::Info, to_text(event.entry)); }

void Demo::event(const WireEvent& event) {
  const bool is_call =
      event.what == WireEvent::What::CallSent || event.what == WireEvent::What::CallReceived;
  const bool is_sent =
      event.what == WireEvent::What::CallSent || event.what == WireEvent::What::AnswerSent;
  const auto& [from, to] =
      is_call ? std::pair(event.sender, event.target) : std::pair(event.target, event.sender);
  log_.line(LogLevel::Info,
            fmt::format("{} {}  {} {}  {} -> {}  {}", is_sent ? "to" : "from", event.peer,
                        is_call ? "call" : "answer", event.request_id, to_text(from), to_text(to),
                        event.value != nullptr ? shown(*event.value) : std::string(event.error)));
}

}  // namespace avm
