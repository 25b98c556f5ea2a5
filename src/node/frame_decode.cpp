// Reads frames: simdjson checks the JSON, one pass over the fields finds those that a frame can have.
#include <algorithm>
#include <new>
#include <utility>

#include <simdjson.h>

#include "core/json_read.hpp"
#include "node/frame.hpp"
#include "node/frame_fields.hpp"

namespace avm::node {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::optional<std::uint64_t> read_settled(Fields& from) {
  if (!from.has(Field::settled)) return std::nullopt;
  return from.number(Field::settled);
}

std::uint32_t read_moves(Fields& from) {
  return from.has(Field::moves) ? from.small_number<std::uint32_t>(Field::moves) : 0;
}

std::string read_optional_string(Fields& from, Field field) {
  return std::string(from.has(field) ? from.string(field) : std::string_view());
}

RequestExtras read_extras(Fields& from) {
  RequestExtras extras{.settled = read_settled(from)};
  if (from.has(Field::trace)) {
    if (auto trace = from.fields(Field::trace)) {
      extras.trace = Cause{trace->number(Field::execution), trace->number(Field::seq)};
    }
  }
  extras.moves = read_moves(from);
  return extras;
}

Call read_call(Fields& from) {
  return {.request_id = from.number(Field::request_id),
          .target = {from.number(Field::target)},
          .input = from.value(Field::input),
          .sender = {from.number(Field::sender)},
          .sender_machine = std::string(from.string(Field::sender_machine)),
          .extras = read_extras(from)};
}

Ask read_ask(Request request, Fields& from) {
  return {.request = request,
          .request_id = from.number(Field::request_id),
          .arguments = from.values(Field::arguments),
          .sender = {from.number(Field::sender)},
          .sender_machine = std::string(from.string(Field::sender_machine)),
          .extras = read_extras(from)};
}

/// An error of ours; nothing where it is none that is known here.
std::optional<Error> read_error(element json, JsonReader& values) {
  object fields;
  if (json.get(fields) != simdjson::SUCCESS) return std::nullopt;
  Reading reading{values};
  Fields from("error", fields, reading);
  const std::string_view name = from.string(Field::name);
  std::vector<Val> data = from.values(Field::data);
  const auto info = std::ranges::find(all_errors(), name, &ErrorInfo::name);
  const bool is_known = info != all_errors().end() && data.size() == info->data_names.size();
  if (!is_known || !reading.error.empty()) return std::nullopt;
  Error error(static_cast<ErrorCode>(info - all_errors().begin()));
  std::ranges::move(data, error.data.begin());
  return error;
}

Answer read_result(Fields& from, JsonReader& values) {
  const auto content = from.get(Field::result);
  if (!content) return {};
  object result;
  if (content->get(result) == simdjson::SUCCESS && result.size() == 1) {
    const simdjson::dom::key_value_pair field = *result.begin();
    if (field.key == "Ok") return from.value(Field::result, field.value);
    std::string_view text;
    if (field.key == "Err" && field.value.get(text) == simdjson::SUCCESS) {
      Refusal refusal{std::string(text)};
      if (from.has(Field::error)) {
        const auto error = from.get(Field::error);
        if (error) refusal.error = read_error(*error, values);
      }
      return std::unexpected(std::move(refusal));
    }
  }
  from.fail(Field::result, R"( holds {"Ok":VALUE} or {"Err":"TEXT"})");
  return {};
}

CallResponse read_call_response(Fields& from, JsonReader& values) {
  return {.request_id = from.number(Field::request_id), .result = read_result(from, values)};
}

Hello read_hello(Fields& from) {
  Hello hello{.protocol = from.small_number<std::uint32_t>(Field::protocol),
              .machine = std::string(from.string(Field::machine)),
              .epoch = from.number(Field::epoch),
              .prefix = from.small_number<std::uint16_t>(Field::prefix)};
  if (from.has(Field::max_frame)) {
    hello.limits.bytes = from.small_number<std::size_t>(Field::max_frame);
  }
  if (from.has(Field::max_nesting)) {
    hello.limits.nesting = from.small_number<std::uint32_t>(Field::max_nesting);
  }
  hello.http = read_optional_string(from, Field::http);
  return hello;
}

CreateNotify read_create_notify(Fields& from) {
  CreateNotify notify{.object = {from.number(Field::object_id)},
                      .machine = std::string(from.string(Field::machine_id))};
  if (from.has(Field::hello)) {
    if (auto hello = from.fields(Field::hello)) {
      notify.hello = read_hello(*hello);
    }
  }
  notify.moves = read_moves(from);
  notify.name = read_optional_string(from, Field::name);
  return notify;
}

Goodbye read_goodbye(Fields& from) {
  return {.reason = std::string(from.string(Field::reason)),
          .stopping = from.has(Field::stopping) && from.boolean(Field::stopping)};
}

Frame read_frame(std::string_view type, Fields& from, JsonReader& values) {
  from.get(Field::type);  // It must not be there twice.
  if (type == "call") return read_call(from);
  if (type == "call_response") return read_call_response(from, values);
  if (type == "create_notify") return read_create_notify(from);
  if (type == "destroy_notify") return DestroyNotify{{from.number(Field::object_id)}};
  if (type == "ping") return Ping{from.number(Field::nonce), read_settled(from)};
  if (type == "pong") return Pong{from.number(Field::nonce), read_settled(from)};
  if (type == "goodbye") return read_goodbye(from);
  for (std::size_t i = 0; i < request_count; ++i) {
    const auto request = static_cast<Request>(i);
    if (type == request_name(request)) return read_ask(request, from);
  }
  return Unknown{std::string(type)};
}

/// Frames of up to so many bytes are read in buffers that are kept. simdjson's take 15 times as much.
constexpr std::size_t kept_bytes = std::size_t{256} << 10U;

/// How deep the JSON of a frame may nest: a list is two levels. A few more are for the frame itself and
/// for fields that are not known here. simdjson sets aside memory for each.
std::size_t json_depth(const FrameLimits& limits) {
  constexpr std::uint64_t around_values = 16;
  const std::uint64_t levels = 2 * std::uint64_t{limits.nesting} + around_values;
  return static_cast<std::size_t>(std::min<std::uint64_t>(levels, limits.bytes)) + 1;
}

/// An error is for a log line, and can hold text from outside.
std::string shortened(std::string text) {
  constexpr std::size_t most = 1'000;
  if (text.size() <= most) return text;
  text.resize(utf8_prefix(std::string_view(text).substr(0, most)));
  return text + "…";
}

}  // namespace

struct FrameDecoder::Impl {
  FrameLimits limits;
  JsonReader values{limits.nesting};
  simdjson::dom::parser parser{};

  void prepare(simdjson::dom::parser& any, std::size_t bytes) const {
    if (any.allocate(bytes, json_depth(limits)) != simdjson::SUCCESS) throw std::bad_alloc();
  }

  std::expected<Frame, std::string> decode(std::string_view json, simdjson::dom::parser& with) {
    element root;
    simdjson::error_code error = simdjson::EMPTY;
    if (!json.empty()) error = with.parse(json.data(), json.size()).get(root);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    if (error) {
      return std::unexpected(std::string("this is not JSON: ") + simdjson::error_message(error));
    }
    object frame;
    if (root.get(frame) != simdjson::SUCCESS) return std::unexpected("a frame is a JSON object");
    std::string_view type;
    if (frame.at_key("type").get(type) != simdjson::SUCCESS) {
      return std::unexpected(R"(a frame has a field "type" that holds a string)");
    }
    Reading reading{values};
    Fields fields(type, frame, reading);
    std::expected<Frame, std::string> result = read_frame(type, fields, values);
    if (!reading.error.empty()) result = std::unexpected(shortened(std::move(reading.error)));
    return result;
  }
};

FrameDecoder::FrameDecoder(FrameLimits limits) : impl_(std::make_unique<Impl>(limits)) {
  impl_->prepare(impl_->parser, kept_bytes);
}

FrameDecoder::~FrameDecoder() = default;

std::expected<Frame, std::string> FrameDecoder::decode(std::string_view json) {
  if (json.size() > impl_->limits.bytes) {
    return std::unexpected("a frame of " + std::to_string(json.size()) + " bytes, and at most " +
                           std::to_string(impl_->limits.bytes) + " are taken");
  }
  if (json.size() <= kept_bytes) return impl_->decode(json, impl_->parser);
  simdjson::dom::parser large;
  impl_->prepare(large, json.size());
  return impl_->decode(json, large);
}

}  // namespace avm::node
