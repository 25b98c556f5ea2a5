#include "lib/tape_sources.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/files.hpp"

namespace avm {

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<SourceFile> sources_of_tape(const std::string& file, std::string_view bytes, Io& io) {
  std::error_code error;
  // A tape can name any file, also one whose reading never ends.
  if (!std::filesystem::is_regular_file(file, error)) return {};
  auto text = read_input(file, io);
  if (!text) return {};
  Assembly assembly = assemble({file, std::move(*text)});
  if (!assembly.tape || !std::ranges::equal(serialize(*assembly.tape), as_bytes(bytes))) return {};
  return std::move(assembly.sources);
}

}  // namespace avm
