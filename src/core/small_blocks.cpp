#include "core/small_blocks.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "core/large_blocks.hpp"
#include "core/thread_heap.hpp"

namespace avm::heap {
namespace {

struct AtThreadEnd {
  ~AtThreadEnd() { thread_heap.small.close(); }
  /// Does nothing but make the object, so that its destructor runs.
  void touch() noexcept {}
};

thread_local AtThreadEnd at_thread_end;

}  // namespace

void* SmallBlocks::take_elsewhere(std::size_t index) noexcept {
  Chunk* chunk = with_room_[index].first;
  if (chunk != nullptr) {
    with_room_[index].remove(*chunk);
    chunk->is_listed = false;
  } else {
    chunk = new_chunk((index + 1) * granule);
    if (chunk == nullptr) return nullptr;
  }
  // The one before is full: it is found again by what is given back to it.
  current_[index] = chunk;
  return take((index + 1) * granule);
}

// Something was given back to `chunk`, which was full, or is empty now.
void SmallBlocks::settle(Chunk& chunk) noexcept {
  const std::size_t index = index_of(chunk);
  if (current_[index] == &chunk) {
    if (!is_closed_ || chunk.in_use != 0) return;
    current_[index] = &full_;
  }
  if (chunk.in_use == 0) {
    if (chunk.is_listed) with_room_[index].remove(chunk);
    free_chunk(chunk);
  } else if (!chunk.is_listed) {
    with_room_[index].add(chunk);
    chunk.is_listed = true;
  }
}

SmallBlocks::Chunk* SmallBlocks::new_chunk(std::size_t block_size) noexcept {
  Region* const region = regions_.first != nullptr ? regions_.first : new_region();
  if (region == nullptr) return nullptr;
  if (region->in_use++ == 0) --empty_regions_;
  char* begin = nullptr;
  std::size_t head = sizeof(Chunk);
  if (region->freed != nullptr) {
    begin = reinterpret_cast<char*>(std::exchange(region->freed, region->freed->next));
  } else {
    begin = begin_of(region, region_bytes) + region->used++ * chunk_bytes;
  }
  if (begin == begin_of(region, region_bytes)) head += sizeof(Region);
  if (region->freed == nullptr && region->used == region_chunks) regions_.remove(*region);

  auto* const chunk = new (begin) Chunk();
  chunk->block_size = static_cast<std::uint16_t>(block_size);
  chunk->fresh = begin + head;
  chunk->end = chunk->fresh + (chunk_bytes - head) / block_size * block_size;
  return chunk;
}

void SmallBlocks::free_chunk(Chunk& chunk) noexcept {
  Region& region = region_of(chunk);
  if (region.freed == nullptr && region.used == region_chunks) regions_.add(region);
  chunk.next = std::exchange(region.freed, &chunk);
  if (--region.in_use > 0) return;
  // One is kept: a program may be about to fill it again.
  ++empty_regions_;
  if (empty_regions_ > 1 || is_closed_) free_region(region);
}

SmallBlocks::Region* SmallBlocks::new_region() noexcept {
  void* const begin = std::aligned_alloc(region_bytes, region_bytes);
  if (begin == nullptr) return nullptr;
  at_thread_end.touch();
  // Small programs stay small.
  if (region_count_ > 0) prefer_large_pages(begin, region_bytes);
  ++region_count_;
  ++empty_regions_;
  auto* const region = new (static_cast<char*>(begin) + sizeof(Chunk)) Region();
  regions_.add(*region);
  return region;
}

void SmallBlocks::free_region(Region& region) noexcept {
  regions_.remove(region);
  --region_count_;
  --empty_regions_;
  std::free(begin_of(&region, region_bytes));
}

void SmallBlocks::close() noexcept {
  is_closed_ = true;
  for (Chunk*& current : current_) {
    Chunk* const chunk = std::exchange(current, &full_);
    if (chunk != &full_) settle(*chunk);
  }
  for (Region* region = regions_.first; region != nullptr;) {
    Region* const next = region->next;
    if (region->in_use == 0) free_region(*region);
    region = next;
  }
}

}  // namespace avm::heap
