// Files that are compiled in, so that a node needs nothing but itself.
#pragma once

#include <span>
#include <string_view>

namespace avm::node {

struct EmbeddedFile {
  std::string_view name;
  std::string_view content_type;
  std::string_view bytes;
};

/// The page that a node serves, and all that belongs to it.
std::span<const EmbeddedFile> page_files() noexcept;
/// The programs of the demo.
std::span<const EmbeddedFile> demo_files() noexcept;

}  // namespace avm::node
