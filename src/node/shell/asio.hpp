// Boost.Asio as the shell uses it: one thread, so that no handler needs a strand.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace avm::node {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// With the executor's own type: its general form costs an allocation and virtual calls.
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

}  // namespace avm::node
