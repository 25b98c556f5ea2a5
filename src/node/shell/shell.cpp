#include "node/shell/shell.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <new>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/shell/connections.hpp"
#include "node/shell/dialer.hpp"
#include "node/shell/endpoint.hpp"
#include "node/shell/event_json.hpp"
#include "node/shell/event_log.hpp"
#include "node/shell/http_server.hpp"
#include "node/shell/listener.hpp"
#include "node/shell/routes.hpp"
#include "node/shell/tls.hpp"

namespace avm::node {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds tick_time{100};
/// About so many steps of executions between two looks at the sockets.
constexpr std::uint64_t steps_of_turn = 100'000;
/// For the last frames and answers to be taken.
constexpr Milliseconds farewell_time = 2'000;

template <typename Clock, typename Unit>
std::uint64_t now_in() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count());
}
Milliseconds now() { return now_in<std::chrono::steady_clock, milliseconds>(); }
std::uint64_t unix_milliseconds() { return now_in<std::chrono::system_clock, milliseconds>(); }

/// By which peers and their pages find the HTTP side.
std::string http_for_peers(const HostPort& address, const std::string& machine) {
  return to_text(is_any(address.host) ? HostPort{machine, address.port} : address);
}

}  // namespace

struct Shell::Impl final : Outside, ConnectionOwner, RoutesHost {
  Impl(ShellOptions given, Log& log_) : options(std::move(given)), log_lines(log_) {}

  // ─── beginning ────────────────────────────────────────────────────────────────────────────────

  std::expected<void, std::string> open() {
    if (auto problem = unsafe_address(options)) return std::unexpected(*std::move(problem));
    if (options.tls) {
      auto loaded = TlsContext::load(*options.tls);
      if (!loaded) return std::unexpected(loaded.error());
      tls = *std::move(loaded);
    }
    const auto ip = parse_ip(options.listen.host);
    if (!ip) return std::unexpected("--listen: '" + options.listen.host + "' is no address");
    auto opened = Listener::open(io, {*ip, options.listen.port});
    if (!opened) return std::unexpected(opened.error());
    listener = *std::move(opened);

    NodeOptions node = options.node;
    node.prefix = options.prefix.value_or(listener->address().port());
    // Another one after each start, and never 0.
    node.epoch = now_in<std::chrono::system_clock, std::chrono::microseconds>();
    node.seed = std::random_device()();
    if (options.http) {
      auto server = HttpServer::open(io, *options.http, log_lines);
      if (!server) return std::unexpected(server.error());
      http = *std::move(server);
      node.http = http_for_peers(http->address(), node.name);
      events.emplace(options.http->events, options.http->event_bytes);
    }
    core.emplace(std::move(node), *this, now());
    if (events) core->watch(true);
    connections.emplace(
        *this, ConnectionLimits{.frame = options.node.limits.frame.bytes, .queue = options.queue});
    dialer.emplace(io, tls.get(),
                   DialOptions{.timeout = options.node.connect_timeout,
                               .unknown_is_here = options.unknown_is_here});
    return {};
  }

  End run() {
    listener->start([this](Socket socket) { accept(std::move(socket)); },
                    [this](std::string_view what) { log(LogLevel::Error, what); });
    say_address("peers", host_port(listener->address()), tls ? " (TLS)" : "");
    if (http) {
      routes.emplace(*core, *events, *this,
                     AccessRules{.machine = core->options().name, .token = options.http->token});
      http->start(*routes, *events);
      say_address("http", http->address(), "");
    }
    for (const PeerAddress& peer : options.peers)
      core->add_peer(peer.name.value_or(peer.address.host), to_text(peer.address));
    wait_for_signal();
    tick();
    io.run();
    return is_interrupted ? End::Interrupted : End::Stopped;
  }

  void say_address(std::string_view what, const HostPort& address, std::string_view how) {
    const std::vector<LogField> fields{{"listening", json_string(what)},
                                       {"address", json_string(address.host)},
                                       {"port", std::to_string(address.port)}};
    log_lines.line(LogLevel::Info,
                   fmt::format("listening on {} for {}{}", to_text(address), what, how), fields);
  }

  // ─── turns ────────────────────────────────────────────────────────────────────────────────────

  /// Runs what is ready and sends what comes of it. Where more is ready it goes on after a look at the
  /// sockets.
  void turn() {
    const bool is_more = core->run(steps_of_turn);
    connections->flush();
    if (events) events->tell();
    hold_back(is_more);
    if (is_more) wake();
    if (look && !look()) {
      look = nullptr;
      wake();
    }
    if (stops) look_for_end();
  }

  void wake() override {
    if (std::exchange(is_turn_posted, true)) return;
    asio::post(io, [this] {
      is_turn_posted = false;
      turn();
    });
  }

  /// Takes few new frames while much is ready to run: of each connection what comes by one read a tick,
  /// since signs of life and answers are among them.
  void hold_back(bool is_more) {
    std::uint64_t ready = 0;
    if (is_more) {
      const NodeMetrics metrics = core->metrics();
      ready = metrics.executions - std::min(metrics.waiting, metrics.executions);
    }
    if (ready > options.backlog) {
      is_held_back = true;
    } else if (is_held_back && ready < options.backlog / 2) {
      is_held_back = false;
      connections->read();
    }
  }

  void tick() {
    const Milliseconds time = now();
    core->on_tick(time);
    connections->on_tick(time);
    turn();
    if (is_held_back) {
      is_round = true;
      connections->read();
      is_round = false;
    }
    ticks.expires_after(tick_time);
    ticks.async_wait([this](error_code cancelled) {
      if (!cancelled) tick();
    });
  }

  // ─── connections ──────────────────────────────────────────────────────────────────────────────

  void accept(Socket socket) {
    if (accepted.size() + handshakes >= options.connections) {
      return log(LogLevel::Warning, fmt::format("a connection is refused, there are {} "
                                                "(--max-connections)",
                                                accepted.size() + handshakes));
    }
    if (!tls) return add(plain_channel(std::move(socket)), std::nullopt);
    ++handshakes;
    tls->handshake(std::move(socket), TlsContext::Side::Accepted, ConnectionLimits{}.first_frame,
                   [this](std::expected<OpenChannel, std::string> channel) {
                     --handshakes;
                     if (channel) return add(*std::move(channel), std::nullopt);
                     log(LogLevel::Warning, "a connection is refused: " + channel.error());
                   });
  }

  void add(OpenChannel channel, std::optional<PeerIndex> peer) {
    Connection& connection = connections->add(std::move(channel.channel), now());
    const ConnectionId id = connection.id();
    if (!peer) accepted.insert(id);
    core->on_connected(id, {.peer = peer,
                            .address = std::move(channel.address),
                            .certified_name = std::move(channel.certified_name)});
    connection.read();
    turn();
  }

  bool may_read() const override { return !is_held_back || is_round; }

  void on_frame(Connection& connection, std::string_view json) override {
    try {
      core->on_frame(connection.id(), json);
    } catch (const std::bad_alloc&) {
      connection.lose("there is not enough memory for a frame of its");
    }
  }

  void on_input(Connection&) override {
    // Where a turn is coming anyway, what has come can wait for it.
    if (!is_turn_posted) turn();
  }

  void on_congested(Connection& connection, bool is_congested) override {
    core->on_congested(connection.id(), is_congested);
    wake();
  }

  void on_lost(Connection& connection, std::string_view why) override {
    core->on_lost(connection.id(), why);
    wake();
  }

  void on_gone(Connection& connection) override {
    accepted.erase(connection.id());
    connections->remove(connection.id());
  }

  // ─── what the core wants ──────────────────────────────────────────────────────────────────────

  void send(ConnectionId connection, std::string_view json) override {
    connections->send(connection, json);
  }

  void close(ConnectionId connection) override { connections->close(connection); }

  void dial(PeerIndex peer) override {
    const PeerAddress& address = options.peers[peer];
    dialer->dial(address.address, address.name,
                 [this, peer](std::expected<OpenChannel, std::string> channel) {
                   if (stops) return;
                   if (channel) {
                     add(*std::move(channel), peer);
                   } else {
                     core->on_dial_failed(peer, channel.error());
                     wake();
                   }
                 });
  }

  void log(LogLevel level, std::string_view text) override { log_lines.line(level, text); }

  void event(const NodeEvent& event) override {
    if (watcher != nullptr) watcher->event(event);
    if (events) events->add(EventLog::Kind::Trace, to_json(event, unix_milliseconds()));
  }

  void event(const WireEvent& event) override {
    if (watcher != nullptr) watcher->event(event);
    if (events) {
      events->add(EventLog::Kind::Wire, to_json(event, core->options().name, unix_milliseconds()));
    }
  }

  // ─── what the HTTP side asks ──────────────────────────────────────────────────────────────────

  bool is_stopping() const override { return stops; }

  std::string_view name_of(ObjectId object) const override {
    const auto found = names.find(object.number);
    return found == names.end() ? std::string_view() : std::string_view(found->second);
  }

  ShellMetrics shell_metrics() const override {
    const auto peers = core->peers();
    return {.connections = connections->size(),
            .peers_connected = static_cast<std::size_t>(
                std::ranges::count_if(peers, [](const PeerView& peer) { return peer.connected; })),
            .http_connections = http->connections(),
            .event_readers = events->readers(),
            .events = events->next() - 1};
  }

  // ─── the end ──────────────────────────────────────────────────────────────────────────────────

  void wait_for_signal() {
    signals.async_wait([this](error_code cancelled, int signal) {
      if (cancelled) return;
      log(LogLevel::Info, signal == SIGINT ? "interrupted" : "told to stop");
      if (stops) {
        is_interrupted = true;
        return io.stop();
      }
      stop();
      wait_for_signal();
    });
  }

  void stop() {
    if (std::exchange(stops, true)) return;
    end_at = now() + options.stop_timeout;
    listener->close();
    core->begin_stop();
    wake();
  }

  void look_for_end() {
    const Milliseconds time = now();
    if (!is_finished) {
      if (!core->is_idle() && time < end_at) return;
      is_finished = true;
      end_at = time + farewell_time;
      core->finish_stop();
      connections->flush();
      if (http) http->stop();
    }
    const bool is_quiet = connections->size() == 0 && (!http || http->connections() == 0);
    if (is_quiet || time >= end_at) io.stop();
  }

  // The context outlives all that waits in it.
  asio::io_context io{1};
  ShellOptions options;
  Log& log_lines;
  std::unique_ptr<TlsContext> tls;
  std::unique_ptr<Listener> listener;
  std::optional<Connections> connections;
  std::optional<Dialer> dialer;
  std::optional<EventLog> events;
  std::unique_ptr<HttpServer> http;
  std::optional<NodeCore> core;
  std::optional<Routes> routes;
  asio::steady_timer ticks{io};
  asio::signal_set signals{io, SIGINT, SIGTERM};

  std::unordered_set<ConnectionId> accepted;
  std::size_t handshakes = 0;  // of connections to come
  std::unordered_map<std::uint64_t, std::string> names;
  Watcher* watcher = nullptr;
  std::function<bool()> look;
  bool is_turn_posted = false;
  bool is_held_back = false;
  bool is_round = false;  // each connection may read once although it is held back

  bool stops = false;
  bool is_finished = false;  // nothing is under way any more; only what was sent is written
  bool is_interrupted = false;
  Milliseconds end_at = 0;  // of the wait that stopping is in
};

Shell::Shell(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shell::~Shell() = default;

std::expected<std::unique_ptr<Shell>, std::string> Shell::open(ShellOptions options, Log& log) {
  auto impl = std::make_unique<Impl>(std::move(options), log);
  if (const auto opened = impl->open(); !opened) return std::unexpected(opened.error());
  return std::unique_ptr<Shell>(new Shell(std::move(impl)));
}

NodeCore& Shell::core() { return *impl_->core; }
HostPort Shell::address() const { return host_port(impl_->listener->address()); }
std::optional<HostPort> Shell::http_address() const {
  return impl_->http ? std::optional(impl_->http->address()) : std::nullopt;
}

Result<ObjectId> Shell::create(std::string_view behavior, std::string_view name) {
  const auto id = impl_->core->create(behavior, name);
  if (id) impl_->names.insert_or_assign(id->number, std::string(name));
  return id;
}

void Shell::watch(Watcher& watcher) {
  impl_->watcher = &watcher;
  impl_->core->watch(true);
}

void Shell::after_turns(std::function<bool()> look) { impl_->look = std::move(look); }

Shell::End Shell::run() { return impl_->run(); }

void Shell::stop() {
  asio::post(impl_->io, [impl = impl_.get()] { impl->stop(); });
}

}  // namespace avm::node
