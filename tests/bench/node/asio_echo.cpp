#include "asio_echo.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include <boost/asio.hpp>

namespace avm::bench {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// A frame begins with its own length and that of the answer.
struct Head {
  std::uint32_t size;
  std::uint32_t answer;
};

asio::awaitable<void> serve(tcp::socket socket) {
  try {
    std::vector<char> buffer(1U << 16U);
    for (;;) {
      Head head{};
      co_await asio::async_read(socket, asio::buffer(&head, sizeof head), asio::use_awaitable);
      co_await asio::async_read(socket, asio::buffer(buffer.data(), head.size - sizeof head),
                                asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer(buffer.data(), head.answer),
                                 asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The other side has gone.
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> ask(tcp::socket& socket, std::uint64_t count, std::size_t request,
                          std::size_t answer) {
  std::vector<char> buffer(std::max(request, answer));
  for (std::uint64_t i = 0; i < count; ++i) {
    const Head head{static_cast<std::uint32_t>(request), static_cast<std::uint32_t>(answer)};
    std::memcpy(buffer.data(), &head, sizeof head);
    co_await asio::async_write(socket, asio::buffer(buffer.data(), request), asio::use_awaitable);
    co_await asio::async_read(socket, asio::buffer(buffer.data(), answer), asio::use_awaitable);
  }
}

}  // namespace

void serve_echo(void (*told)(std::uint16_t port, void* to), void* to) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  told(acceptor.local_endpoint().port(), to);
  asio::co_spawn(context, accept(acceptor), asio::detached);
  context.run();
}

double time_echo(std::uint16_t port, std::uint64_t count, std::size_t request, std::size_t answer) {
  asio::io_context context(1);
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  socket.set_option(tcp::no_delay(true));
  const auto start = std::chrono::steady_clock::now();
  asio::co_spawn(context, ask(socket, count, request, answer), asio::detached);
  context.run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace avm::bench
