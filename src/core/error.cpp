// The table of errors, made from `errors.def`, and the text of an error.
#include "avm/error.hpp"

#include <algorithm>

#include "avm/text.hpp"

namespace avm {

namespace {

constexpr std::size_t data_max = 3;

/// The names in "id, input", one by one.
struct DataNames {
  std::array<std::string_view, data_max> names{};
  std::size_t count = 0;

  explicit constexpr DataNames(std::string_view list) {
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(','), list.size());
      names[count++] = list.substr(0, end);
      list.remove_prefix(std::min(end + 2, list.size()));
    }
  }
};

constexpr std::array data_names_table{
#define AVM_ERROR(family, variant, sentence, ...) DataNames(#__VA_ARGS__),
#include "avm/errors.def"
#undef AVM_ERROR
};

constexpr std::span<const std::string_view> data_names(ErrorCode code) {
  const DataNames& row = data_names_table[static_cast<std::size_t>(code)];
  return {row.names.data(), row.count};
}

constexpr std::array error_table{
#define AVM_ERROR(family, variant, sentence, ...)                                                  \
  ErrorInfo{#family "." #variant, #family, sentence, data_names(ErrorCode::family##_##variant)},
#include "avm/errors.def"
#undef AVM_ERROR
};

// Where each family stands in the book's composition. The resource limits are this machine's own.
constexpr std::string_view base_path[] = {"AVMError", "PureLayerError", "TxLayerError",
                                          "BaseError"};
template <std::size_t Outer>
constexpr auto path_to(std::string_view family) {
  std::array<std::string_view, Outer + 1> path;
  std::copy_n(base_path, Outer, path.begin());
  path[Outer] = family;
  return path;
}
constexpr auto obj_path = path_to<4>("ObjError");
constexpr auto introspect_path = path_to<4>("IntrospectError");
constexpr auto reflect_path = path_to<4>("ReflectError");
constexpr auto reify_path = path_to<4>("ReifyError");
constexpr auto tx_path = path_to<3>("TxError");
constexpr auto pure_path = path_to<2>("PureError");
constexpr auto machine_path = path_to<1>("MachineError");
constexpr auto controller_path = path_to<1>("ControllerError");
constexpr auto fd_path = path_to<1>("FdError");
constexpr auto nondet_path = path_to<1>("NondetError");
constexpr auto resource_path = path_to<1>("ResourceError");
constexpr std::array<std::span<const std::string_view>, 11> paths{
    obj_path,     introspect_path, reflect_path, reify_path,  tx_path,      pure_path,
    machine_path, controller_path, fd_path,      nondet_path, resource_path};

/// A datum as it stands in a sentence: names and sentences bare, everything else in its text form.
std::string datum_text(const Val& datum) {
  if (!datum.is_str()) return to_message_text(datum);
  const std::string_view text = datum.as_str();
  if (text.size() <= message_bytes_max) return bare(text);
  std::size_t end = message_bytes_max;
  while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
    --end;
  return bare(text.substr(0, end)) + "…";
}

}  // namespace

const ErrorInfo& error_info(ErrorCode code) noexcept {
  return error_table[static_cast<std::size_t>(code)];
}

std::span<const ErrorInfo> all_errors() noexcept { return error_table; }

std::span<const std::string_view> error_composition(std::string_view family) noexcept {
  const auto* const found = std::ranges::find(
      paths, family, [](std::span<const std::string_view> path) { return path.back(); });
  return found == paths.end() ? std::span<const std::string_view>() : *found;
}

std::string Error::text() const {
  const ErrorInfo& info = error_info(code);
  std::string text = std::string(info.name) + ": ";
  std::string_view rest = info.sentence;
  for (std::size_t brace = rest.find('{'); brace != std::string_view::npos;
       brace = rest.find('{')) {
    text += rest.substr(0, brace);
    text += datum_text(data[static_cast<std::size_t>(rest[brace + 1] - '0')]);
    rest.remove_prefix(brace + 3);
  }
  text += rest;
  return text;
}

}  // namespace avm
