// Writes frames, straight into the string that is sent.
#include <algorithm>

#include "core/json_write.hpp"
#include "node/frame.hpp"

namespace avm::node {

namespace {

/// Appends one frame. Unless it comes to its end and fits, the string is as it was.
class Writer {
 public:
  Writer(const FrameLimits& limits, std::string& out)
      : limits_(limits), out_(out), start_(out.size()) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (!is_kept_) out_.resize(start_);
  }

  // `before`: all that stands between the last content and this one, such as `,"target":`.
  void raw(std::string_view text) { out_ += text; }
  void number(std::string_view before, std::uint64_t number) {
    out_ += before;
    append_number(number, out_);
  }
  void string(std::string_view before, std::string_view text) {
    out_ += before;
    append_json_string(text, out_);
  }
  void value(std::string_view before, const Val& value) {
    out_ += before;
    const std::size_t bytes = limits_.bytes - std::min(limits_.bytes, out_.size() - start_);
    is_whole_ &= append_json(value, {.bytes = bytes, .nesting = limits_.nesting}, out_);
  }
  template <typename Values>
  void values(std::string_view before, const Values& all) {
    out_ += before;
    std::string_view between = "[";
    for (const Val& one : all) {
      value(between, one);
      between = ",";
      if (!is_whole_) return;
    }
    out_ += all.empty() ? "[]" : "]";
  }

  bool finish() {
    out_ += '}';
    is_kept_ = is_whole_ && out_.size() - start_ <= limits_.bytes;
    return is_kept_;
  }

 private:
  const FrameLimits& limits_;
  std::string& out_;
  std::size_t start_;
  bool is_whole_ = true;
  bool is_kept_ = false;
};

void put_settled(const std::optional<std::uint64_t>& settled, Writer& to) {
  if (settled) to.number(R"(,"settled":)", *settled);
}

void put_moves(std::uint32_t moves, Writer& to) {
  if (moves != 0) to.number(R"(,"moves":)", moves);
}

void put_sender(ObjectId sender, std::string_view machine, const RequestExtras& extras,
                Writer& to) {
  to.number(R"(,"sender":)", sender.number);
  to.string(R"(,"sender_machine":)", machine);
  put_settled(extras.settled, to);
  if (extras.trace) {
    to.number(R"(,"trace":{"execution":)", extras.trace->execution);
    to.number(R"(,"seq":)", extras.trace->seq);
    to.raw("}");
  }
  put_moves(extras.moves, to);
}

constexpr std::string_view call_response = R"({"type":"call_response","request_id":)";

void put_error(const Error& error, Writer& to) {
  const ErrorInfo& info = error_info(error.code);
  to.string(R"(,"error":{"name":)", info.name);
  to.values(R"(,"data":)", std::span(error.data).first(info.data_names.size()));
  to.raw("}");
}

void put_hello(const Hello& hello, Writer& to) {
  to.number(R"(,"hello":{"protocol":)", hello.protocol);
  to.string(R"(,"machine":)", hello.machine);
  to.number(R"(,"epoch":)", hello.epoch);
  to.number(R"(,"prefix":)", hello.prefix);
  to.number(R"(,"max_frame":)", hello.limits.bytes);
  to.number(R"(,"max_nesting":)", hello.limits.nesting);
  if (!hello.http.empty()) to.string(R"(,"http":)", hello.http);
  to.raw("}");
}

void put(const CallResponse& response, Writer& to) {
  to.number(call_response, response.request_id);
  if (response.result) {
    to.value(R"(,"result":{"Ok":)", *response.result);
    to.raw("}");
    return;
  }
  const Refusal& refusal = response.result.error();
  to.string(R"(,"result":{"Err":)", refusal.text);
  to.raw("}");
  if (refusal.error) put_error(*refusal.error, to);
}

void put(const CreateNotify& notify, Writer& to) {
  to.number(R"({"type":"create_notify","object_id":)", notify.object.number);
  to.string(R"(,"machine_id":)", notify.machine);
  if (notify.hello) put_hello(*notify.hello, to);
  put_moves(notify.moves, to);
  if (!notify.name.empty()) to.string(R"(,"name":)", notify.name);
}

void put(const DestroyNotify& notify, Writer& to) {
  to.number(R"({"type":"destroy_notify","object_id":)", notify.object.number);
}

void put(const Ping& ping, Writer& to) {
  to.number(R"({"type":"ping","nonce":)", ping.nonce);
  put_settled(ping.settled, to);
}

void put(const Pong& pong, Writer& to) {
  to.number(R"({"type":"pong","nonce":)", pong.nonce);
  put_settled(pong.settled, to);
}

void put(const Ask& ask, Writer& to) {
  to.string(R"({"type":)", request_name(ask.request));
  to.number(R"(,"request_id":)", ask.request_id);
  to.values(R"(,"arguments":)", ask.arguments);
  put_sender(ask.sender, ask.sender_machine, ask.extras, to);
}

void put(const Goodbye& goodbye, Writer& to) {
  to.string(R"({"type":"goodbye","reason":)", goodbye.reason);
  if (goodbye.stopping) to.raw(R"(,"stopping":true)");
}

void put(const Unknown& unknown, Writer& to) { to.string(R"({"type":)", unknown.type); }

struct Encoder {
  const FrameLimits& limits;
  std::string& out;

  bool operator()(const Call& call) const {
    return encode_call(call.request_id, call.target, call.input, call.sender, call.sender_machine,
                       call.extras, limits, out);
  }
  bool operator()(const auto& frame) const {
    Writer to(limits, out);
    put(frame, to);
    return to.finish();
  }
};

}  // namespace

bool encode(const Frame& frame, const FrameLimits& limits, std::string& out) {
  return std::visit(Encoder{limits, out}, frame);
}

bool encode_call(std::uint64_t request_id, ObjectId target, const Val& input, ObjectId sender,
                 std::string_view sender_machine, const RequestExtras& extras,
                 const FrameLimits& limits, std::string& out) {
  Writer to(limits, out);
  to.number(R"({"type":"call","request_id":)", request_id);
  to.number(R"(,"target":)", target.number);
  to.value(R"(,"input":)", input);
  put_sender(sender, sender_machine, extras, to);
  return to.finish();
}

bool encode_answer(std::uint64_t request_id, const Val& value, const FrameLimits& limits,
                   std::string& out) {
  Writer to(limits, out);
  to.number(call_response, request_id);
  to.value(R"(,"result":{"Ok":)", value);
  to.raw("}");
  return to.finish();
}

}  // namespace avm::node
