// A node among peers that say anything: frames, connections, time and programs of its own, in any order.
//
// An input that begins with `{` is a conversation as text: a frame a line, from one connection to
// the next where a line is empty. Any other is a row of choices.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "avm/heap.hpp"
#include "avm/text.hpp"
#include "fuzz/made_frame.hpp"
#include "node/core.hpp"

using namespace avm;
using namespace avm::fuzz;
using namespace avm::node;

namespace {

constexpr std::size_t connections_max = 3;
constexpr unsigned turns_max = 20'000;
// What one frame, or one event, may take beyond the limit of the heap.
constexpr std::size_t heap_slack = std::size_t{1} << 20U;
constexpr std::size_t log_line_max = 7'000;
constexpr std::uint64_t own_objects = std::uint64_t{own_prefix} << 48U;

NodeOptions options_of_test() {
  NodeOptions options{.name = std::string(own_name), .prefix = own_prefix, .epoch = 1};
  options.limits = {.frame = {.bytes = std::size_t{16} << 10U, .nesting = 60},
                    .requests = 8,
                    .peer_bytes = 4'000,
                    .announced = 10,
                    .peers = 7,
                    .outside = {.steps = 1'000, .memory = std::uint64_t{4} << 20U, .depth = 50},
                    .own = {.steps = 1'000, .memory = std::uint64_t{8} << 20U, .depth = 50}};
  return options;
}

// Of the frames that go either way. Its buffers take longer to make than all else in a conversation.
FrameDecoder& decoder() {
  static FrameDecoder made({.bytes = no_limit, .nesting = 60});
  return made;
}

// The other end of a connection.
struct Line {
  Speaker speaker{};
  bool has_spoken = false;
  bool has_hello = false;  // says that it knows protocol 2
  unsigned pings = 0;
  std::size_t takes = no_limit;  // bytes, by its hello
};

class Conversation final : public Outside {
 public:
  explicit Conversation(Choices& choices)
      : choices_(choices), maker_(choices), core_(options_of_test(), *this, 0) {
    require(core_.load(node_program()).has_value());
    core_.watch(true);
    core_.add_peer("beta", "beta:1");
    core_.add_peer("gamma", "gamma:1");
  }

  void run() {
    make_objects();
    set_scene();
    while (choices_.are_left()) {
      act();
      check();
    }
    stop();
  }

  void run(std::string_view text) {
    make_objects();
    connect({.address = "text"});
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      if (line.empty()) {
        connect({.address = "text"});
      } else if (const auto found = lines_.find(next_connection_ - 1); found != lines_.end()) {
        receive(found->first, line);
      }
      run_core();
      check();
    }
    stop();
  }

  // ─── what the core wants done ─────────────────────────────────────────────────────────────────

  void send(ConnectionId connection, std::string_view json) override {
    Line& line = lines_.at(connection);
    const auto frame = decoder().decode(json);
    require(frame.has_value(), "what it sends is a frame");
    note(line, *frame);
    // Its own hello comes first, and who is refused is told why.
    const auto* notify = std::get_if<CreateNotify>(&*frame);
    const bool may_be_long =
        (notify != nullptr && notify->hello) || std::holds_alternative<Goodbye>(*frame);
    require(may_be_long || json.size() <= line.takes, "it fits");
  }
  void close(ConnectionId connection) override {
    require(lines_.erase(connection) == 1, "a connection is closed once");
  }
  void dial(PeerIndex peer) override { dialled_.push_back(peer); }
  void log(LogLevel, std::string_view text) override {
    require(is_utf8(text) && text == bare(text), "a log line is a line");
    require(text.size() <= log_line_max, "a log line is short");
  }
  void event(const NodeEvent& event) override { require(!to_text(event.entry).empty()); }
  void event(const WireEvent& event) override {
    require(is_utf8(event.error));
    if (event.value != nullptr) maker_.keep(*event.value);
  }

 private:
  // ─── what happens ─────────────────────────────────────────────────────────────────────────────

  void order(std::string_view what, ObjectId object, Val x) {
    const auto untold = [](const Result<Val>&) {};
    require(core_.submit("act", FrameMaker::order(what, object, std::move(x)), untold).has_value());
    run_core();
  }

  void make_objects() {
    order("make", {}, Val::str("counter"));
    for (const char* behavior : {"does", "waiter"})
      require(core_.create(behavior).has_value());
  }

  // For some conversations there are peers, and for some of these replicas of an object.
  void set_scene() {
    const unsigned scene = choices_.below(4);
    if (scene == 0) return;
    const ConnectionId beta = meet("beta", 2);
    const ConnectionId gamma = meet("gamma", 3);
    if (scene == 2) {
      // Of one of its own, at both peers.
      for (const ConnectionId connection : {beta, gamma})
        tell(connection, maker_.fetch(lines_[connection].speaker, {own_objects}));
    } else if (scene == 3) {
      // Of one of beta's, here.
      order("fetch", {std::uint64_t{2} << 48U}, Val::nothing());
      std::vector<Asked>& asked = lines_[beta].speaker.asked;
      require(!asked.empty());
      tell(beta, CallResponse{asked.back().id, maker_.replica()});
    }
    run_core();
  }

  ConnectionId meet(const char* name, std::uint16_t prefix) {
    connect({.address = "somewhere"});
    const ConnectionId connection = next_connection_ - 1;
    lines_[connection].speaker.name = name;
    tell(connection, FrameMaker::hello({.machine = name, .prefix = prefix}));
    return connection;
  }

  void act() {
    switch (choices_.below(16)) {
    case 0:
      if (lines_.size() < connections_max) greet();
      break;
    case 1: lose(); break;
    case 2: on_dialled(); break;
    case 3: pass_time(); break;
    case 4:
    case 5: ask_here(); break;
    case 6: congest(); break;
    case 7: say_anything(); break;
    case 8:
      if (choices_.one_in(16)) core_.begin_stop();
      break;
    default:
      if (lines_.empty()) {
        greet();
      } else {
        speak();
      }
      break;
    }
    if (choices_.below(4) != 0) run_core();
  }

  void connect(Connected what) {
    lines_.emplace(next_connection_, Line());
    core_.on_connected(next_connection_++, std::move(what));
  }

  // Somebody connects, and mostly says who it is.
  void greet() {
    connect({.address = "somewhere"});
    const ConnectionId connection = next_connection_ - 1;
    if (choices_.below(4) == 0) {
      lines_[connection].speaker.name = maker_.machine();
    } else {
      tell(connection, maker_.hello(lines_[connection].speaker));
    }
  }

  std::optional<ConnectionId> any_line() {
    if (lines_.empty()) return std::nullopt;
    return std::next(lines_.begin(), choices_.below(lines_.size()))->first;
  }

  void lose() {
    const auto line = any_line();
    if (!line) return;
    lines_.erase(*line);
    core_.on_lost(*line, "the other side has closed it");
  }

  void on_dialled() {
    if (dialled_.empty()) return;
    const PeerIndex peer = dialled_.front();
    dialled_.pop_front();
    if (lines_.size() == connections_max || choices_.below(4) == 0) {
      core_.on_dial_failed(peer, "nobody is there");
    } else {
      Connected what{.peer = peer, .address = "somewhere"};
      if (choices_.one_in(8)) what.certified_name = maker_.machine();
      connect(std::move(what));
    }
  }

  void pass_time() {
    constexpr std::array<Milliseconds, 4> spans{1, 100, 5'000, 60'000};
    now_ += choices_.of(spans);
    core_.on_tick(now_);
  }

  void ask_here() {
    ++asked_;
    const auto done = [this, count = std::make_shared<unsigned>(0)](const Result<Val>& result) {
      require(++*count == 1, "a client is told once");
      ++told_;
      if (result) {
        maker_.keep(*result);
      } else {
        require(!result.error().text().empty());
      }
    };
    switch (choices_.below(4)) {
    case 0: core_.call(maker_.object(), maker_.value(), done); break;
    case 1: core_.post(maker_.object(), maker_.value(), done); break;
    default: require(core_.submit("act", maker_.order(), done).has_value()); break;
    }
  }

  void congest() {
    if (const auto line = any_line()) core_.on_congested(*line, choices_.below(2) == 0);
  }

  void say_anything() {
    const auto line = any_line();
    std::string bytes(choices_.below(40), ' ');
    std::ranges::generate(bytes, [&] { return static_cast<char>(choices_.byte()); });
    if (line) receive(*line, bytes);
  }

  void speak() {
    const ConnectionId line = *any_line();
    tell(line, maker_.frame(lines_[line].speaker));
  }

  void tell(ConnectionId connection, const Frame& frame) {
    std::string json;
    require(encode(frame, {.bytes = no_limit, .nesting = 1'000}, json));
    receive(connection, json);
  }

  void receive(ConnectionId connection, std::string_view json) {
    Line& line = lines_[connection];
    if (const auto frame = decoder().decode(json)) {
      const auto* notify = std::get_if<CreateNotify>(&*frame);
      if (notify != nullptr && notify->hello && !line.has_spoken) {
        line.has_hello = true;
        line.takes = notify->hello->limits.bytes;
      }
      line.pings += std::holds_alternative<Ping>(*frame);
    }
    line.has_spoken = true;
    core_.on_frame(connection, json);
  }

  // ─── what must hold ───────────────────────────────────────────────────────────────────────────

  void note(Line& line, const Frame& frame) {
    if (const auto* asked = std::get_if<Ask>(&frame)) {
      require(line.has_hello, "who knows the book alone is asked for calls alone");
      line.speaker.asked.push_back({asked->request_id, asked->request});
      for (const Val& argument : asked->arguments)
        maker_.keep(argument);
    } else if (const auto* call = std::get_if<Call>(&frame)) {
      require(line.has_hello || call->extras == RequestExtras());
      line.speaker.asked.push_back({call->request_id, std::nullopt});
    } else if (const auto* response = std::get_if<CallResponse>(&frame)) {
      require(line.has_hello || response->result || !response->result.error().error);
      if (response->result) maker_.keep(*response->result);
    } else if (std::holds_alternative<Pong>(frame)) {
      require(line.pings-- != 0, "it answers pings alone");
    } else {
      require(line.has_hello ||
              !(std::holds_alternative<Ping>(frame) || std::holds_alternative<Goodbye>(frame)));
    }
  }

  void run_core() {
    for (unsigned turns = 0; core_.run(500); ++turns)
      require(turns < turns_max, "executions come to an end");
  }

  void check() {
    const NodeOptions& options = core_.options();
    const NodeLimits& limits = options.limits;
    const NodeMetrics metrics = core_.metrics();
    const std::vector<PeerView> peers = core_.peers();
    require(peers.size() <= limits.peers);
    require(metrics.directory <= limits.announced * (limits.peers + 1));
    require(metrics.heap_bytes <= limits.own.memory + heap_slack);
    std::uint64_t under_way = 0;
    for (const PeerView& peer : peers) {
      require(peer.requests_in <= limits.requests);
      under_way += peer.requests_in;
    }
    require(under_way <= metrics.executions);
    // Those of strangers, and of this node, each of which may wake an object.
    require(metrics.executions <= under_way + limits.requests + 2 * (asked_ + 2));
  }

  void stop() {
    core_.begin_stop();
    run_core();
    core_.finish_stop();
    require(lines_.empty(), "nothing is open");
    run_core();
    require(core_.is_idle(), "nothing is under way");
    require(told_ == asked_, "each client is told");
    core_.on_tick(now_ + 100'000);
    check();
  }

  Choices& choices_;
  FrameMaker maker_;
  std::map<ConnectionId, Line> lines_;
  std::deque<PeerIndex> dialled_;
  ConnectionId next_connection_ = 1;
  Milliseconds now_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t told_ = 0;
  NodeCore core_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  node_program();
  static const bool has_run = [] {
    Choices none({});
    Conversation(none).run();  // what is made once is made
    return true;
  }();
  require(has_run);
  const std::size_t before = heap::bytes_in_use();
  {
    const std::string_view input = text({data, size});
    Choices choices({data, size});
    Conversation conversation(choices);
    if (input.starts_with('{')) {
      conversation.run(input);
    } else {
      conversation.run();
    }
  }
  require(heap::bytes_in_use() == before, "no value is left behind");
  return 0;
}
