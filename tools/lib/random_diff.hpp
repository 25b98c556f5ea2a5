// avm-diff --random: makes random programs, runs each on both backends, and shrinks the first that
// differs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/io.hpp"

namespace avm {

struct RandomDiffOptions {
  std::uint64_t programs = 0;
  std::uint64_t seed = 1;   ///< Of the first program; of the one after it one more, and so on.
  std::uint64_t layer = 4;  ///< The highest layer whose instructions they have.
  std::uint64_t size = 24;  ///< About as many statements has a function.
  std::uint64_t jobs = 0;   ///< Threads; 0: as many as there are processors.
  std::optional<std::uint64_t> seconds{};  ///< When to stop, however many programs are left.
  std::string output;  ///< Where to write a program that differs; empty: difference-SEED.avm.
  bool quiet = false;  ///< Says nothing of what is the same.
};

ExitCode random_diff(const RandomDiffOptions& options, Io& io);

}  // namespace avm
