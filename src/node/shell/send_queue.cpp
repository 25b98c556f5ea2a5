#include "node/shell/send_queue.hpp"

#include <array>
#include <cstdint>

namespace avm::node {
namespace {

constexpr std::size_t size_at_rest = std::size_t{256} << 10U;

void shrink_if_empty(std::string& bytes) {
  if (bytes.empty() && bytes.capacity() > size_at_rest) std::string().swap(bytes);
}

}  // namespace

void SendQueue::add(std::string_view json) {
  const auto length = static_cast<std::uint32_t>(json.size());
  const std::array<char, 4> head{static_cast<char>(length >> 24U), static_cast<char>(length >> 16U),
                                 static_cast<char>(length >> 8U), static_cast<char>(length)};
  back_.append(head.data(), head.size()).append(json);
}

std::string_view SendQueue::front() {
  if (written_ == front_.size()) {
    front_.clear();
    front_.swap(back_);
    written_ = 0;
  }
  return std::string_view(front_).substr(written_);
}

void SendQueue::clear() noexcept {
  front_.clear();
  back_.clear();
  written_ = 0;
}

void SendQueue::shrink() {
  if (size() != 0) return;
  clear();
  shrink_if_empty(front_);
  shrink_if_empty(back_);
}

}  // namespace avm::node
