// Frames: what nodes say to each other (docs, "Node protocol"; book chapter "Distributed PingPong").
//
// On the wire a frame is its length, four bytes, big-endian, and one JSON object in UTF-8 whose
// "type" says which it is. Here are the object and what it means; the length is the shell's.
//
// The first six types are the book's, and have its fields. All else is *protocol 2*: frames of further
// types, and further fields in those of the book. It is sent only to a peer whose hello has been seen.
//
// Threads: a decoder belongs to one thread; values that it makes too. Errors: what is not a frame is
// an error in words; std::bad_alloc at the heap's limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "avm/error.hpp"
#include "avm/val.hpp"

namespace avm::node {

/// What one peer may expect of a frame of the other's.
struct FrameLimits {
  std::size_t bytes = std::size_t{16} << 20U;  ///< Of the JSON.
  std::uint32_t nesting = 512;  ///< Of a value: lists, pairs and `just`s around a leaf.
};

/// Which event of the asking node an execution comes from, so that traces can be put together.
struct Cause {
  std::uint64_t execution = 0;
  std::uint64_t seq = 0;  ///< The timestamp that the event of the call will have.
  friend bool operator==(const Cause&, const Cause&) = default;
};

/// What a node says of itself, in the `create_notify` of its root object, first on each connection.
struct Hello {
  std::uint32_t protocol = 2;
  std::string machine;
  std::uint64_t epoch = 0;   ///< Another one after each start.
  std::uint16_t prefix = 0;  ///< The top 16 bits of the ids that it makes.
  FrameLimits limits{};      ///< What it takes: "max_frame", "max_nesting".
  std::string http{};        ///< "HOST:PORT" of its HTTP side; empty: none.
  friend bool operator==(const Hello& a, const Hello& b) {
    return a.protocol == b.protocol && a.machine == b.machine && a.epoch == b.epoch &&
           a.prefix == b.prefix && a.limits.bytes == b.limits.bytes &&
           a.limits.nesting == b.limits.nesting && a.http == b.http;
  }
};

/// What protocol 2 adds to a request. None of it goes to another peer.
struct RequestExtras {
  /// "settled": requests of lower ids are done with, and their answers can be forgotten.
  std::optional<std::uint64_t> settled{};
  std::optional<Cause> trace{};
  /// "moves": the request is sent on, to where the object went by its move number so many.
  std::uint32_t moves = 0;
  friend bool operator==(const RequestExtras&, const RequestExtras&) = default;
};

struct Call {
  std::uint64_t request_id = 0;
  ObjectId target;
  Val input;
  ObjectId sender;
  std::string sender_machine;
  RequestExtras extras{};
};

/// Anything else that a node asks of another (protocol 2): the frame's type is its name. What the
/// arguments are is said in `requests.hpp`. Answered by a `call_response`.
enum class Request : std::uint8_t {
  // Instructions, carried out where the object is.
  destroy_obj,
  reflect,
  get_machine,
  get_controller,
  transfer_object,
  freeze,
  fetch,
  move_object,
  // An execution goes over.
  teleport,
  // A message into a mailbox.
  post,
  // The steps of a move and of a freeze.
  take_object,
  settle_object,
  collect_replica,
  release_replica,
};
inline constexpr std::size_t request_count = static_cast<std::size_t>(Request::release_replica) + 1;
std::string_view request_name(Request request) noexcept;

struct Ask {
  Request request = Request::get_machine;
  std::uint64_t request_id = 0;
  std::vector<Val> arguments;
  ObjectId sender;
  std::string sender_machine;
  RequestExtras extras{};
};

/// `{"Ok":v}`, or `{"Err":text}`. An error of ours has its code and data in one more field, "error":
/// `{"name":"ObjError.NotFound","data":[v]}`, and its text begins with the name.
struct Refusal {
  std::string text;
  std::optional<Error> error{};
};
using Answer = std::expected<Val, Refusal>;

struct CallResponse {
  std::uint64_t request_id = 0;
  Answer result;
};

struct CreateNotify {
  ObjectId object;
  std::string machine;
  std::optional<Hello> hello{};
  std::uint32_t moves = 0;  ///< How often the object has moved ("moves"; left out where 0).
  std::string name{};       ///< What the node calls the object ("name"; left out where empty).
};

struct DestroyNotify {
  ObjectId object;
};

struct Ping {
  std::uint64_t nonce = 0;
  std::optional<std::uint64_t> settled{};
};

struct Pong {
  std::uint64_t nonce = 0;
  std::optional<std::uint64_t> settled{};
};

/// Says why the connection will be closed (protocol 2). "stopping": the node ends for good.
struct Goodbye {
  std::string reason;
  bool stopping = false;
};

/// A frame of a type that nobody here knows.
struct Unknown {
  std::string type;
};

using Frame = std::variant<Call, CallResponse, CreateNotify, DestroyNotify, Ping, Pong, Ask,
                           Goodbye, Unknown>;

/// Reads frames. It keeps its buffers from one frame to the next.
class FrameDecoder {
 public:
  explicit FrameDecoder(FrameLimits limits);
  ~FrameDecoder();
  FrameDecoder(const FrameDecoder&) = delete;
  FrameDecoder& operator=(const FrameDecoder&) = delete;

  /// `json`: without the length. The error says in words what is wrong, for a log line.
  std::expected<Frame, std::string> decode(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Appends the frame's JSON to `out`: no white space, fields in the order above. False, and `out` as it
/// was, where the frame would go over `limits`, which are the receiver's.
bool encode(const Frame& frame, const FrameLimits& limits, std::string& out);

// The same without a frame to be made first, for what is sent often.
bool encode_call(std::uint64_t request_id, ObjectId target, const Val& input, ObjectId sender,
                 std::string_view sender_machine, const RequestExtras& extras,
                 const FrameLimits& limits, std::string& out);
bool encode_answer(std::uint64_t request_id, const Val& value, const FrameLimits& limits,
                   std::string& out);

}  // namespace avm::node
