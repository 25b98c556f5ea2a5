#include "node/shell/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <expected>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "avm/text.hpp"
#include "node/embedded.hpp"
#include "node/shell/object_json.hpp"

namespace avm::node {
namespace {

constexpr std::uint64_t objects_default = 100;
constexpr std::uint64_t objects_max = 1'000;
/// A page of objects ends after so many bytes.
constexpr std::size_t objects_bytes = std::size_t{4} << 20U;

/// Nothing from elsewhere comes in, but the events of peers.
constexpr std::string_view page_policy =
    "default-src 'self'; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

HttpReply bad_request(std::string_view text) { return error_reply(400, "BadRequest", text); }
HttpReply not_found() { return error_reply(404, "NotFound", "there is nothing of that name"); }

HttpReply error_reply_of(const Error& error) {
  switch (error.code) {
  case ErrorCode::MachineError_Unreachable: return error_reply(502, error.name(), error.text());
  case ErrorCode::ObjError_NotFound: return error_reply(404, error.name(), error.text());
  default: return error_reply(422, error.name(), error.text());
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// Null where it is none of the page's files.
const EmbeddedFile* page_file(std::string_view path) {
  constexpr std::string_view folder = "/web/";
  if (path != "/" && !path.starts_with(folder)) return nullptr;
  const std::string_view name = path == "/" ? "index.html" : path.substr(folder.size());
  const auto files = page_files();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  return found == files.end() ? nullptr : &*found;
}

HttpReply page(const EmbeddedFile& file) {
  return {.content_type = std::string(file.content_type),
          .body = std::string(file.bytes),
          .headers = {{"Content-Security-Policy", std::string(page_policy)},
                      {"Referrer-Policy", "no-referrer"}}};
}

/// The two texts of a POST's body.
struct Post {
  std::string target;
  std::string value;
};

std::expected<Post, std::string> parse_post(const std::string& body, std::string_view value_name) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body).get(object) != simdjson::SUCCESS) {
    return std::unexpected("the body has to be a JSON object");
  }
  const auto text = [&](std::string_view name, std::string& result) {
    std::string_view value;
    if (object[name].get(value) != simdjson::SUCCESS) return false;
    result = value;
    return true;
  };
  Post post;
  if (!text("target", post.target)) return std::unexpected("\"target\" has to be a string");
  if (!text(value_name, post.value)) {
    return std::unexpected(
        fmt::format("\"{}\" has to be a string: the text form of a value", value_name));
  }
  return post;
}

/// What a page of objects is asked for.
struct ObjectQuery {
  std::optional<ObjectId> after;
  std::uint64_t limit = objects_default;
  std::string filter;

  static std::expected<ObjectQuery, std::string> parse(const Url& url, const FindName& find) {
    ObjectQuery query;
    if (const std::string* const text = url.find("after")) {
      const auto after = parse_target(*text, find);
      if (!after) return std::unexpected("after: " + after.error());
      query.after = *after;
    }
    if (const std::string* const text = url.find("limit")) {
      const auto limit = number(*text);
      if (!limit || *limit == 0) return std::unexpected("limit has to be a number above 0");
      query.limit = std::min(*limit, objects_max);
    }
    if (const std::string* const text = url.find("filter")) query.filter = *text;
    return query;
  }

  bool takes(const ObjectView& object, std::string_view name) const {
    return filter.empty() || object.behavior.contains(filter) || name.contains(filter) ||
           to_text(object.id).contains(filter);
  }
};

}  // namespace

void Routes::handle(const HttpRequest& request, const HostPort& local, Respond respond) {
  if (auto refusal = refuse_host(request, rules_, local)) return respond(*std::move(refusal));
  const auto url = Url::parse(request.target);
  if (!url) return respond(bad_request("the request's target is no path"));
  if (request.method == "GET") return respond(readable(get(request, *url), request));
  // A browser asks for leave, without the token, before it sends the token to another node.
  if (request.method == "OPTIONS" && is_from_peer(request)) {
    return respond(readable(
        {.status = 204, .headers = {{"Access-Control-Allow-Headers", "authorization"}}}, request));
  }
  if (auto refusal = refuse(request, rules_)) return respond(*std::move(refusal));
  if (request.method == "POST") return post(request, *url, std::move(respond));
  HttpReply reply = error_reply(405, "BadRequest", "only GET and POST are known");
  reply.headers.emplace_back("Allow", "GET, POST");
  respond(std::move(reply));
}

// ─── GET ────────────────────────────────────────────────────────────────────────────────────────

HttpReply Routes::get(const HttpRequest& request, const Url& url) const {
  const std::string_view path = url.path;
  if (const EmbeddedFile* const file = page_file(path)) return page(*file);
  if (auto refusal = refuse(request, rules_)) return *std::move(refusal);
  if (path == "/health") return health();
  if (path == "/objects") return objects(url);
  if (path.starts_with("/objects/")) return object(path.substr(9));
  if (path == "/peers") return peers();
  if (path == "/metrics") return metrics();
  if (path == "/events") return events(request, url);
  return not_found();
}

bool Routes::is_from_peer(const HttpRequest& request) const {
  if (request.origin.empty()) return false;
  std::vector<std::string> pages;
  for (PeerView& peer : core_.peers()) {
    if (peer.connected) pages.push_back(std::move(peer.http));
  }
  return is_from(request, pages);
}

HttpReply Routes::readable(HttpReply reply, const HttpRequest& request) const {
  if (request.origin.empty()) return reply;
  reply.headers.emplace_back("Vary", "Origin");
  if (is_from_peer(request)) {
    reply.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
  }
  return reply;
}

HttpReply Routes::health() const {
  const bool is_stopping = host_.is_stopping();
  return {.status = is_stopping ? 503U : 200U,
          .body = fmt::format(R"({{"name":{},"status":"{}"}})", json_string(core_.options().name),
                              is_stopping ? "stopping" : "ok")};
}

HttpReply Routes::objects(const Url& url) const {
  const auto query = ObjectQuery::parse(url, names());
  if (!query) return bad_request(query.error());
  std::string list;
  std::uint64_t total = 0;
  std::uint64_t shown = 0;
  std::optional<ObjectId> last;
  bool is_more = false;
  core_.for_each_object([&](const ObjectView& object) {
    const std::string_view name = host_.name_of(object.id);
    if (!query->takes(object, name)) return;
    ++total;
    if (query->after && object.id <= *query->after) return;
    is_more = shown == query->limit || list.size() > objects_bytes;
    if (is_more) return;
    if (shown++ > 0) list += ',';
    list += object_json(object, name);
    last = object.id;
  });
  return {.body = fmt::format(R"({{"objects":[{}],"total":{},"next":{}}})", list, total,
                              is_more ? json_string(to_text(*last)) : "null")};
}

HttpReply Routes::object(std::string_view id) const {
  const auto object = parse_target(id, names());
  if (!object) return bad_request(object.error());
  if (const auto view = core_.find_object(*object)) {
    return {.body = object_json(*view, host_.name_of(*object))};
  }
  HttpReply reply = error_reply_of(Error(ErrorCode::ObjError_NotFound, Val::object(*object)));
  if (const auto machine = core_.located(*object)) {
    reply.body.pop_back();
    reply.body += fmt::format(R"(,"machine":{}}})", json_string(*machine));
  }
  return reply;
}

HttpReply Routes::peers() const {
  const NodeOptions& self = core_.options();
  std::string list;
  for (const PeerView& peer : core_.peers()) {
    if (!list.empty()) list += ',';
    list += fmt::format(
        R"({{"machine":{},"address":{},"connected":{},"protocol":{},"prefix":{},"epoch":{},)"
        R"("http":{},"requests_out":{},"requests_in":{},"announced":{}}})",
        json_string(peer.machine), json_string(peer.address), peer.connected,
        peer.protocol2 ? 2 : 1, peer.prefix, peer.epoch, json_string(peer.http), peer.requests_out,
        peer.requests_in, peer.announced);
  }
  return {.body = fmt::format(
              R"({{"self":{{"machine":{},"prefix":{},"root":"{}","http":{},"epoch":{}}},)"
              R"("peers":[{}]}})",
              json_string(self.name), self.prefix, to_text(core_.root()), json_string(self.http),
              self.epoch, list)};
}

HttpReply Routes::metrics() const {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_text(core_.metrics(), host_.shell_metrics())};
}

HttpReply Routes::events(const HttpRequest& request, const Url& url) const {
  const std::string* const after = url.find("after");
  const std::string_view seen = !request.last_event_id.empty() ? request.last_event_id
                                : after != nullptr             ? std::string_view(*after)
                                                               : std::string_view();
  const auto id = seen.empty() ? std::optional(events_.next() - 1) : number(seen);
  if (!id) return bad_request("the id of an event is a number");
  return {.headers = {{"Avm-Last-Event", std::to_string(events_.next() - 1)}},
          .events_from = events_.after(*id)};
}

FindName Routes::names() const {
  return [this](std::string_view name) { return core_.find_name(name); };
}

// ─── POST ───────────────────────────────────────────────────────────────────────────────────────

void Routes::post(const HttpRequest& request, const Url& url, Respond respond) {
  const bool is_call = url.path == "/call";
  if (!is_call && url.path != "/post") return respond(not_found());
  const auto texts = parse_post(request.body, is_call ? "input" : "message");
  if (!texts) return respond(bad_request(texts.error()));
  const auto target = parse_target(texts->target, names());
  if (!target) return respond(bad_request("\"target\": " + target.error()));
  auto value = parse_named_value(texts->value, names());
  if (!value) return respond(bad_request(value.error()));

  const auto done = [respond = std::move(respond), is_call](const Result<Val>& result) {
    if (!result) return respond(error_reply_of(result.error()));
    if (!is_call) return respond({.status = 202, .body = R"({"posted":true})"});
    respond({.body = fmt::format(R"({{"value":{}}})", value_json(*result))});
  };
  if (is_call) {
    core_.call(*target, *std::move(value), done);
  } else {
    core_.post(*target, *std::move(value), done);
  }
  host_.wake();
}

}  // namespace avm::node
