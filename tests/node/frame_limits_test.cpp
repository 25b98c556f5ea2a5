// What a receiver takes: bytes, nesting and memory, on both sides.
#include <rapidcheck/catch.h>

#include "avm/text.hpp"
#include "node/frames.hpp"

using namespace avm;
using namespace avm::node;
using namespace avm::test;

namespace {

struct Nesting {
  std::string_view name;
  Val (*wrap)(Val inside);
  std::string_view before;
  std::string_view after;
};

const std::vector<Nesting>& nestings() {
  static const std::vector<Nesting> all{
      {"list", [](Val v) { return Val::list({std::move(v)}); }, R"({"List":[)", "]}"},
      {"pair", [](Val v) { return Val::pair(Val::nothing(), std::move(v)); },
       R"({"Pair":["Nothing",)", "]}"},
      {"just", Val::just, R"({"Just":)", "}"}};
  return all;
}

Val nested(const Nesting& nesting, unsigned depth, Val inside) {
  for (unsigned i = 0; i < depth; ++i)
    inside = nesting.wrap(std::move(inside));
  return inside;
}

std::string nested_json(const Nesting& nesting, unsigned depth) {
  std::string json = R"({"type":"call_response","request_id":1,"result":{"Ok":)";
  for (unsigned i = 0; i < depth; ++i)
    json += nesting.before;
  json += "\"Nothing\"";
  for (unsigned i = 0; i < depth; ++i)
    json += nesting.after;
  return json + "}}";
}

std::string whole(const Frame& frame) {
  return encoded(frame, {.bytes = no_limit, .nesting = ~0U});
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "a value nests as deep as the receiver says, and no deeper") {
  for (const Nesting& nesting : nestings()) {
    for (const unsigned most : {0U, 1U, 2U, 16U, 17U, 512U}) {
      CAPTURE(nesting.name, most);
      const FrameLimits limits{.nesting = most};
      FrameDecoder decoder(limits);
      const std::string good = nested_json(nesting, most);
      const std::string bad = nested_json(nesting, most + 1);
      CHECK(decoder.decode(good).has_value());
      const auto frame = decoder.decode(bad);
      REQUIRE_FALSE(frame.has_value());
      CHECK(frame.error() ==
            "call_response.result: the value nests deeper than " + std::to_string(most));

      std::string json = "before";
      CHECK_FALSE(encode_answer(1, nested(nesting, most + 1, Val::nothing()), limits, json));
      CHECK(json == "before");
      CHECK(encode_answer(1, nested(nesting, most, Val::nothing()), limits, json));
      CHECK(json == "before" + good);
      // An empty list is a leaf.
      CHECK(encode_answer(1, nested(nesting, most, Val::empty_list()), limits, json));
      CHECK(decoder.decode(std::string_view(json).substr(6 + good.size())).has_value());
    }
  }
}

TEST_CASE_METHOD(NothingLeaks, "nesting is counted for each value by itself") {
  const FrameLimits limits{.nesting = 1};
  const Val list = Val::list({Val::nat(1)});
  const Ask ask{.arguments = {list, Val::just(Val::nat(1)), Val::pair(Val::nat(1), Val::nat(2))}};
  std::string json;
  REQUIRE(encode(ask, limits, json));
  CHECK(FrameDecoder(limits).decode(json).has_value());

  Ask deep = ask;
  deep.arguments[1] = Val::list({list});
  std::string unchanged;
  CHECK_FALSE(encode(deep, limits, unchanged));
  CHECK(unchanged.empty());
  CHECK(FrameDecoder(limits).decode(whole(deep)).error() ==
        "get_machine.arguments: the value nests deeper than 1");
}

TEST_CASE_METHOD(NothingLeaks, "what nests 100,000 deep is refused, in a value or elsewhere") {
  constexpr unsigned depth = 100'000;
  FrameDecoder decoder({});
  for (const Nesting& nesting : nestings()) {
    CAPTURE(nesting.name);
    CHECK_FALSE(decoder.decode(nested_json(nesting, depth)).has_value());
    std::string json;
    CHECK_FALSE(encode_answer(1, nested(nesting, depth, Val::nothing()), {}, json));
  }
  const std::string brackets = std::string(depth, '[') + std::string(depth, ']');
  CHECK_FALSE(decoder.decode(R"({"type":"ping","nonce":1,"later":)" + brackets + "}").has_value());
  CHECK_FALSE(decoder.decode(std::string(depth, '[')).has_value());
  CHECK(decoder.decode(R"({"type":"ping","nonce":1,"later":[[[[[[[[[[]]]]]]]]]]})").has_value());
}

TEST_CASE_METHOD(NothingLeaks, "a nesting without bound takes no memory beforehand") {
  FrameDecoder decoder({.bytes = 1'000, .nesting = ~0U});
  CHECK(decoder.decode(nested_json(nestings().front(), 80)).has_value());
}

TEST_CASE_METHOD(NothingLeaks, "a frame has as many bytes as the receiver says, and no more") {
  const std::string json = whole(CallResponse{1, Val::str("é\n")});
  const std::size_t size = json.size();
  CHECK(FrameDecoder({.bytes = size}).decode(json).has_value());
  CHECK(FrameDecoder({.bytes = size - 1}).decode(json).error() ==
        "a frame of " + std::to_string(size) + " bytes, and at most " + std::to_string(size - 1) +
            " are taken");
}

TEST_CASE_METHOD(NothingLeaks, "a value that is huge as a tree is not written out") {
  Val value = Val::nat(1);
  for (int i = 0; i < 100; ++i)
    value = Val::pair(value, value);
  std::string json;
  CHECK_FALSE(encode_answer(1, value, {.bytes = 10'000}, json));
  CHECK(json.empty());
  CHECK(json.capacity() < 50'000);
  const Ask ask{.arguments = std::vector<Val>(1'000, value)};
  CHECK_FALSE(encode(ask, {.bytes = 10'000}, json));
  CHECK(json.capacity() < 50'000);
}

TEST_CASE_METHOD(NothingLeaks, "large frames are read, and small ones after them") {
  FrameDecoder decoder({});
  const Val list = Val::list(std::vector<Val>(200'000, Val::str("a string that is not inline")));
  const std::string json = whole(CallResponse{1, list});
  REQUIRE(json.size() > 1'000'000);
  for (int i = 0; i < 2; ++i) {
    const auto frame = decoder.decode(json);
    REQUIRE(frame.has_value());
    CHECK(*std::get<CallResponse>(*frame).result == list);
    CHECK(decoder.decode(R"({"type":"ping","nonce":1})").has_value());
  }
}

TEST_CASE_METHOD(NothingLeaks, "at the heap's end decoding throws, and goes on after it") {
  FrameDecoder decoder({});
  const Val list = Val::list({Val::pair(Val::list(std::vector<Val>(100, Val::nat(1))), Val::nat(2)),
                              Val::str(std::string(1'000, 'x'))});
  const std::string json = whole(Ask{.arguments = {list, list}});
  unsigned failures = 0;
  for (std::size_t room = 0;; room += 32) {
    const std::size_t before = heap::bytes_in_use();
    try {
      const heap::HeapLimit limit(before + room);
      const auto frame = decoder.decode(json);
      REQUIRE(frame.has_value());
      CHECK(std::get<Ask>(*frame).arguments == std::vector<Val>{list, list});
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
      CHECK(heap::bytes_in_use() == before);
    }
  }
  CHECK(failures > 10);
}

TEST_CASE_METHOD(NothingLeaks, "random frames") {
  rc::prop("are read as they were written", [] {
    const auto bytes = *any_bytes();
    const Frame frame = random_frame(bytes);
    const std::string json = whole(frame);
    const FrameLimits limits{.bytes = json.size(), .nesting = 1'000};
    const auto back = FrameDecoder(limits).decode(json);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->index() == frame.index());
    RC_ASSERT(whole(*back) == json);

    std::string written = "before";
    RC_ASSERT(encode(frame, limits, written));
    RC_ASSERT(written == "before" + json);
    const std::size_t cut = bytes.empty() ? 0 : bytes.front() % json.size();
    RC_ASSERT_FALSE(encode(frame, {.bytes = cut, .nesting = 1'000}, written));
    RC_ASSERT_FALSE(encode(frame, {.bytes = json.size() - 1, .nesting = 1'000}, written));
    RC_ASSERT(written == "before" + json);
  });
  rc::prop("are taken where they may be sent", [](std::uint8_t nesting) {
    const auto bytes = *any_bytes();
    const Frame frame = random_frame(bytes);
    const FrameLimits limits{.nesting = nesting};
    const auto back = FrameDecoder(limits).decode(whole(frame));
    std::string written;
    if (encode(frame, limits, written)) {
      RC_ASSERT(back.has_value());
      RC_ASSERT(whole(*back) == written);
    } else if (const auto* const response = std::get_if<CallResponse>(&frame);
               response == nullptr || response->result) {
      // Of an error that cannot be read the text is still taken.
      RC_ASSERT_FALSE(back.has_value());
    }
  });
}
