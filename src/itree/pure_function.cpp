#include "avm/pure_function.hpp"

#include "itree/tree_code.hpp"

namespace avm {

PureFunction::PureFunction(std::string_view name, std::uint8_t parameters, Body body) {
  auto tree = std::make_shared<const TreeCode>(
      Code{.name = Val::str(name),
           .kind = FunctionKind::Pure,
           .parameters = parameters,
           .hash = unique_hash()},
      [body = std::move(body)](std::span<Val> arguments) { return body(arguments); });
  code_ = std::shared_ptr<const Code>(tree, &tree->code);
}

}  // namespace avm
