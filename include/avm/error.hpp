// Errors as values: what a program raises (book chapter "Error Hierarchy").
//
// An Error is a code and its data. Codes, names and sentences stand in `errors.def`; the text
// `ObjError.NotFound: object obj:0 does not exist` is the same in traces and on standard error.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "avm/val.hpp"

namespace avm {

/// `ErrorCode::ObjError_NotFound` and so on, in the order of `errors.def`.
enum class ErrorCode : std::uint8_t {
#define AVM_ERROR(family, variant, ...) family##_##variant,
#include "avm/errors.def"
#undef AVM_ERROR
};

/// What a row of `errors.def` says.
struct ErrorInfo {
  std::string_view name;    ///< "ObjError.NotFound"
  std::string_view family;  ///< "ObjError"
  std::string_view sentence;
  std::span<const std::string_view> data_names;
};

const ErrorInfo& error_info(ErrorCode code) noexcept;
std::span<const ErrorInfo> all_errors() noexcept;

/// The types that an error of this family is wrapped in, outermost first: for "ObjError"
/// AVMError, PureLayerError, TxLayerError, BaseError, ObjError.
std::span<const std::string_view> error_composition(std::string_view family) noexcept;

/// An error that a program raised. A value; at most three data, unused ones are `Nat 0`.
struct Error {
  ErrorCode code;
  std::array<Val, 3> data;

  explicit Error(ErrorCode c, Val a = {}, Val b = {}, Val d = {})
      : code(c), data{std::move(a), std::move(b), std::move(d)} {}

  std::string_view name() const noexcept { return error_info(code).name; }
  /// A `ResourceError`: ends the execution, whatever calls are under way.
  bool is_resource() const noexcept { return code >= ErrorCode::ResourceError_Steps; }
  /// `ObjError.NotFound: object obj:0 does not exist`. Values are cut after 100,000 nodes.
  std::string text() const;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

}  // namespace avm
