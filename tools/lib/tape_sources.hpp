// The sources behind a tape file: its debug section only names them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "lib/io.hpp"

namespace avm {

std::span<const std::uint8_t> as_bytes(std::string_view text);

/// The sources that the tape in `bytes` was made from, of which `file` is the first, if they are
/// still there and still the same.
std::vector<SourceFile> sources_of_tape(const std::string& file, std::string_view bytes, Io& io);

}  // namespace avm
