// Asking the system for large pages. To touch memory for the first time costs about as much as to fill it
// ten times; in pages of 2 MiB instead of 4 KiB it costs a tenth of that.
#pragma once

#include <cstddef>

namespace avm::heap {

/// Memory from here on is worth it.
inline constexpr std::size_t large_bytes = std::size_t{4} << 20U;

/// Says that `bytes` from `begin` on are about to be used. Does nothing where the system does not know of it.
void prefer_large_pages(void* begin, std::size_t bytes) noexcept;

}  // namespace avm::heap
