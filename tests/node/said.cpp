#include "node/said.hpp"

#include <algorithm>
#include <utility>

#include "node/bare_node.hpp"

namespace avm::node::test {
namespace {

std::uint64_t fresh_id() {
  static std::uint64_t next = 1;
  return next++;
}

}  // namespace

Hello hello_of(std::string_view machine, std::uint16_t prefix, std::uint64_t epoch,
               FrameLimits takes) {
  return {.machine = std::string(machine), .epoch = epoch, .prefix = prefix, .limits = takes};
}

Frame greeting(const Hello& hello) {
  return CreateNotify{.object = root_of(hello.prefix), .machine = hello.machine, .hello = hello};
}

Call calling(ObjectId target, Val input) {
  return {.request_id = fresh_id(),
          .target = target,
          .input = std::move(input),
          .sender = root_of(2),
          .sender_machine = "beta"};
}

Ask asking(Request request, std::vector<Val> arguments) {
  return {.request = request,
          .request_id = fresh_id(),
          .arguments = std::move(arguments),
          .sender = root_of(2),
          .sender_machine = "beta"};
}

Ask take(ObjectId object, Val packed_object, std::uint64_t moves) {
  return asking(Request::take_object,
                {Val::object(object), std::move(packed_object), Val::nat(moves)});
}

Ask settle(ObjectId object, bool is_moved, std::uint64_t moves) {
  return asking(Request::settle_object,
                {Val::object(object), Val::nat(moves), Val::boolean(is_moved)});
}

Frame answer(std::uint64_t request_id, Val value) {
  return CallResponse{request_id, std::move(value)};
}

Frame refusal(std::uint64_t request_id, std::string text) {
  return CallResponse{request_id, std::unexpected(Refusal{std::move(text)})};
}

Frame refusal(std::uint64_t request_id, const Error& error) {
  return CallResponse{request_id, std::unexpected(Refusal{error.text(), error})};
}

Val hash_of(std::string_view function) {
  const auto& functions = bare_node_program().tape->functions;
  return Val::str(std::ranges::find(functions, function, &TapeFunction::name)->hash.hex());
}

Val packed_object(std::string_view behavior) {
  return list({str(behavior), hash_of(behavior), Val::empty_list(), Val::nothing(), Val::nothing(),
               Val::empty_list(), Val::nothing(), Val::empty_list()});
}

}  // namespace avm::node::test
