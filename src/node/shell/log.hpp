// Log: where the node says what it does.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "node/core.hpp"

namespace avm::node {

/// What a line is about, for programs that read it.
struct LogField {
  std::string_view name;
  std::string json;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void line(LogLevel level, std::string_view text, std::span<const LogField> fields) = 0;
  void line(LogLevel level, std::string_view text) { line(level, text, {}); }
};

}  // namespace avm::node
