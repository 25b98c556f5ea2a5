// What a test's peers say, mostly beta's: node id 2, and the same program as `BareNode`.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "node/frame.hpp"

namespace avm::node::test {

inline ObjectId object(std::uint16_t prefix, std::uint64_t number) {
  return {std::uint64_t{prefix} << 48U | number};
}
inline ObjectId root_of(std::uint16_t prefix) { return object(prefix, 0xFFFF'FFFF'FFFFU); }
inline Val list(std::initializer_list<Val> parts) { return Val::list(parts); }
inline Val str(std::string_view text) { return Val::str(text); }

Hello hello_of(std::string_view machine, std::uint16_t prefix, std::uint64_t epoch = 1,
               FrameLimits takes = {});
/// The frame that says it.
Frame greeting(const Hello& hello);

// Requests are numbered from 1, through all of a test.

Call calling(ObjectId target, Val input = Val::nat(1));
Ask asking(Request request, std::vector<Val> arguments);
/// The steps of an object's move here.
Ask take(ObjectId object, Val packed_object, std::uint64_t moves = 1);
Ask settle(ObjectId object, bool is_moved, std::uint64_t moves = 1);

Frame answer(std::uint64_t request_id, Val value);
Frame refusal(std::uint64_t request_id, std::string text);
Frame refusal(std::uint64_t request_id, const Error& error);

/// The content hash of a function of `bare_node_program`, as a value.
Val hash_of(std::string_view function);
/// `[behavior, hash, state, creating controller, current controller, mailbox, waiting, replicas]`.
Val packed_object(std::string_view behavior);

/// Those of one type.
template <typename T>
std::vector<T> frames_of(const std::vector<Frame>& frames) {
  std::vector<T> found;
  for (const Frame& frame : frames) {
    if (const T* one = std::get_if<T>(&frame)) found.push_back(*one);
  }
  return found;
}

}  // namespace avm::node::test
