// Looking at objects from outside: reflect, scry_meta, scry_deep.

#include <array>
#include <string>

#include "runtime/handlers/handlers.hpp"

namespace avm {

Handlers::Outcome Handlers::reflect(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const Found found = look_up(execution, id);
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return give(execution, Val::nothing());
  }
  return give(execution, Val::just(metadata(execution, id, *found.home)));
}

Handlers::Outcome Handlers::scry_meta(Execution& execution, const Arguments& arguments) {
  return scry(execution, *arguments.function, [&](ObjectId id, const Found& found) {
    return std::array{metadata(execution, id, *found.home)};
  });
}

Handlers::Outcome Handlers::scry_deep(Execution& execution, const Arguments& arguments) {
  return scry(execution, *arguments.function, [&](ObjectId id, const Found& found) {
    return std::array{found.home->behavior->name, metadata(execution, id, *found.home),
                      found.content->state};
  });
}

// `describe` gives what the predicate is asked about an object; the id and that are the result.
template <typename Describe>
Handlers::Outcome Handlers::scry(Execution& execution, const Code& predicate, Describe describe) {
  Store::Vector<Val> chosen;
  for (const ObjectId id : all_objects(execution)) {
    const auto description = describe(id, look_up(execution, id));
    Result<bool> is_chosen = ask(execution, predicate, description);
    if (!is_chosen) return fail(execution, std::move(is_chosen.error()));
    if (!*is_chosen) continue;
    Store::Vector<Val> entry{Val::object(id)};
    entry.insert(entry.end(), description.begin(), description.end());
    chosen.push_back(Val::list(entry));
  }
  return give(execution, Val::list(chosen));
}

Result<bool> Handlers::ask(Execution& execution, const Code& predicate,
                           std::span<const Val> arguments) {
  const auto failed = [](const std::string& text) {
    return std::unexpected(Error(ErrorCode::ReflectError_ScryPredicateFailed, Val::str(text)));
  };
  if (predicate.parameters != arguments.size()) {
    return failed("it takes " + std::to_string(predicate.parameters) + " arguments and is given " +
                  std::to_string(arguments.size()));
  }
  const Result<Val> verdict = execution.apply(predicate, arguments);
  if (!verdict && verdict.error().is_resource()) return std::unexpected(verdict.error());
  if (!verdict) return failed(verdict.error().text());
  if (!verdict->is_bool()) {
    return failed("it gave a " + std::string(kind_name(verdict->kind())) +
                  " where a bool is wanted");
  }
  return verdict->as_bool();
}

}  // namespace avm
