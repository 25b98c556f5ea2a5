// Frames, written and read. The book's six types have the forms of the book's own node.
#include <set>

#include "avm/text.hpp"
#include "node/frames.hpp"

using namespace avm;
using namespace avm::node;
using namespace avm::test;

namespace {

struct Form {
  Frame frame;
  std::string_view json;
};

const RequestExtras extras{.settled = 41, .trace = Cause{.execution = 7, .seq = 3}, .moves = 2};

/// Every type, with and without what can be left out. Numbers differ, so that none can pass for another.
std::vector<Form> forms() {
  return {
      {Call{.request_id = 42,
            .target = {1},
            .input = Val::nat(99),
            .sender = {2},
            .sender_machine = "alpha"},
       R"({"type":"call","request_id":42,"target":1,"input":{"Nat":99},"sender":2,"sender_machine":"alpha"})"},
      {Call{.request_id = 42,
            .target = {no_limit},
            .input = Val::nothing(),
            .sender = {2},
            .sender_machine = "alpha",
            .extras = extras},
       R"({"type":"call","request_id":42,"target":18446744073709551615,"input":"Nothing","sender":2,"sender_machine":"alpha","settled":41,"trace":{"execution":7,"seq":3},"moves":2})"},
      {CallResponse{7, Val::boolean(true)},
       R"({"type":"call_response","request_id":7,"result":{"Ok":{"Bool":true}}})"},
      {CallResponse{3, std::unexpected(Refusal{"object not found"})},
       R"({"type":"call_response","request_id":3,"result":{"Err":"object not found"}})"},
      {CallResponse{3, std::unexpected(Refusal{"ObjError.RejectedCall: no",
                                               Error(ErrorCode::ObjError_RejectedCall,
                                                     Val::object({7}), Val::nat(1))})},
       R"({"type":"call_response","request_id":3,"result":{"Err":"ObjError.RejectedCall: no"},"error":{"name":"ObjError.RejectedCall","data":[{"ObjectRef":7},{"Nat":1}]}})"},
      {CallResponse{
           3, std::unexpected(Refusal{"no", Error(ErrorCode::MachineError_TeleportDuringTx)})},
       R"({"type":"call_response","request_id":3,"result":{"Err":"no"},"error":{"name":"MachineError.TeleportDuringTx","data":[]}})"},
      {CreateNotify{.object = {10}, .machine = "beta"},
       R"({"type":"create_notify","object_id":10,"machine_id":"beta"})"},
      {CreateNotify{.object = {10},
                    .machine = "beta",
                    .hello = Hello{.protocol = 3,
                                   .machine = "gamma",
                                   .epoch = 5,
                                   .prefix = 65535,
                                   .limits = {.bytes = 1'000'000, .nesting = 100},
                                   .http = "127.0.0.1:80"}},
       R"({"type":"create_notify","object_id":10,"machine_id":"beta","hello":{"protocol":3,"machine":"gamma","epoch":5,"prefix":65535,"max_frame":1000000,"max_nesting":100,"http":"127.0.0.1:80"}})"},
      {CreateNotify{.object = {10},
                    .machine = "beta",
                    .hello = Hello{.machine = "beta", .epoch = 5, .prefix = 9002},
                    .moves = 4,
                    .name = "pong"},
       R"({"type":"create_notify","object_id":10,"machine_id":"beta","hello":{"protocol":2,"machine":"beta","epoch":5,"prefix":9002,"max_frame":16777216,"max_nesting":512},"moves":4,"name":"pong"})"},
      {DestroyNotify{{10}}, R"({"type":"destroy_notify","object_id":10})"},
      {Ping{.nonce = 1}, R"({"type":"ping","nonce":1})"},
      {Ping{.nonce = 1, .settled = 0}, R"({"type":"ping","nonce":1,"settled":0})"},
      {Pong{.nonce = 1}, R"({"type":"pong","nonce":1})"},
      {Pong{.nonce = 1, .settled = 2}, R"({"type":"pong","nonce":1,"settled":2})"},
      {Ask{.request = Request::move_object,
           .request_id = 4,
           .arguments = {Val::object({7}), Val::str("beta")},
           .sender = {2},
           .sender_machine = "alpha",
           .extras = extras},
       R"({"type":"move_object","request_id":4,"arguments":[{"ObjectRef":7},{"Str":"beta"}],"sender":2,"sender_machine":"alpha","settled":41,"trace":{"execution":7,"seq":3},"moves":2})"},
      {Ask{.request_id = 4, .arguments = {}, .sender = {2}, .sender_machine = "alpha"},
       R"({"type":"get_machine","request_id":4,"arguments":[],"sender":2,"sender_machine":"alpha"})"},
      {Goodbye{.reason = "no \"room\"\n"}, R"({"type":"goodbye","reason":"no \"room\"\n"})"},
      {Goodbye{.reason = "end", .stopping = true},
       R"({"type":"goodbye","reason":"end","stopping":true})"},
      {Unknown{"later"}, R"({"type":"later"})"},
  };
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "the form of each type of frame, both ways") {
  std::set<std::size_t> types;
  for (const Form& form : forms()) {
    CHECK(encoded(form.frame) == form.json);
    CHECK(again(form.json) == form.json);
    const auto frame = FrameDecoder({}).decode(form.json);
    REQUIRE(frame.has_value());
    CHECK(frame->index() == form.frame.index());
    types.insert(form.frame.index());
  }
  CHECK(types.size() == std::variant_size_v<Frame>);
}

TEST_CASE_METHOD(NothingLeaks, "what is sent often is written without a frame") {
  std::string json = "before ";
  REQUIRE(encode_call(42, {1}, Val::nat(99), {2}, "alpha", extras, {}, json));
  CHECK(
      json ==
      R"(before {"type":"call","request_id":42,"target":1,"input":{"Nat":99},"sender":2,"sender_machine":"alpha","settled":41,"trace":{"execution":7,"seq":3},"moves":2})");
  json.clear();
  REQUIRE(encode_answer(7, Val::boolean(true), {}, json));
  CHECK(json == R"({"type":"call_response","request_id":7,"result":{"Ok":{"Bool":true}}})");
}

TEST_CASE_METHOD(NothingLeaks, "each request has a type of its own") {
  const std::vector<std::string_view> names{
      "destroy_obj", "reflect",       "get_machine",     "get_controller", "transfer_object",
      "freeze",      "fetch",         "move_object",     "teleport",       "post",
      "take_object", "settle_object", "collect_replica", "release_replica"};
  REQUIRE(names.size() == request_count);
  for (std::size_t i = 0; i < request_count; ++i) {
    const auto request = static_cast<Request>(i);
    CHECK(request_name(request) == names[i]);
    const auto frame = FrameDecoder({}).decode(encoded(Ask{.request = request}));
    REQUIRE(frame.has_value());
    CHECK(std::get<Ask>(*frame).request == request);
  }
}

TEST_CASE_METHOD(NothingLeaks, "order, white space and further fields are free") {
  const std::string call =
      R"({"type":"call","request_id":42,"target":1,"input":{"Nat":99},"sender":2,"sender_machine":"alpha"})";
  const std::string_view same[] = {
      R"({"sender_machine":"alpha","sender":2,"input":{"Nat":99},"target":1,"request_id":42,"type":"call"})",
      " {\n\t\"type\" : \"call\",\r\n \"request_id\":42 ,\"target\": 1,\"sender\":2,"
      "\"input\" : { \"Nat\" : 99 } , \"sender_machine\":\"alpha\" }\n",
      R"({"\u0074ype":"c\u0061ll","request_id":42,"target":1,"input":{"N\u0061t":99},"sender":2,"sender_machine":"\u0061lpha"})",
      // Names of other frames' fields mean nothing here, once or twice, whatever they hold.
      R"({"reason":[1],"type":"call","request_id":42,"later":{"target":{"input":[]}},"target":1,"input":{"Nat":99},"reason":null,"seq":-1,"sender":2,"later":1.5,"sender_machine":"alpha","error":{},"":""})",
  };
  for (const std::string_view json : same)
    CHECK(again(json) == call);
}

TEST_CASE_METHOD(NothingLeaks, "what a hello does not say of limits is the usual") {
  const auto frame = FrameDecoder({}).decode(
      R"({"type":"create_notify","object_id":10,"machine_id":"beta","hello":{"protocol":2,"machine":"beta","epoch":5,"prefix":9002}})");
  REQUIRE(frame.has_value());
  CHECK(std::get<CreateNotify>(*frame).hello ==
        Hello{.machine = "beta", .epoch = 5, .prefix = 9002});
}

TEST_CASE_METHOD(NothingLeaks, "where an error is not known here its text counts") {
  const std::string start = R"({"type":"call_response","request_id":3,"result":{"Err":"text"})";
  const std::string_view errors[] = {
      R"({"name":"ObjError.Later","data":[{"ObjectRef":7}]})",
      R"({"name":"","data":[]})",
      R"({"name":7,"data":[{"ObjectRef":7}]})",
      R"({"data":[{"ObjectRef":7}]})",
      R"({"name":"ObjError.NotFound"})",
      R"({"name":"ObjError.NotFound","data":{"ObjectRef":7}})",
      R"({"name":"ObjError.NotFound","data":[]})",
      R"({"name":"ObjError.NotFound","data":[{"ObjectRef":7},{"Nat":1}]})",
      R"({"name":"ObjError.NotFound","data":[7]})",
      R"({"name":"ObjError.NotFound","name":"ObjError.NotFound","data":[{"ObjectRef":7}]})",
      R"({"name":"ObjError.NotFound","data":[{"ObjectRef":7},{"Nat":1},{"Nat":1},{"Nat":1}]})",
      "null",
      "[]",
  };
  for (const std::string_view error : errors) {
    const std::string json = start + R"(,"error":)" + std::string(error) + "}";
    CHECK(again(json) == start + "}");
  }
  CHECK(again(R"({"type":"call_response","request_id":3,"error":7,"result":{"Ok":"Nothing"}})") ==
        R"({"type":"call_response","request_id":3,"result":{"Ok":"Nothing"}})");
}
