#include "avm/itree.hpp"

namespace avm::itree {

// A node that goes can be the last to hold another one, also by way of what a function captures. The
// nodes of such a chain wait here for each other instead of going one inside of the other.
void Node::free(Node* node) noexcept {
  static thread_local Node* waiting = nullptr;
  static thread_local bool is_freeing = false;
  node->next_freed_ = std::exchange(waiting, node);
  if (is_freeing) return;
  is_freeing = true;
  while (waiting != nullptr)
    delete std::exchange(waiting, waiting->next_freed_);
  is_freeing = false;
}

}  // namespace avm::itree
