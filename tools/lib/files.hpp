// Reading and writing whole files, for tools.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "lib/io.hpp"

namespace avm {

/// The bytes of the file at `path`, or of standard input for `-`. As the error: one sentence.
std::expected<std::string, std::string> read_input(const std::string& path, Io& io);

/// A file that appears under its name all at once, by `commit`; until then, and where it never
/// comes to that, what was there before stays. (Devices and pipes are written as one goes.)
class OutputFile {
 public:
  /// As the error: one sentence.
  static std::expected<OutputFile, std::string> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  std::ostream& stream() noexcept { return stream_; }
  std::expected<void, std::string> commit();

 private:
  OutputFile(std::filesystem::path target, std::filesystem::path written);

  std::filesystem::path target_;
  std::filesystem::path
      written_;  // another one beside `target_`, or the same; empty once moved from
  std::ofstream stream_;
};

}  // namespace avm
