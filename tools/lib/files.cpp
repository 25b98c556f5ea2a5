#include "lib/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <istream>
#include <sstream>
#include <system_error>
#include <utility>

namespace avm {
namespace fs = std::filesystem;

namespace {

/// Why the latest operation on a file failed, as the system says it.
std::string reason() { return errno != 0 ? std::strerror(errno) : "input or output error"; }

std::string cannot(std::string_view what, const fs::path& path, const std::string& why) {
  return "cannot " + std::string(what) + " '" + path.string() + "': " + why;
}

std::string read_all(std::istream& in) {
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

/// Whether a new file can take the place of `path` without anything being lost by it.
bool can_be_replaced(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  return !fs::exists(status) || fs::is_regular_file(status);
}

}  // namespace

std::expected<std::string, std::string> read_input(const std::string& path, Io& io) {
  if (path == "-") return read_all(io.in);
  std::error_code error;
  // To open a directory works; to read it does not, and says nothing.
  if (fs::is_directory(path, error)) return std::unexpected(cannot("read", path, "is a directory"));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(cannot("read", path, reason()));
  std::string bytes = read_all(file);
  if (file.bad()) return std::unexpected(cannot("read", path, reason()));
  return bytes;
}

OutputFile::OutputFile(fs::path target, fs::path written)
    : target_(std::move(target)),
      written_(std::move(written)),
      stream_(written_, std::ios::binary | std::ios::trunc) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : target_(std::move(other.target_)),
      written_(std::exchange(other.written_, {})),
      stream_(std::move(other.stream_)) {}

OutputFile::~OutputFile() {
  if (written_.empty() || written_ == target_) return;
  stream_.close();
  std::error_code error;
  fs::remove(written_, error);
}

std::expected<OutputFile, std::string> OutputFile::create(const std::string& path) {
  fs::path written = path;
  if (can_be_replaced(path)) written += ".tmp" + std::to_string(getpid());
  errno = 0;
  OutputFile file(path, written);
  if (!file.stream_) return std::unexpected(cannot("write", path, reason()));
  return file;
}

std::expected<void, std::string> OutputFile::commit() {
  errno = 0;
  stream_.close();
  if (!stream_) return std::unexpected(cannot("write", target_, reason()));
  if (written_ != target_) {
    std::error_code error;
    fs::rename(written_, target_, error);
    if (error) return std::unexpected(cannot("write", target_, error.message()));
  }
  written_.clear();
  return {};
}

}  // namespace avm
