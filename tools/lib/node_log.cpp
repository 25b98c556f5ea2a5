#include "lib/node_log.hpp"

#include <iostream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include "avm/text.hpp"

namespace avm {
namespace {

using node::LogLevel;

constexpr const char* text_pattern = "%H:%M:%S.%e %n %^%-7l%$ %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
  case LogLevel::Debug: return spdlog::level::debug;
  case LogLevel::Info: return spdlog::level::info;
  case LogLevel::Warning: return spdlog::level::warn;
  case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::off;
}

class NodeLog final : public node::Log {
 public:
  NodeLog(const std::string& name, const NodeLogOptions& options, Io& io)
      : name_(name), is_json_(options.json), logger_(bare(name), sink(options, io)) {
    logger_.set_level(level_of(options.level));
    logger_.flush_on(spdlog::level::debug);
    if (is_json_) {
      logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
          json_pattern, spdlog::pattern_time_type::utc));
    } else {
      logger_.set_pattern(text_pattern);
    }
  }

  void line(LogLevel level, std::string_view text,
            std::span<const node::LogField> fields) override {
    if (!logger_.should_log(level_of(level))) return;
    // What peers say may be in it: control characters could make up lines of their own.
    logger_.log(level_of(level), is_json_ ? json(text, fields) : bare(text));
  }

 private:
  static spdlog::sink_ptr sink(const NodeLogOptions& options, Io& io) {
    if (!options.json && wants_colour(io.err_is_terminal)) {
      return std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
    }
    return std::make_shared<spdlog::sinks::ostream_sink_st>(io.err);
  }

  /// What stands behind time and level.
  std::string json(std::string_view text, std::span<const node::LogField> fields) const {
    std::string line = fmt::format(R"("node":{},"text":{})", json_string(name_), json_string(text));
    for (const node::LogField& field : fields)
      fmt::format_to(std::back_inserter(line), R"(,"{}":{})", field.name, field.json);
    return line;
  }

  std::string name_;
  bool is_json_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<node::Log> make_node_log(const std::string& name, const NodeLogOptions& options,
                                         Io& io) {
  return std::make_unique<NodeLog>(name, options, io);
}

}  // namespace avm
