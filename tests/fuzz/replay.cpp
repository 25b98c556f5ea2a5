// Shows a fuzz target the files that it is given, each also with small damage done to it. Damage is
// drawn from a fixed seed: a test that fails will fail again.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int damaged_copies = 100;

// Flips a bit, cuts the end off, takes a piece out, or puts a piece in twice.
void damage(Bytes& bytes, std::mt19937_64& random) {
  if (bytes.empty()) return;
  const auto from = static_cast<std::ptrdiff_t>(random() % bytes.size());
  const auto rest = static_cast<std::ptrdiff_t>(bytes.size()) - from;
  const auto length = static_cast<std::ptrdiff_t>(random() % 16) % rest;
  switch (random() % 4) {
  case 0:
    bytes[static_cast<std::size_t>(from)] ^= static_cast<std::uint8_t>(1U << random() % 8);
    break;
  case 1: bytes.resize(static_cast<std::size_t>(from)); break;
  case 2: bytes.erase(bytes.begin() + from, bytes.begin() + from + length); break;
  default: {
    const Bytes piece(bytes.begin() + from, bytes.begin() + from + length);
    bytes.insert(bytes.begin() + from, piece.begin(), piece.end());
  }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937_64 random(20'26);
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const Bytes seed{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(seed.data(), seed.size());
    for (int copy = 0; copy < damaged_copies; ++copy) {
      Bytes bytes = seed;
      for (auto times = 1 + random() % 3; times > 0; --times)
        damage(bytes, random);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%s\n", argv[i]);
  }
}
