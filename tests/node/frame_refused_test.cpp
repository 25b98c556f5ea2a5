// What is no frame, and what is said of it.
#include "avm/text.hpp"
#include "node/frames.hpp"

using namespace avm;
using namespace avm::node;
using namespace avm::test;

namespace {

const std::string number = " holds a whole number from 0 to 18446744073709551615";

/// A field of a frame.
struct Part {
  std::string_view field;
  std::string_view good;
  std::string_view bad;
  std::string error;  // of the bad one
  bool is_extra = false;
};

/// A frame is good, and no longer so with each of its fields left out, twice or bad.
void check(const std::string& type, const std::vector<Part>& parts) {
  const auto written = [](const Part& part, std::string_view content) {
    return ",\"" + std::string(part.field) + "\":" + std::string(content);
  };
  const auto frame = [&](const Part* changed, const std::string& instead) {
    std::string json = R"({"type":")" + type + '"';
    for (const Part& part : parts)
      json += &part == changed ? instead : written(part, part.good);
    return json + "}";
  };
  CHECK(again(frame(nullptr, "")) == frame(nullptr, ""));
  for (const Part& part : parts) {
    const std::string name = type + "." + std::string(part.field);
    CAPTURE(name);
    const std::string good = written(part, part.good);
    const std::string without = frame(&part, "");
    CHECK(again(without) == (part.is_extra ? without : name + " is missing"));
    CHECK(again(frame(&part, good + good)) == name + " is there more than once");
    CHECK(again(frame(&part, written(part, part.bad))) == name + part.error);
  }
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "what is no frame is refused") {
  const std::string no_type = R"(a frame has a field "type" that holds a string)";
  const std::string result = R"(call_response.result holds {"Ok":VALUE} or {"Err":"TEXT"})";
  const std::vector<std::pair<std::string_view, std::string>> all{
      {"[]", "a frame is a JSON object"},
      {"7", "a frame is a JSON object"},
      {R"("call")", "a frame is a JSON object"},
      {"null", "a frame is a JSON object"},
      {"{}", no_type},
      {R"({"type":7})", no_type},
      {R"({"type":null})", no_type},
      {R"({"Type":"ping","nonce":1})", no_type},
      {R"({"type":"ping","nonce":1,"type":"ping"})", "ping.type is there more than once"},
      {R"({"type":"call"})", "call.request_id is missing"},
      {R"({"type":"ping"})", "ping.nonce is missing"},
      {R"({"type":"ping","nonce":1,"nonce":1})", "ping.nonce is there more than once"},
      {R"({"type":"pong","nonce":1,"nonce":1,"nonce":1})", "pong.nonce is there more than once"},
      {R"({"type":"ping","nonce":-1})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":1.0})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":1e3})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":"1"})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":true})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":null})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":[1]})", "ping.nonce" + number},
      {R"({"type":"ping","nonce":1,"settled":null})", "ping.settled" + number},
      {R"({"type":"pong","nonce":1,"settled":-1})", "pong.settled" + number},
      {R"({"type":"destroy_notify"})", "destroy_notify.object_id is missing"},
      {R"({"type":"destroy_notify","object_id":{"ObjectRef":1}})",
       "destroy_notify.object_id" + number},
      {R"({"type":"goodbye"})", "goodbye.reason is missing"},
      {R"({"type":"goodbye","reason":7})", "goodbye.reason holds a string"},
      {R"({"type":"goodbye","reason":"","stopping":1})", "goodbye.stopping holds true or false"},
  };
  for (const auto& [json, error] : all) {
    CAPTURE(json);
    CHECK(again(json) == error);
  }
  const std::vector<std::pair<std::string_view, std::string>> responses{
      {"", "call_response.result is missing"},
      {R"(,"result":7)", result},
      {R"(,"result":"Ok")", result},
      {R"(,"result":{})", result},
      {R"(,"result":{"ok":"Nothing"})", result},
      {R"(,"result":{"Err":7})", result},
      {R"(,"result":{"Ok":"Nothing","Err":""})", result},
      {R"(,"result":{"Ok":"Nothing","Ok":"Nothing"})", result},
      {R"(,"result":{"Ok":{"Nat":-1}})", "call_response.result: \"Nat\"" + number},
      {R"(,"result":{"Err":""},"error":{},"error":{})",
       "call_response.error is there more than once"},
  };
  for (const auto& [rest, error] : responses) {
    CAPTURE(rest);
    CHECK(again(R"({"type":"call_response","request_id":3)" + std::string(rest) + "}") == error);
  }
}

TEST_CASE_METHOD(NothingLeaks,
                 "a request with a field missing, twice or of another kind is refused") {
  const std::string small = " holds a whole number from 0 to 4294967295";
  const std::string text = " holds a string";
  const std::vector<Part> extra{
      {"sender", "2", "2.5", number},
      {"sender_machine", R"("alpha")", "[]", text},
      {"settled", "41", R"("41")", number, true},
      {"trace", R"({"execution":7,"seq":3})", "7", " holds an object", true},
      {"moves", "1", "4294967296", small, true}};
  std::vector<Part> call{
      {"request_id", "4", "-4", number},
      {"target", "1", R"({"ObjectRef":1})", number},
      {"input", R"({"Nat":1})", "1",
       R"(: a value is "Nothing" or an object with one field, such as {"Nat":42})"}};
  std::vector<Part> ask{
      {"request_id", "4", "null", number},
      {"arguments", R"([{"Nat":1},"Nothing"])", R"({"Nat":1})", " holds an array of values"}};
  call.insert(call.end(), extra.begin(), extra.end());
  ask.insert(ask.end(), extra.begin(), extra.end());
  check("call", call);
  check("fetch", ask);
  ask[1].bad = R"([{"Nat":1},{"Nat":"1"},{"Nat":2}])";
  ask[1].error = R"(: "Nat")" + number;
  ask[5].bad = R"({"execution":7})";
  ask[5].error = ".seq is missing";
  check("post", ask);

  const std::string start = R"({"protocol":2,"machine":"b","epoch":5,"prefix":)";
  const std::string hello = start + R"(1,"max_frame":9,"max_nesting":8,"http":"h"})";
  const auto with_hello = [&](const std::string& bad, std::string error) {
    check("create_notify", {{"object_id", "10", "true", number},
                            {"machine_id", R"("beta")", "9", text},
                            {"hello", hello, bad, std::move(error), true},
                            {"moves", "1", "-1", small, true},
                            {"name", R"("pong")", "{}", text, true}});
  };
  with_hello("true", " holds an object");
  with_hello("{}", ".protocol is missing");
  with_hello(R"({"protocol":4294967296,"machine":"b","epoch":5,"prefix":1})", ".protocol" + small);
  with_hello(R"({"protocol":2,"epoch":5,"prefix":1})", ".machine is missing");
  with_hello(R"({"protocol":2,"machine":"b","prefix":1})", ".epoch is missing");
  with_hello(R"({"protocol":2,"machine":"b","epoch":5})", ".prefix is missing");
  with_hello(start + "65536}", ".prefix holds a whole number from 0 to 65535");
  with_hello(start + R"(1,"max_frame":-1})", ".max_frame" + number);
  with_hello(start + R"(1,"max_nesting":4294967296})", ".max_nesting" + small);
  with_hello(start + R"(1,"http":80})", ".http" + text);
  with_hello(start + R"(1,"epoch":6})", ".epoch is there more than once");
}

TEST_CASE_METHOD(NothingLeaks, "what is not JSON is refused, and the next frame is read") {
  FrameDecoder decoder({});
  const std::string_view all[] = {"",
                                  " ",
                                  "{",
                                  R"({"type":"ping","nonce":1)",
                                  R"({"type":"ping","nonce":1}})",
                                  R"({"type":"ping","nonce":1} {})",
                                  R"({"type":"ping","nonce":1,})",
                                  R"({"type":"ping","nonce":01})",
                                  R"({"type":"ping","nonce":18446744073709551616})",
                                  R"({"type":"ping","nonce":0x1})",
                                  "{\"type\":\"ping\",\"nonce\":1,\"x\":\"\xff\"}",
                                  "{\"type\":\"ping\",\"nonce\":1,\"x\":\"\n\"}",
                                  R"({"type":"ping","nonce":1,"x":"\ud800"})",
                                  R"({"type":"ping","nonce":1,"x":nul})"};
  for (const std::string_view json : all) {
    CAPTURE(json);
    const auto frame = decoder.decode(json);
    REQUIRE_FALSE(frame.has_value());
    CHECK(frame.error().starts_with("this is not JSON: "));
    CHECK(decoder.decode(R"({"type":"ping","nonce":1})").has_value());
  }
}

TEST_CASE_METHOD(NothingLeaks, "an error for a log line is short, whatever was sent") {
  std::string name(999, 'x');
  for (int i = 0; i < 1000; ++i)
    name += "é";
  const std::string error =
      again(R"({"type":"call_response","request_id":1,"result":{"Ok":{")" + name + R"(":1}}})");
  CHECK(error.size() <= 1'003);
  CHECK(error.starts_with("call_response.result: no kind of value is named \"xxx"));
  CHECK(error.ends_with("x…"));
  CHECK(is_utf8(again(R"({"type":"call_response","request_id":1,"result":{"Ok":{")" +
                      name.substr(500) + R"(":1}}})")));
}
