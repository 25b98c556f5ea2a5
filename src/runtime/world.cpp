#include "runtime/world.hpp"

namespace avm {

bool World::post(ObjectId object, const Val& message) {
  const SlotKey key{object};
  const ObjectData* data = store.find(key);
  const bool exists = data != nullptr && data->exists();
  if (exists && data->waits()) return true;
  if (!exists && is_spent(object)) return false;
  ExtrasPointer extras = data == nullptr ? ExtrasPointer() : data->extras;
  extras.own().mailbox.push({Val::nothing(), message});
  store.change(key, [&](ObjectData& changed, Version) { changed.extras = std::move(extras); });
  return false;
}

bool World::is_spent(ObjectId object) const noexcept {
  // While transactions are active, one of them may have made the object and not have committed.
  const bool was_given_out = object.number >= prefix && object.number - prefix < next_object;
  return was_given_out && !store.has_snapshots();
}

}  // namespace avm
