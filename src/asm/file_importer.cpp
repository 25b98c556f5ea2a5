#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "asm/read_source.hpp"
#include "avm/assemble.hpp"

namespace avm {
namespace {

namespace fs = std::filesystem;

/// Names of the files that were seen, by what they really are: one file can be reached by many
/// paths, and two imports of it must give the same name.
class KnownFiles {
 public:
  const std::string& name(const fs::path& path, std::string name) {
    return names_.emplace(fs::canonical(path), std::move(name)).first->second;
  }

 private:
  std::map<fs::path, std::string> names_;
};

std::expected<SourceFile, std::string> read_import(KnownFiles& known, std::string_view path,
                                                   std::string_view importing_file,
                                                   std::size_t bytes_max) {
  const fs::path importing(importing_file);
  const fs::path file = (importing.parent_path() / fs::path(path)).lexically_normal();
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return std::unexpected(fmt::format("there is no '{}'", file.string()));
  if (fs::is_directory(status)) {
    return std::unexpected(fmt::format("'{}' is a directory", file.string()));
  }
  // A device or a pipe might never end.
  if (!fs::is_regular_file(status)) {
    return std::unexpected(fmt::format("'{}' is not a regular file", file.string()));
  }
  if (fs::exists(importing, error)) known.name(importing, importing.string());
  auto text = read_source(file, bytes_max);
  if (!text) return std::unexpected(fmt::format("'{}': {}", file.string(), text.error()));
  return SourceFile{known.name(file, file.string()), *std::move(text)};
}

}  // namespace

Importer file_importer(std::size_t bytes_max) {
  return [bytes_max, known = std::make_shared<KnownFiles>()](
             std::string_view path,
             std::string_view importing_file) -> std::expected<SourceFile, std::string> {
    try {
      return read_import(*known, path, importing_file, bytes_max);
    } catch (const fs::filesystem_error& error) {
      return std::unexpected(error.code().message());
    }
  };
}

}  // namespace avm
