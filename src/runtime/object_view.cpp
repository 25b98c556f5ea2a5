#include "runtime/object_view.hpp"

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm {
namespace {

ObjectView view(const World& world, ObjectId id) {
  const ObjectData& data = *world.store.find({id});
  ObjectView result{.id = id,
                    .behavior = std::string(data.behavior->name.as_str()),
                    .machine = world.machines.name(data.machine),
                    .creating_controller = controller_id(data.creating_controller),
                    .current_controller = controller_id(data.current_controller),
                    .state = data.state,
                    .waiting = data.waiting != nullptr,
                    .mailbox = {}};
  for (const Message& message : data.mailbox.messages())
    result.mailbox.push_back(message.value);
  return result;
}

std::string controller_json(const std::optional<ControllerId>& controller) {
  return controller ? json_string(controller->name.as_str()) : "null";
}

std::string list_json(const std::vector<Val>& values) {
  std::string json = "[";
  for (const Val& value : values) {
    if (json.size() > 1) json += ',';
    json += to_json(value);
  }
  return json + ']';
}

}  // namespace

void for_each_object(const World& world, const std::function<void(const ObjectView&)>& visit) {
  for (const ObjectId id : world.store.ids())
    visit(view(world, id));
}

std::string to_json(const ObjectView& object) {
  return fmt::format(
      R"({{"id":{},"behavior":{},"machine":{},"creating_controller":{},)"
      R"("current_controller":{},"state":{},"waiting":{},"mailbox":{}}})",
      object.id.number, json_string(object.behavior), json_string(object.machine.name.as_str()),
      controller_json(object.creating_controller), controller_json(object.current_controller),
      to_json(object.state), object.waiting, list_json(object.mailbox));
}

}  // namespace avm
