#include "lib/ctl.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "avm/text.hpp"
#include "lib/ctl_options.hpp"
#include "lib/files.hpp"
#include "lib/http_client.hpp"
#include "lib/sse.hpp"
#include "lib/table.hpp"
#include "lib/value_output.hpp"
#include "node/shell/url.hpp"

namespace avm {
namespace {

namespace dom = simdjson::dom;

/// A state in a table.
constexpr std::size_t cell_max = 60;

std::string cut(std::string_view text) {
  if (code_point_count(text) <= cell_max) return bare(text);
  return bare(text.substr(0, code_point_offset(text, cell_max))) + "…";
}

std::string text_of(const dom::element& element, std::string_view name) {
  std::string_view text;
  if (element[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

std::uint64_t number_of(const dom::element& element, std::string_view name) {
  std::uint64_t number = 0;
  return element[name].get(number) == simdjson::SUCCESS ? number : 0;
}

bool is_true(const dom::element& element, std::string_view name) {
  bool value = false;
  return element[name].get(value) == simdjson::SUCCESS && value;
}

/// A value's text form.
std::string value_of(const dom::element& element, std::string_view name) {
  dom::element value;
  return element[name].get(value) == simdjson::SUCCESS ? text_of(value, "text") : std::string();
}

std::size_t size_of(const dom::element& element, std::string_view name) {
  dom::array array;
  return element[name].get(array) == simdjson::SUCCESS ? array.size() : 0;
}

/// Calls `take` with each element of the array `name`.
template <typename Take>
void for_each(const dom::element& element, std::string_view name, Take take) {
  dom::array array;
  if (element[name].get(array) != simdjson::SUCCESS) return;
  for (const dom::element one : array)
    take(one);
}

class Ctl {
 public:
  Ctl(CtlOptions options, Io& io) : options_(std::move(options)), io_(io) {}

  ExitCode operator()() {
    if (const auto code = connect()) return *code;
    const std::string_view command = options_.command;
    if (command == "objects") return objects();
    if (command == "object") return object();
    if (command == "peers") return peers();
    if (command == "call") return call();
    if (command == "post") return post();
    if (command == "events") return events();
    return health();
  }

 private:
  ExitCode stop(ExitCode code, std::string_view message) {
    say_error(io_, message);
    return code;
  }

  std::optional<ExitCode> connect() {
    HttpClient::Options client{.node = options_.node};
    // What is waited for without end has its own end: the node's.
    if (options_.command != "call" && !options_.follow && !options_.count) {
      client.timeout = options_.timeout;
    }
    if (!options_.token_file.empty()) {
      auto token = read_input(options_.token_file, io_);
      if (!token) return stop(ExitCode::Usage, token.error());
      token->erase(token->find_last_not_of(" \t\r\n") + 1);
      client.token = *std::move(token);
    }
    client_.emplace(std::move(client));
    return std::nullopt;
  }

  // ─── answers ──────────────────────────────────────────────────────────────────────────────────

  using Answer = std::expected<HttpAnswer, std::string>;

  /// What the node has answered; as the error, how the tool ends where that is no success.
  std::expected<dom::element, ExitCode> accept(const Answer& answer) {
    if (!answer) return std::unexpected(stop(ExitCode::Failed, answer.error()));
    dom::element json;
    if (parser_.parse(answer->body).get(json) != simdjson::SUCCESS) {
      return std::unexpected(
          stop(ExitCode::Failed,
               fmt::format("{} is no node: its answer is no JSON", to_text(options_.node))));
    }
    if (answer->status < 300) return json;
    return std::unexpected(stop(exit_code(answer->status), error_text(json)));
  }

  static ExitCode exit_code(unsigned status) {
    switch (status) {
    case 400:
    case 401:
    case 403: return ExitCode::Usage;
    default: return ExitCode::Failed;
    }
  }

  static std::string error_text(const dom::element& json) {
    dom::element error;
    std::string text = json["error"].get(error) == simdjson::SUCCESS ? text_of(error, "text")
                                                                     : "the node has refused it";
    if (const std::string machine = text_of(json, "machine"); !machine.empty()) {
      text += fmt::format(" here; it is on {}", machine);
    }
    return text;
  }

  void print_json(const dom::element& json) { io_.out << simdjson::minify(json) << '\n'; }

  // ─── commands ─────────────────────────────────────────────────────────────────────────────────

  ExitCode objects() {
    Table table({"ID", "NAME", "BEHAVIOR", "STATE", "MAILBOX"});
    const std::string filter =
        options_.arguments.empty() ? "" : "&filter=" + node::percent_encoded(options_.arguments[0]);
    std::string after;
    do {
      const auto page = accept(client_->get("/objects?limit=1000" + filter + after));
      if (!page) return page.error();
      for_each(*page, "objects", [&](const dom::element& one) {
        if (options_.json) return print_json(one);
        const std::string waits = is_true(one, "waiting") ? " (waits)" : "";
        table.add({text_of(one, "id"), text_of(one, "name"), text_of(one, "behavior"),
                   cut(value_of(one, "state")),
                   fmt::format("{}{}", number_of(one, "mailbox_size"), waits)});
      });
      const std::string next = text_of(*page, "next");
      after = next.empty() ? "" : "&after=" + node::percent_encoded(next);
    } while (!after.empty());
    if (!options_.json) table.write(io_.out);
    return ExitCode::Done;
  }

  ExitCode object() {
    const auto one =
        accept(client_->get("/objects/" + node::percent_encoded(options_.arguments[0])));
    if (!one) return one.error();
    if (options_.json) {
      print_json(*one);
      return ExitCode::Done;
    }
    const auto line = [this](std::string_view name, const std::string& value) {
      if (!value.empty()) io_.out << fmt::format("{:<20} {}\n", name, value);
    };
    for (const std::string_view name :
         {"id", "name", "behavior", "machine", "creating_controller", "current_controller"}) {
      line(name, text_of(*one, name));
    }
    line("state", value_of(*one, "state"));
    line("waiting", is_true(*one, "waiting") ? "yes" : "no");
    line("mailbox", std::to_string(number_of(*one, "mailbox_size")));
    for_each(*one, "mailbox",
             [&](const dom::element& message) { line("  message", text_of(message, "text")); });
    const std::uint64_t hidden = number_of(*one, "mailbox_size") - size_of(*one, "mailbox");
    if (hidden > 0) line("  and more", std::to_string(hidden));
    return ExitCode::Done;
  }

  ExitCode peers() {
    const auto json = accept(client_->get("/peers"));
    if (!json) return json.error();
    if (options_.json) {
      print_json(*json);
      return ExitCode::Done;
    }
    Table table({"MACHINE", "ADDRESS", "STATE", "PROTOCOL", "HTTP", "ASKED", "ASKS", "OBJECTS"});
    for_each(*json, "peers", [&](const dom::element& peer) {
      const auto count = [&](std::string_view name) {
        return std::to_string(number_of(peer, name));
      };
      table.add({text_of(peer, "machine"), text_of(peer, "address"),
                 is_true(peer, "connected") ? "connected" : "away", count("protocol"),
                 text_of(peer, "http"), count("requests_out"), count("requests_in"),
                 count("announced")});
    });
    table.write(io_.out);
    return ExitCode::Done;
  }

  ExitCode call() {
    const auto json = accept(client_->post("/call", request("input")));
    if (!json) return json.error();
    if (options_.json) {
      print_json(*json);
    } else {
      io_.out << value_of(*json, "value") << '\n';
    }
    return ExitCode::Done;
  }

  ExitCode post() {
    const auto json = accept(client_->post("/post", request("message")));
    if (!json) return json.error();
    if (options_.json) print_json(*json);
    return ExitCode::Done;
  }

  std::string request(std::string_view value_name) const {
    return fmt::format(R"({{"target":{},"{}":{}}})", json_string(options_.arguments[0]), value_name,
                       json_string(options_.arguments[1]));
  }

  ExitCode health() {
    const auto answer = client_->get("/health");
    if (!answer) return stop(ExitCode::Failed, answer.error());
    if (answer->status != 200 && answer->status != 503) return accept(answer).error();
    dom::element json;
    if (parser_.parse(answer->body).get(json) != simdjson::SUCCESS) return accept(answer).error();
    if (options_.json) {
      print_json(json);
    } else {
      io_.out << fmt::format("{} {}\n", text_of(json, "name"), text_of(json, "status"));
    }
    return answer->status == 200 ? ExitCode::Done : ExitCode::Failed;
  }

  // ─── events ───────────────────────────────────────────────────────────────────────────────────

  ExitCode events() {
    std::uint64_t last = 0;
    std::uint64_t shown = 0;
    bool is_done = false;
    SseReader reader;
    const auto goes_on = [&](std::uint64_t id) {
      const bool is_enough =
          options_.count ? shown >= *options_.count : !options_.follow && id >= last;
      is_done |= is_enough;
      return !is_enough;
    };
    const std::uint64_t after = options_.after.value_or(0);
    const auto answer = client_->stream(
        fmt::format("/events?after={}", after),
        [&](const HttpClient::StreamHead& head) {
          last = head.last_event;
          return goes_on(after);
        },
        [&](std::string_view bytes) {
          return reader.feed(bytes, [&](const ServerEvent& event) {
            print_event(event);
            ++shown;
            return goes_on(number(event.id));
          });
        });
    if (is_done) return ExitCode::Done;
    if (!answer) return stop(ExitCode::Failed, answer.error());
    if (answer->status != 200) return accept(answer).error();
    return stop(ExitCode::Failed, "the node has ended the events");
  }

  static std::uint64_t number(const std::string& text) {
    const auto value = parse_value(text);
    return value && value->is_nat() ? value->as_nat() : 0;
  }

  void print_event(const ServerEvent& event) {
    dom::element json;
    if (options_.json || parser_.parse(event.data).get(json) != simdjson::SUCCESS) {
      io_.out << event.data << '\n';
    } else {
      io_.out << fmt::format("{:>6}  {}\n", event.id, event_text(event.event, json));
    }
    io_.out.flush();
  }

  static std::string event_text(std::string_view kind, const dom::element& json) {
    if (kind == "skipped") return fmt::format("{} events were skipped", number_of(json, "count"));
    if (kind != "wire") {
      return fmt::format("#{:<3} {:>4}  {}", number_of(json, "execution"),
                         number_of(json, "timestamp"), text_of(json, "text"));
    }
    const std::string what = text_of(json, "what");
    std::string from = text_of(json, "sender");
    std::string to = text_of(json, "target");
    if (what.starts_with("answer")) std::swap(from, to);
    const std::string error = text_of(json, "error");
    return fmt::format("{}  {} {}  {} -> {}  {}", what, text_of(json, "peer"),
                       number_of(json, "request_id"), from, to,
                       error.empty() ? text_of(json, "value") : error);
  }

  CtlOptions options_;
  Io& io_;
  std::optional<HttpClient> client_;
  dom::parser parser_;
};

}  // namespace

ExitCode ctl(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_ctl_options(arguments, io);
  if (!options) return options.error();
  return Ctl(*std::move(options), io)();
}

}  // namespace avm
