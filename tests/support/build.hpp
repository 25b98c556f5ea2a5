// What tests know of the build that they are in.
#pragma once

namespace avm::test {

/// Whether address and undefined behavior sanitizers look on: all is some ten times slower then.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace avm::test
