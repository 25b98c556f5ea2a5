#include "shell/http.hpp"

#include <cstdlib>

namespace avm::test {

std::string get(const node::HostPort& node, std::string_view target,
                const std::vector<std::string>& headers) {
  std::string request =
      "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + to_text(node) + "\r\n";
  for (const std::string& header : headers)
    request += header + "\r\n";
  return request + "\r\n";
}

std::string post(const node::HostPort& node, std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: " + to_text(node) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

Answer read_answer(Socket& socket) {
  Answer answer;
  answer.head = socket.read_until("\r\n\r\n");
  answer.status = std::atoi(answer.head.substr(9, 3).c_str());
  constexpr std::string_view length = "Content-Length: ";
  if (const std::size_t at = answer.head.find(length); at != std::string::npos) {
    answer.body = socket.read(std::strtoul(answer.head.c_str() + at + length.size(), nullptr, 10));
  }
  return answer;
}

Answer ask(const node::HostPort& node, std::string_view request) {
  Socket socket(node);
  socket.write(request);
  return read_answer(socket);
}

}  // namespace avm::test
