// The names of requests.
#include "node/frame.hpp"

#include <array>

namespace avm::node {

namespace {

constexpr std::array<std::string_view, request_count> request_names{
    "destroy_obj", "reflect",       "get_machine",     "get_controller",  "transfer_object",
    "freeze",      "fetch",         "move_object",     "teleport",        "post",
    "take_object", "settle_object", "collect_replica", "release_replica",
};

}  // namespace

std::string_view request_name(Request request) noexcept {
  return request_names[static_cast<std::size_t>(request)];
}

}  // namespace avm::node
