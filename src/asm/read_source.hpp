// Reads source text that may be anything: a terminal, a device without end, a directory.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <istream>
#include <string>

namespace avm {

/// What `in` holds; of more than `bytes_max` bytes the first `bytes_max` + 1, so that whoever sets
/// the limit sees that it was passed.
std::string read_source(std::istream& in, std::size_t bytes_max);

/// The same for a file. As the error: why it cannot be read.
std::expected<std::string, std::string> read_source(const std::filesystem::path& path,
                                                    std::size_t bytes_max);

}  // namespace avm
