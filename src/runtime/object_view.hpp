// Objects as people and tests see them (`ObjectView`, `avm/machine.hpp`).
#pragma once

#include <functional>

#include "avm/machine.hpp"
#include "runtime/world.hpp"

namespace avm {

/// An object of the store.
ObjectView view_object(const World& world, ObjectId id);

/// The objects of a world as they stand now, in id order.
void for_each_object(const World& world, const std::function<void(const ObjectView&)>& visit);

}  // namespace avm
