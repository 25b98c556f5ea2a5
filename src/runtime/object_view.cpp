#include "runtime/object_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm {

ObjectView view_object(const World& world, ObjectId id) {
  const ObjectData& data = *world.store.find({id});
  ObjectView result{.id = id,
                    .behavior = std::string(data.behavior->name.as_str()),
                    .machine = world.machines.name(data.machine),
                    .creating_controller = controller_id(data.extras->creating_controller),
                    .current_controller = controller_id(data.extras->current_controller),
                    .state = data.state,
                    .waiting = data.waits(),
                    .mailbox = {}};
  for (const Message& message : data.extras->mailbox.messages())
    result.mailbox.push_back(message.value);
  return result;
}

namespace {

std::string controller_json(const std::optional<ControllerId>& controller) {
  return controller ? json_string(controller->name.as_str()) : "null";
}

}  // namespace

void for_each_object(const World& world, const std::function<void(const ObjectView&)>& visit) {
  for (const ObjectId id : world.store.ids())
    visit(view_object(world, id));
}

Printed print_json(const ObjectView& object, std::uint64_t bytes) {
  bool is_complete = true;
  const auto json = [&](const Val& value) {
    Printed printed = print_json(value, no_limit, bytes);
    bytes -= std::min<std::uint64_t>(bytes, printed.text.size());
    is_complete &= printed.complete;
    return std::move(printed.text);
  };
  const std::string state = json(object.state);
  std::string mailbox;
  for (std::size_t i = 0; i < object.mailbox.size() && is_complete; ++i) {
    if (i > 0) mailbox += ',';
    mailbox += json(object.mailbox[i]);
  }
  return {fmt::format(R"({{"id":{},"behavior":{},"machine":{},"creating_controller":{},)"
                      R"("current_controller":{},"state":{},"waiting":{},"mailbox":[{}]}})",
                      object.id.number, json_string(object.behavior),
                      json_string(object.machine.name.as_str()),
                      controller_json(object.creating_controller),
                      controller_json(object.current_controller), state, object.waiting, mailbox),
          is_complete};
}

std::string to_json(const ObjectView& object) { return print_json(object, no_limit).text; }

}  // namespace avm
