// What tests of frames have in common: frames written and read again, and made from bytes.
#pragma once

#include <string>
#include <string_view>

#include "core/random_value.hpp"
#include "node/frame.hpp"

namespace avm::test {

inline std::string encoded(const node::Frame& frame, const node::FrameLimits& limits = {}) {
  std::string json;
  REQUIRE(node::encode(frame, limits, json));
  return json;
}

/// What is read in `json`, as it would be written; or the error.
inline std::string again(std::string_view json) {
  const auto frame = node::FrameDecoder({}).decode(json);
  return frame ? encoded(*frame) : frame.error();
}

inline node::RequestExtras random_extras(Decisions& decisions) {
  node::RequestExtras extras;
  if (decisions.below(2) == 1) extras.settled = decisions.number();
  if (decisions.below(2) == 1) extras.trace = {decisions.number(), decisions.number()};
  extras.moves = decisions.below(3);
  return extras;
}

inline node::Call random_call(Decisions& decisions) {
  return {.request_id = decisions.number(),
          .target = {decisions.number()},
          .input = random_value(decisions),
          .sender = {decisions.number()},
          .sender_machine = decisions.text(),
          .extras = random_extras(decisions)};
}

inline node::Ask random_ask(Decisions& decisions) {
  node::Ask ask{.request = static_cast<node::Request>(decisions.below(node::request_count)),
                .request_id = decisions.number()};
  for (unsigned left = decisions.below(4); left > 0; --left)
    ask.arguments.push_back(random_value(decisions));
  ask.sender = {decisions.number()};
  ask.sender_machine = decisions.text();
  ask.extras = random_extras(decisions);
  return ask;
}

inline node::Refusal random_refusal(Decisions& decisions) {
  node::Refusal refusal{decisions.text()};
  if (decisions.below(2) == 1) {
    Error error(static_cast<ErrorCode>(decisions.below(all_errors().size())));
    for (std::size_t i = 0; i < error_info(error.code).data_names.size(); ++i)
      error.data[i] = random_value(decisions);
    refusal.error = std::move(error);
  }
  return refusal;
}

inline node::CallResponse random_response(Decisions& decisions) {
  const std::uint64_t id = decisions.number();
  if (decisions.below(3) > 0) return {id, random_value(decisions)};
  return {id, std::unexpected(random_refusal(decisions))};
}

inline node::CreateNotify random_create_notify(Decisions& decisions) {
  node::CreateNotify notify{.object = {decisions.number()}, .machine = decisions.text()};
  if (decisions.below(2) == 1) {
    notify.hello =
        node::Hello{.protocol = decisions.below(4),
                    .machine = decisions.text(),
                    .epoch = decisions.number(),
                    .prefix = static_cast<std::uint16_t>(decisions.number()),
                    .limits = {.bytes = decisions.number(),
                               .nesting = static_cast<std::uint32_t>(decisions.number())},
                    .http = decisions.text()};
  }
  notify.moves = decisions.below(3);
  notify.name = decisions.text();
  return notify;
}

/// A frame of any type that has a meaning.
inline node::Frame random_frame(std::span<const std::uint8_t> bytes) {
  Decisions decisions(bytes);
  switch (decisions.below(8)) {
  case 0: return random_call(decisions);
  case 1: return random_ask(decisions);
  case 2: return random_response(decisions);
  case 3: return random_create_notify(decisions);
  case 4: return node::DestroyNotify{{decisions.number()}};
  case 5: return node::Ping{decisions.number(), random_extras(decisions).settled};
  case 6: return node::Pong{decisions.number(), random_extras(decisions).settled};
  default: return node::Goodbye{decisions.text(), decisions.below(2) == 1};
  }
}

}  // namespace avm::test
