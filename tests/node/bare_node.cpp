#include "node/bare_node.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "avm/text.hpp"
#include "node/said.hpp"

namespace avm::node::test {

namespace {

constexpr std::string_view source = R"(
program calling(%args) {
  match %args, [%what, %input], bad
  %x = call %what, %input
  ret %x
bad:
  reject %args
}
program moving(%args) {
  match %args, [%what, %to], bad
  %x = move_object %what, %to
  ret %x
bad:
  reject %args
}
program giving(%args) {
  match %args, [%what, %to], bad
  %x = transfer_object %what, %to
  ret %x
bad:
  reject %args
}
program locating(%what) {
  %x = get_machine %what
  ret %x
}
program asking_owner(%what) {
  %x = get_controller %what
  ret %x
}
program destroying(%what) {
  %x = destroy_obj %what
  ret %x
}
program fetching(%what) {
  %x = fetch %what
  ret %x
}
program freezing(%what) {
  %x = freeze %what
  ret %x
}
program going(%to) {
  teleport %to
  %x = get_current_machine
  ret %x
}
behavior echo(%m) {
  ret %m
}
behavior failing(%m) {
  reject %m
}
behavior counter(%m) {
  %log = get_state
  %log = append %log, %m
  set_state %log
  ret %log
}
behavior waiter(%sum) {
again:
  %next = receive reply %sum
  %n = unwrap %next
  %sum = add %sum, %n
  jmp again
}
; Calls another object, from where it is.
behavior relay(%m) {
  match %m, [%next, %rest], bad
  %x = call %next, %rest
  ret %x
bad:
  reject %m
}
; Waits, and when it is woken calls another object.
behavior sleeper(%m) {
  %next = receive
  %m = unwrap %next
  match %m, [%other, %rest], bad
  call %other, %rest
  ret
bad:
  reject %m
}
behavior endless(%m) {
again:
  jmp again
}
behavior greedy(%m) {
  %all = []
again:
  %all = append %all, %m
  jmp again
}
behavior recursive(%m) {
  %self = get_self
  %m = add %m, 1
  %x = call %self, %m
  ret %x
}
; So many lists around `nothing`.
behavior nesting(%n) {
  %x = nothing
again:
  %is_over = eq %n, 0
  br %is_over, over
  %x = [%x]
  %n = sub %n, 1
  jmp again
over:
  ret %x
}
)";

}  // namespace

const Assembly& bare_node_program() {
  static const Assembly assembly = assemble({"node.avm", std::string(source)});
  if (!assembly.tape) throw std::runtime_error(render(assembly, false));
  return assembly;
}

BareNode::BareNode(NodeOptions options) : core(std::move(options), *this, 0) {
  if (const auto loaded = core.load(bare_node_program()); !loaded)
    throw std::runtime_error(loaded.error().message);
}

ConnectionId BareNode::connect(Connected what) {
  open_.emplace(next_connection_, Texts());
  core.on_connected(next_connection_, std::move(what));
  run();
  return next_connection_++;
}

ConnectionId BareNode::meet(std::string_view machine, std::uint16_t prefix, std::uint64_t epoch,
                            FrameLimits takes) {
  const ConnectionId connection = connect({.address = std::string(machine)});
  tell(connection, greeting(hello_of(machine, prefix, epoch, takes)));
  heard(connection);
  return connection;
}

void BareNode::tell(ConnectionId connection, const Frame& frame) {
  std::string json;
  if (!encode(frame, {.bytes = no_limit, .nesting = 100'000}, json))
    throw std::runtime_error("a frame that cannot be written");
  tell(connection, json);
}

void BareNode::tell(ConnectionId connection, std::string_view json) {
  core.on_frame(connection, json);
  run();
}

void BareNode::lose(ConnectionId connection) {
  closed_.insert(open_.extract(connection));
  core.on_lost(connection, "the other side has closed it");
  run();
}

void BareNode::pass(Milliseconds time) {
  now_ += time;
  core.on_tick(now_);
  run();
}

void BareNode::run() {
  while (core.run(100'000)) {
  }
}

std::vector<Frame> BareNode::taken(ConnectionId connection) {
  FrameDecoder decoder({.bytes = no_limit, .nesting = 100'000});
  std::vector<Frame> frames;
  for (const std::string& json : heard(connection))
    frames.push_back(decoder.decode(json).value());
  return frames;
}

Texts BareNode::heard(ConnectionId connection) {
  return std::exchange(is_open(connection) ? open_[connection] : closed_[connection], {});
}

bool BareNode::has_said(std::string_view text) const {
  return std::ranges::any_of(log_lines,
                             [&](const std::string& line) { return line.contains(text); });
}

PeerView BareNode::peer(std::string_view machine) const {
  for (const PeerView& view : core.peers()) {
    if (view.machine == machine) return view;
  }
  return {};
}

NodeCore::Done BareNode::into(std::size_t client) {
  return [this, client](const Result<Val>& result) {
    results_[client] += result ? to_text(*result) : result.error().text();
  };
}

std::size_t BareNode::call(ObjectId target, const Val& input) {
  results_.emplace_back();
  core.call(target, input, into(results_.size() - 1));
  run();
  return results_.size() - 1;
}

std::size_t BareNode::post(ObjectId target, const Val& message) {
  results_.emplace_back();
  core.post(target, message, into(results_.size() - 1));
  run();
  return results_.size() - 1;
}

std::size_t BareNode::submit(std::string_view program, const Val& input) {
  results_.emplace_back();
  if (const auto submitted = core.submit(program, input, into(results_.size() - 1)); !submitted)
    throw std::runtime_error(submitted.error().message);
  run();
  return results_.size() - 1;
}

void BareNode::send(ConnectionId connection, std::string_view json) {
  open_.at(connection).emplace_back(json);
}

void BareNode::close(ConnectionId connection) { closed_.insert(open_.extract(connection)); }

void BareNode::log(LogLevel, std::string_view text) { log_lines.emplace_back(text); }

}  // namespace avm::node::test
