// Frames, written and read, in the forms of the book's own node.
#include "node/frame.hpp"

#include "core/random_value.hpp"

using namespace avm;
using namespace avm::node;
using namespace avm::test;

namespace {

std::string encoded(const Frame& frame) {
  std::string json;
  REQUIRE(encode(frame, {}, json));
  return json;
}

/// Reads a frame and writes it again.
std::string again(std::string_view json) {
  const auto frame = FrameDecoder({}).decode(json);
  return frame ? encoded(*frame) : frame.error();
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "each type of frame") {
  const std::string_view all[] = {
      R"({"type":"call","request_id":42,"target":1,"input":{"Nat":99},"sender":2,"sender_machine":"alpha"})",
      R"({"type":"call","request_id":42,"target":1,"input":"Nothing","sender":2,"sender_machine":"alpha","settled":41,"trace":{"execution":7,"seq":3},"moves":1})",
      R"({"type":"call_response","request_id":7,"result":{"Ok":{"Bool":true}}})",
      R"({"type":"call_response","request_id":3,"result":{"Err":"object not found"}})",
      R"({"type":"call_response","request_id":3,"result":{"Err":"ObjError.NotFound: no"},"error":{"name":"ObjError.NotFound","data":[{"ObjectRef":7}]}})",
      R"({"type":"create_notify","object_id":10,"machine_id":"beta"})",
      R"({"type":"create_notify","object_id":10,"machine_id":"beta","hello":{"protocol":2,"machine":"beta","epoch":5,"prefix":9002,"max_frame":16777216,"max_nesting":512,"http":"127.0.0.1:80"}})",
      R"({"type":"create_notify","object_id":10,"machine_id":"beta","moves":2,"name":"pong"})",
      R"({"type":"destroy_notify","object_id":10})",
      R"({"type":"ping","nonce":1,"settled":2})",
      R"({"type":"pong","nonce":1})",
      R"({"type":"move_object","request_id":4,"arguments":[{"ObjectRef":7},{"Str":"beta"}],"sender":2,"sender_machine":"alpha","settled":4,"trace":{"execution":7,"seq":3},"moves":1})",
      R"({"type":"get_machine","request_id":4,"arguments":[],"sender":2,"sender_machine":"alpha"})",
      R"({"type":"goodbye","reason":"the node stops","stopping":true})",
      R"({"type":"goodbye","reason":"no room"})",
      R"({"type":"later"})",
  };
  for (const std::string_view json : all)
    CHECK(again(json) == json);
}
