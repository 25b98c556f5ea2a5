// A bare echo of frames over loopback, by Boost.Asio's coroutines: what a round trip costs before anything
// is done with it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace avm::bench {

/// Serves on a loopback port of its own choice, which is told to `told(port)`, until the process ends.
void serve_echo(void (*told)(std::uint16_t port, void* to), void* to);

/// Seconds that `count` round trips take, one after the other: frames of `request` bytes are answered by
/// frames of `answer` bytes, lengths included.
double time_echo(std::uint16_t port, std::uint64_t count, std::size_t request, std::size_t answer);

}  // namespace avm::bench
