// Files that tests read and write, and a folder of their own to write them in.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace avm::test {

/// A new folder in which the process runs while this lives. It goes with all that is in it.
class Folder {
 public:
  Folder() {
    std::filesystem::create_directories(path_);
    std::filesystem::current_path(path_);
  }
  ~Folder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// How many files are in it.
  std::ptrdiff_t size() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  // Each test is a process of its own, with one such folder at a time.
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("avm-test-" + std::to_string(getpid()));
};

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Empty where there is none.
inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// A file or folder of the source tree.
inline std::filesystem::path source_path(std::string_view path) {
  const char* const root = std::getenv("AVM_SOURCE_ROOT");
  return std::filesystem::path(root == nullptr ? "." : root) / path;
}

}  // namespace avm::test
