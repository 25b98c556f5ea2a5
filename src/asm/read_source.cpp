#include "asm/read_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace avm {

std::string read_source(std::istream& in, std::size_t bytes_max) {
  std::string text;
  const std::size_t most = bytes_max == std::string::npos ? bytes_max : bytes_max + 1;
  for (std::size_t stride = std::size_t{1} << 16U; in && text.size() < most; stride *= 2) {
    const std::size_t before = text.size();
    const std::size_t wanted = std::min(stride, most - before);
    text.resize(before + wanted);
    in.read(text.data() + before, static_cast<std::streamsize>(wanted));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  return text;
}

std::expected<std::string, std::string> read_source(const std::filesystem::path& path,
                                                    std::size_t bytes_max) {
  const auto reason = [] {
    return std::string(errno != 0 ? std::strerror(errno) : "input or output error");
  };
  std::error_code error;
  // To open a directory works; to read it does not, and says nothing.
  if (std::filesystem::is_directory(path, error)) return std::unexpected("it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(reason());
  std::string text = read_source(file, bytes_max);
  if (file.bad()) return std::unexpected(reason());
  return text;
}

}  // namespace avm
