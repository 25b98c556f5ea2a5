// What a call between two nodes costs, beside a bare echo and distributed Erlang's gen_server:call.
//
//   node-bench [ROUNDS]
//
// All of them are measured in turn, ROUNDS times (default 5); both ends of each run on one core, since
// else the waking of another one decides. The medians and the ratios are printed.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <csignal>
#include <optional>
#include <span>

#include <malloc.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "asio_echo.hpp"
#include "avm/assemble.hpp"
#include "node/core.hpp"
#include "node/shell/shell.hpp"

namespace avm::bench {
namespace {

constexpr std::uint64_t calls = 20'000;
constexpr std::uint64_t callers = 64;
constexpr std::uint64_t calls_of_each = 500;
constexpr std::uint64_t parked = 100'000;

constexpr std::string_view source = R"(
program ask(%args) {
  match %args, [%target, %n], bad
again:
  %x = call %target, %n
  %n = sub %n, 1
  %more = gt %n, 0
  br %more, again
  ret %x
bad:
  reject "bad"
}
behavior echo(%m) {
  ret %m
}
)";

class Silence final : public node::Log {
 public:
  void line(node::LogLevel level, std::string_view text, std::span<const node::LogField>) override {
    if (level == node::LogLevel::Error) fmt::print(stderr, "{}\n", text);
  }
};

void pin_to_one_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN) - 1), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) std::perror("cannot stay on one core");
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// Another process, which is ended with this object. It says which port it listens on.
class Server {
 public:
  explicit Server(const std::function<void(int to)>& serve) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      close(ends[0]);
      serve(ends[1]);
      _exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &port_, sizeof port_) != sizeof port_) std::abort();
    close(ends[0]);
  }
  ~Server() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  std::uint16_t port() const { return port_; }

 private:
  pid_t process_ = 0;
  std::uint16_t port_ = 0;
};

void tell(int to, std::uint16_t port) {
  if (write(to, &port, sizeof port) != sizeof port) std::abort();
}

void serve_node(int to) {
  Silence log;
  node::ShellOptions options;
  options.node.name = "beta";
  auto shell = node::Shell::open(options, log);
  if (!shell || !(*shell)->core().load(assemble({"bench.avm", std::string(source)}))) std::abort();
  (void)(*shell)->create("echo", "echo");
  tell(to, (*shell)->address().port);
  (*shell)->run();
}

struct NodeFigures {
  double latency = 0;     // microseconds
  double throughput = 0;  // calls a second
  std::size_t request = 0;
  std::size_t answer = 0;  // bytes of a frame
};

NodeFigures measure_node(std::uint16_t port) {
  using Clock = std::chrono::steady_clock;
  Silence log;
  node::ShellOptions options;
  options.node.name = "alpha";
  options.peers.push_back({.name = "beta", .address = {"127.0.0.1", port}});
  auto shell = node::Shell::open(options, log);
  if (!shell) std::abort();
  node::NodeCore& core = (*shell)->core();
  if (!core.load(assemble({"bench.avm", std::string(source)}))) std::abort();
  NodeFigures figures;
  enum class State { Connecting, Warming, One, Many, Done } state = State::Connecting;
  std::uint64_t left = 0;
  Clock::time_point start;
  node::NodeMetrics before;
  const auto submit = [&](std::uint64_t programs, std::uint64_t count) {
    left = programs;
    before = core.metrics();
    start = Clock::now();
    const Val input = Val::list({Val::object(*core.find_name("echo")), Val::nat(count)});
    for (std::uint64_t i = 0; i < programs; ++i) {
      (void)core.submit("ask", input, [&](const Result<Val>& result) {
        if (!result) fmt::print(stderr, "{}\n", result.error().text());
        --left;
      });
    }
  };
  (*shell)->after_turns([&] {
    if (left != 0) return true;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    switch (state) {
    case State::Connecting:
      if (!core.find_name("echo")) return true;
      state = State::Warming;
      submit(1, 2'000);
      return true;
    case State::Warming:
      state = State::One;
      submit(1, calls);
      return true;
    case State::One: {
      figures.latency = seconds * 1e6 / calls;
      const node::NodeMetrics after = core.metrics();
      figures.request =
          (after.bytes_out - before.bytes_out) / (after.frames_out - before.frames_out);
      figures.answer = (after.bytes_in - before.bytes_in) / (after.frames_in - before.frames_in);
      state = State::Many;
      submit(callers, calls_of_each);
      return true;
    }
    case State::Many:
      figures.throughput = callers * calls_of_each / seconds;
      state = State::Done;
      (*shell)->stop();
      return false;
    case State::Done: break;
    }
    return false;
  });
  (*shell)->run();
  return figures;
}

// Nothing that is sent arrives.
class Nowhere final : public node::Outside {
 public:
  void send(node::ConnectionId, std::string_view) override {}
  void close(node::ConnectionId) override {}
  void dial(node::PeerIndex) override {}
  void log(node::LogLevel, std::string_view) override {}
  void event(const node::NodeEvent&) override {}
  void event(const node::WireEvent&) override {}
};

// Bytes that a call which waits for another node takes, all in all.
double measure_parked() {
  Nowhere nowhere;
  node::NodeCore core({.name = "alpha", .prefix = 1}, nowhere, 0);
  if (!core.load(assemble({"bench.avm", std::string(source)}))) std::abort();
  core.on_connected(1, {.address = "nowhere"});
  core.on_frame(1, R"({"type":"create_notify","object_id":844424930131967,"machine_id":"beta",)"
                   R"("hello":{"protocol":2,"machine":"beta","epoch":1,"prefix":2}})");
  const Val input = Val::list({Val::object({std::uint64_t{2} << 48U}), Val::nat(1)});
  const auto run = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      (void)core.submit("ask", input, [](const Result<Val>&) {});
    while (core.run(1'000'000)) {
    }
  };
  run(1'000);
  const auto before = mallinfo2();
  run(parked);
  const auto after = mallinfo2();
  const auto used = [](const struct mallinfo2& info) { return info.uordblks + info.hblkhd; };
  return static_cast<double>(used(after) - used(before)) / parked;
}

struct ErlangFigures {
  double latency = 0;
  double throughput = 0;
};

std::optional<ErlangFigures> measure_erlang(const std::string& script) {
  if (std::system("command -v escript epmd >/dev/null") != 0) return std::nullopt;
  const std::string command = fmt::format(
      "epmd -daemon; coproc S {{ escript '{0}' server; }}; read -r line <&\"${{S[0]}}\"; "
      "escript '{0}' client {1} {2} {3}; echo >&\"${{S[1]}}\"; wait",
      script, calls, callers, calls_of_each);
  FILE* out = popen(("bash -c '" +
                     [&] {
                       std::string quoted;
                       for (const char c : command)
                         quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
                       return quoted;
                     }() +
                     "'")
                        .c_str(),
                    "r");
  ErlangFigures figures;
  const bool is_read = std::fscanf(out, "%lf %lf", &figures.latency, &figures.throughput) == 2;
  pclose(out);
  if (!is_read) return std::nullopt;
  return figures;
}

void row(std::string_view what, std::string_view unit, double ours, std::string_view peer,
         double theirs, std::string_view goal) {
  fmt::print("{:<34} {:>10.1f} {:<10} {:<22} {:>10} {:>8} {}\n", what, ours, unit, peer,
             theirs > 0 ? fmt::format("{:.1f}", theirs) : "missing",
             theirs > 0 ? fmt::format("{:.2f}", ours / theirs) : "", goal);
}

int run(int rounds, const std::string& script) {
  pin_to_one_core();
  const Server node(serve_node);
  const Server echo([](int to) {
    serve_echo([](std::uint16_t port, void* end) { tell(*static_cast<int*>(end), port); }, &to);
  });
  std::vector<double> latency, throughput, bare, erlang_latency, erlang_throughput;
  NodeFigures figures;
  for (int i = 0; i < rounds; ++i) {
    figures = measure_node(node.port());
    latency.push_back(figures.latency);
    throughput.push_back(figures.throughput);
    bare.push_back(time_echo(echo.port(), calls, figures.request, figures.answer) * 1e6 / calls);
    if (const auto erlang = measure_erlang(script)) {
      erlang_latency.push_back(erlang->latency);
      erlang_throughput.push_back(erlang->throughput);
    }
  }
  fmt::print("{} calls with one caller, {} callers of {} calls each; frames of {} and {} bytes; "
             "both ends on "
             "one core; median of {}\n\n",
             calls, callers, calls_of_each, figures.request, figures.answer, rounds);
  row("round trip, one caller", "us", median(latency), "Asio coroutine echo", median(bare),
      "<= 1.6");
  row("round trip, one caller", "us", median(latency), "Erlang gen_server:call",
      median(erlang_latency), "");
  row("calls, 64 callers", "calls/s", median(throughput), "Erlang gen_server:call",
      median(erlang_throughput), ">= 3");
  fmt::print("{:<34} {:>10.0f} {:<10} {:<22} {:>10} {:>8} {}\n", "a call that waits, of 100,000",
             measure_parked(), "bytes", "", "", "", "<= 1024");
  return 0;
}

}  // namespace
}  // namespace avm::bench

int main(int argc, char** argv) {
  const char* const root = std::getenv("AVM_SOURCE_ROOT");
  const std::string script =
      std::string(root == nullptr ? "." : root) + "/tests/bench/node/erlang_echo.escript";
  return avm::bench::run(argc > 1 ? std::atoi(argv[1]) : 5, script);
}
