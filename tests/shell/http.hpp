// Requests of tests to the HTTP side of a node, byte by byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/shell/address.hpp"
#include "shell/socket.hpp"

namespace avm::test {

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
};

/// `GET target` with these further header lines.
std::string get(const node::HostPort& node, std::string_view target,
                const std::vector<std::string>& headers = {});
/// `POST target` with a JSON body.
std::string post(const node::HostPort& node, std::string_view target, std::string_view body);

/// Reads one answer; further ones may follow it.
Answer read_answer(Socket& socket);
/// Asks over a connection of its own.
Answer ask(const node::HostPort& node, std::string_view request);

}  // namespace avm::test
