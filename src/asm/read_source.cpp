#include "asm/read_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/large_blocks.hpp"

namespace avm {

namespace {

/// `likely`: how many bytes there may be.
std::string read_all(std::istream& in, std::size_t bytes_max, std::size_t likely) {
  std::string text;
  const std::size_t most = bytes_max == std::string::npos ? bytes_max : bytes_max + 1;
  for (std::size_t stride = likely; in && text.size() < most; stride *= 2) {
    const std::size_t before = text.size();
    const std::size_t wanted = std::min(stride, most - before);
    text.resize_and_overwrite(before + wanted, [&](char* bytes, std::size_t) {
      heap::prefer_large_pages(bytes + before, wanted);
      in.read(bytes + before, static_cast<std::streamsize>(wanted));
      return before + static_cast<std::size_t>(in.gcount());
    });
  }
  return text;
}

constexpr std::size_t first_stride = std::size_t{1} << 16U;

}  // namespace

std::string read_source(std::istream& in, std::size_t bytes_max) {
  return read_all(in, bytes_max, first_stride);
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
  // The size is only a hint: what is no plain file may state any. One byte more, so that the end is seen.
  constexpr std::uintmax_t believed_max = std::uintmax_t{1} << 28U;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  const std::size_t likely =
      error ? first_stride : std::clamp<std::uintmax_t>(size + 1, first_stride, believed_max);
  std::string text = read_all(file, bytes_max, likely);
  if (file.bad()) return std::unexpected(reason());
  return text;
}

}  // namespace avm
