// What a fuzz target is: a file that defines the function below, which must come back from any
// bytes. With libFuzzer it makes a fuzzer; with `replay.cpp` a test that shows it the seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace avm::fuzz {

/// What must hold of every input. Not `assert`, which release builds leave out.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace avm::fuzz
