// Shows a fuzz target what it is given, so that it is a test:
//
//   replay-TARGET RANDOM COPIES [FILE|FOLDER…]
//
// as many byte strings as RANDOM says; and the files, of folders the programs and other seeds in them,
// each also COPIES times with small damage done to it. All is drawn from fixed seeds: what fails will fail again. An input that
// ends the process is left in `replay-TARGET.input`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

// A target may do without one.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                             std::size_t size_max, unsigned seed);

namespace {

namespace fs = std::filesystem;

std::minstd_rand mutations(20'26);
std::vector<std::uint8_t> input;
std::string kept_as;

// Only what may be called here: the process is at its end.
void keep_input(int signal) {
  const int file = open(kept_as.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && write(file, input.data(), input.size()) >= 0) {
    constexpr std::string_view said = "the input that it ends on is kept as ";
    if (write(STDERR_FILENO, said.data(), said.size()) < 0 ||
        write(STDERR_FILENO, kept_as.data(), kept_as.size()) < 0 ||
        write(STDERR_FILENO, "\n", 1) < 0)
      _exit(1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void show() { LLVMFuzzerTestOneInput(input.data(), input.size()); }

void show_random(unsigned count) {
  constexpr std::size_t size_max = 800;
  for (unsigned seed = 0; seed < count; ++seed) {
    std::mt19937_64 random(seed);
    input.resize(1 + random() % size_max);
    for (std::uint8_t& byte : input)
      byte = static_cast<std::uint8_t>(random());
    show();
  }
}

void damage() {
  const std::size_t size = input.size();
  const std::size_t size_max = 2 * size + 4096;
  const auto seed = static_cast<unsigned>(mutations());
  input.resize(size_max);
  input.resize(LLVMFuzzerCustomMutator != nullptr
                   ? LLVMFuzzerCustomMutator(input.data(), size, size_max, seed)
                   : LLVMFuzzerMutate(input.data(), size, size_max));
}

void show_file(const fs::path& path, unsigned copies) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> seed{std::istreambuf_iterator<char>(file), {}};
  input = seed;
  show();
  for (unsigned copy = 0; copy < copies; ++copy) {
    input = seed;
    for (auto times = 1 + mutations() % 3; times > 0; --times)
      damage();
    show();
  }
}

bool is_seed(const fs::path& path) {
  constexpr std::array others = {".build", ".cpp", ".hpp"};
  return std::ranges::find(others, path.extension()) == others.end();
}

// In an order that does not hang on the file system.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && is_seed(entry.path())) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

unsigned number(const char* text) {
  unsigned result = 0;
  std::from_chars(text, text + std::string_view(text).size(), result);
  return result;
}

}  // namespace

// Flips a bit, cuts the end off, takes a piece out, or puts a piece in twice.
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max) {
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto from = static_cast<std::ptrdiff_t>(mutations() % size);
  const auto rest = static_cast<std::ptrdiff_t>(size) - from;
  const auto length = static_cast<std::ptrdiff_t>(mutations() % 16) % rest;
  switch (mutations() % 4) {
  case 0:
    bytes[static_cast<std::size_t>(from)] ^= static_cast<std::uint8_t>(1U << mutations() % 8);
    break;
  case 1: bytes.resize(static_cast<std::size_t>(from)); break;
  case 2: bytes.erase(bytes.begin() + from, bytes.begin() + from + length); break;
  default: {
    const std::vector<std::uint8_t> piece(bytes.begin() + from, bytes.begin() + from + length);
    bytes.insert(bytes.begin() + from, piece.begin(), piece.end());
  }
  }
  bytes.resize(std::min(bytes.size(), size_max));
  std::ranges::copy(bytes, data);
  return bytes.size();
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  kept_as = fs::path(argv[0]).filename().string() + ".input";
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    std::signal(signal, keep_input);
  show_random(number(argv[1]));
  for (int i = 3; i < argc; ++i) {
    for (const fs::path& file : files_of(argv[i]))
      show_file(file, number(argv[2]));
  }
}
