#include "core/large_pages.hpp"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace avm::heap {

void prefer_large_pages(void* begin, std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  constexpr std::size_t page = 4096;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % page;
  if (bytes <= before) return;
  // It is advice: where it is refused all works as before.
  static_cast<void>(
      madvise(static_cast<char*>(begin) + before, (bytes - before) / page * page, MADV_HUGEPAGE));
#else
  static_cast<void>(begin);
  static_cast<void>(bytes);
#endif
}

}  // namespace avm::heap
