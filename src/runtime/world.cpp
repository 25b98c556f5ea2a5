#include "runtime/world.hpp"

namespace avm {

bool World::post(ObjectId object, const Val& message) {
  const SlotKey key{object};
  const ObjectData* data = store.find(key);
  const bool exists = data != nullptr && data->exists();
  if (exists && data->waiting != nullptr) return true;
  if (!exists && is_spent(object)) return false;
  Mailbox mailbox = data == nullptr ? Mailbox() : data->mailbox;
  mailbox.push({Val::nothing(), message});
  store.change(key, [&](ObjectData& changed, Version) { changed.mailbox = std::move(mailbox); });
  return false;
}

bool World::is_spent(ObjectId object) const noexcept {
  // While transactions are active, one of them may have made the object and not have committed.
  const bool was_given_out = object.number >= prefix && object.number - prefix < next_object;
  return was_given_out && !store.has_snapshots();
}

}  // namespace avm
