#include "runtime/packing.hpp"

#include <initializer_list>
#include <string_view>

#include "core/blocks.hpp"

namespace avm {
namespace {

std::unexpected<Error> refuse(const MachineId& machine, std::string_view why) {
  return std::unexpected(
      Error(ErrorCode::MachineError_InvalidTransfer, machine.name, Val::str(why)));
}

// Whether a value is a list whose elements are of these kinds.
bool has_shape(const Val& value, std::initializer_list<KindSet> kinds) {
  if (!value.is_list() || value.list_size() != kinds.size()) return false;
  std::uint64_t i = 0;
  for (const KindSet kind : kinds) {
    if ((kind & kind_bit(value.list_at(i++).kind())) == 0) return false;
  }
  return true;
}

constexpr KindSet any = any_kind;
constexpr KindSet str = kind_bit(Kind::Str);
constexpr KindSet list = kind_bit(Kind::List);
constexpr KindSet maybe = kind_bit(Kind::Nothing) | kind_bit(Kind::Just);

bool is_controller(const Val& maybe_name) {
  return maybe_name.is_nothing() || maybe_name.unwrapped().is_str();
}

bool is_sender(const Val& maybe_object) {
  return maybe_object.is_nothing() || maybe_object.unwrapped().is_object();
}

Result<Val> pack_waiting(const ObjectData& object, const MachineId& machine) {
  if (!object.waits()) return Val::nothing();
  std::optional<Val> activation = object.extras->waiting->pack();
  if (!activation) return refuse(machine, "what waits in it is not a Tape's");
  return Val::just(std::move(*activation));
}

Val hash_of(const Code& code) { return Val::str(code.hash.hex()); }

// Behavior, hash, state and what waits, where the code is here.
Result<ObjectData> unpack_content(const World& world, const Val& name, const Val& hash, Val state,
                                  const Val& waiting) {
  const Code* behavior = world.registry.behavior(name);
  if (behavior == nullptr) return refuse(world.machine, "it does not know the behavior");
  if (hash_of(*behavior) != hash)
    return refuse(world.machine, "its behavior of that name is another one");
  ObjectData data{.behavior = behavior, .state = std::move(state)};
  if (waiting.is_nothing()) return data;
  if (behavior->unpack != nullptr)
    data.extras.own().waiting = behavior->unpack(*behavior, waiting.unwrapped(), Op::receive);
  if (!data.waits()) return refuse(world.machine, "what waits in it cannot go on there");
  return data;
}

}  // namespace

Result<Val> pack_object(const World& world, ObjectId object, const MachineId& machine) {
  const ObjectData& data = *world.store.find({object});
  Result<Val> waiting = pack_waiting(data, machine);
  if (!waiting) return waiting;
  Val mailbox = Val::empty_list();
  for (const Message& message : data.extras->mailbox.messages())
    list_append(mailbox, Val::list({message.sender, message.value}));
  Val replicas = Val::empty_list();
  world.store.for_each_replica(object, [&](SlotKey key, const ObjectData& replica) {
    list_append(replicas, Val::list({world.machines.name(key.place).name,
                                     Val::boolean(data.written_at <= replica.extras->fetched_at)}));
  });
  return Val::list({data.behavior->name, hash_of(*data.behavior), data.state,
                    data.extras->creating_controller, data.extras->current_controller,
                    std::move(mailbox), std::move(*waiting), std::move(replicas)});
}

Result<Val> pack_replica(const ObjectData& object, const MachineId& machine) {
  Result<Val> waiting = pack_waiting(object, machine);
  if (!waiting) return waiting;
  return Val::list({object.behavior->name, hash_of(*object.behavior), object.state,
                    object.extras->creating_controller, object.extras->current_controller,
                    std::move(*waiting)});
}

Val pack_program(const Departure& departure) {
  return Val::list({departure.code->name, hash_of(*departure.code), Val::object(departure.self),
                    departure.input, departure.activation, Val::nat(departure.timestamp)});
}

Result<UnpackedObject> unpack_object(const World& world, const Val& packed) {
  if (!has_shape(packed, {str, str, list, maybe, maybe, list, maybe, list}))
    return refuse(world.machine, "what came is not an object");
  Result<ObjectData> data = unpack_content(world, packed.list_at(0), packed.list_at(1),
                                           packed.list_at(2), packed.list_at(6));
  if (!data) return std::unexpected(std::move(data.error()));
  UnpackedObject object{std::move(*data), {}};
  if (!is_controller(packed.list_at(3)) || !is_controller(packed.list_at(4)))
    return refuse(world.machine, "what came is not an object");
  Extras& extras = object.data.extras.own();
  extras.creating_controller = packed.list_at(3);
  extras.current_controller = packed.list_at(4);
  const Val mailbox = packed.list_at(5);
  for (std::uint64_t i = 0; i < mailbox.list_size(); ++i) {
    const Val message = mailbox.list_at(i);
    if (!has_shape(message, {maybe, any}) || !is_sender(message.list_at(0)))
      return refuse(world.machine, "what came is not a mailbox");
    extras.mailbox.push({message.list_at(0), message.list_at(1)});
  }
  const Val replicas = packed.list_at(7);
  for (std::uint64_t i = 0; i < replicas.list_size(); ++i) {
    const Val replica = replicas.list_at(i);
    if (!has_shape(replica, {str, kind_bit(Kind::Bool)}))
      return refuse(world.machine, "what came is not a list of replicas");
    object.replicas.push_back({{replica.list_at(0)}, replica.list_at(1).as_bool()});
  }
  return object;
}

Result<ObjectData> unpack_replica(const World& world, const Val& packed) {
  if (!has_shape(packed, {str, str, list, maybe, maybe, maybe}) ||
      !is_controller(packed.list_at(3)) || !is_controller(packed.list_at(4)))
    return refuse(world.machine, "what came is not a replica");
  Result<ObjectData> data = unpack_content(world, packed.list_at(0), packed.list_at(1),
                                           packed.list_at(2), packed.list_at(5));
  if (!data) return data;
  Extras& extras = data->extras.own();
  extras.creating_controller = packed.list_at(3);
  extras.current_controller = packed.list_at(4);
  return data;
}

Result<Arrival> unpack_program(const World& world, const Val& packed,
                               const std::function<const Code*(const Val& name)>& find) {
  if (!has_shape(packed, {str, str, kind_bit(Kind::Object), any, list, kind_bit(Kind::Nat)}))
    return refuse(world.machine, "what came is not a program");
  // All programs run for root objects.
  if (!World::is_root(packed.list_at(2).as_object()))
    return refuse(world.machine, "what came is not a program");
  const Code* program = find(packed.list_at(0));
  if (program == nullptr) return refuse(world.machine, "it does not know the program");
  if (hash_of(*program) != packed.list_at(1))
    return refuse(world.machine, "its program of that name is another one");
  Arrival arrival{program, packed.list_at(2).as_object(), packed.list_at(3), nullptr,
                  packed.list_at(5).as_nat()};
  if (program->unpack != nullptr)
    arrival.activation = program->unpack(*program, packed.list_at(4), Op::teleport);
  if (arrival.activation == nullptr) return refuse(world.machine, "it cannot go on there");
  return arrival;
}

}  // namespace avm
