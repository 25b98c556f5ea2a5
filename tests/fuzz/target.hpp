// What a fuzz target is: a file of `targets/` that defines the first function below, which must come
// back from any bytes. With libFuzzer it makes a fuzzer; with `replay.cpp` a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// A target may have it: changes an input in place, which may grow to `size_max` bytes, and gives its
/// new size.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed);

/// What changes bytes whatever they mean; libFuzzer has it, and `replay.cpp`.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace avm::fuzz {

using Bytes = std::span<const std::uint8_t>;

[[noreturn]] inline void fail(std::string_view why,
                              std::source_location place = std::source_location::current()) {
  std::fprintf(stderr, "%s:%u: %.*s\n", place.file_name(), place.line(),
               static_cast<int>(why.size()), why.data());
  std::abort();
}

/// What must hold of every input. Not `assert`, which release builds leave out.
inline void require(bool holds, std::string_view why = "this must hold of every input",
                    std::source_location place = std::source_location::current()) {
  if (!holds) fail(why, place);
}

inline std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace avm::fuzz
