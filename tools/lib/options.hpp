// Command lines, read the same way by every tool: help and version, unknown options with a near
// name, and values that say what would be right.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/io.hpp"

namespace avm {

/// The value that an option's text stands for; as the error, what the text has to be.
template <typename T>
using Read = std::expected<T, std::string>;

/// "it has to be …"
std::unexpected<std::string> wants(std::string_view right);

Read<std::string> read_text(const std::string& text);
/// A path may be any bytes but none.
Read<std::string> read_path(const std::string& text);
Read<std::uint64_t> read_count(const std::string& text);
/// A number of bytes: digits, with K, M or G behind them for powers of 1024.
Read<std::uint64_t> read_size(const std::string& text);
/// In milliseconds: digits, with ms, s or m behind them.
Read<std::uint64_t> read_time(const std::string& text);
/// Of `-g LEVEL`: whether there are to be names and lines.
Read<bool> read_debug_level(const std::string& text);

/// The options of a tool. Each writes what it reads to its target, which has to live until `parse`.
/// (CLI11 does the work. It stays in `options.cpp`: whatever includes it compiles for long.)
class CommandLine {
 public:
  /// `usage`: what stands behind the tool's name.
  CommandLine(std::string_view tool, std::string_view about,
              std::string_view usage = "FILE [OPTION]...");
  ~CommandLine();

  /// Arguments that are no options, as they come.
  void words(std::vector<std::string>& target) { words_ = &target; }
  void file(std::string_view help, std::string& target);
  void files(std::string_view help, std::vector<std::string>& target);

  /// Heading of the options that come next.
  void group(std::string name) { group_ = std::move(name); }

  /// An option whose text `read` makes a value of. `name`: like "-o,--output".
  template <typename Reader, typename Target>
  void value(const std::string& name, const char* type, const char* help, Reader read,
             Target& target) {
    add_value(name, type, help, [=, &target](const std::string& text) {
      return store(read(text), [&](auto value) { target = std::move(value); });
    });
  }
  /// The same for one that may be repeated.
  template <typename Reader, typename Target>
  void values(const std::string& name, const char* type, const char* help, Reader read,
              Target& target) {
    add_values(name, type, help, [=, &target](const std::string& text) {
      return store(read(text), [&](auto value) { target.push_back(std::move(value)); });
    });
  }
  void flag(const std::string& name, const char* help, bool& target);
  /// A flag that may have a value, but only behind `=`: what comes next is an argument of its own.
  template <typename Reader, typename Target>
  void flag_with_value(const std::string& name, const std::string& without, const char* type,
                       const char* help, Reader read, Target& target) {
    add_flag_with_value(name, without, type, help, [=, &target](const std::string& text) {
      return store(read(text), [&](auto value) { target = std::move(value); });
    });
  }

  /// An option that names a file with options in it, each as `name = value`.
  void config(const std::string& name, const char* help);

  void footer(std::string_view text);

  /// Reads the arguments. Where the tool is to end there (help was asked for, or something is wrong
  /// and has been said) gives its exit code.
  std::optional<ExitCode> parse(const std::vector<std::string>& arguments, Io& io);
  /// Says what is wrong with the command line.
  ExitCode wrong_use(Io& io, std::string_view message) const;
  /// The options that were given, but for flags and those of a group, as they could be written.
  std::string given(std::string_view but_group = {}) const;

 private:
  /// Takes an option's text in; gives what is wrong with it.
  using Store = std::function<std::optional<std::string>(const std::string& text)>;
  template <typename T, typename Take>
  static std::optional<std::string> store(Read<T> value, Take take) {
    if (!value) return std::move(value.error());
    take(*std::move(value));
    return std::nullopt;
  }
  void add_value(const std::string& name, const char* type, const char* help, Store store);
  void add_values(const std::string& name, const char* type, const char* help, Store store);
  void add_flag_with_value(const std::string& name, const std::string& without, const char* type,
                           const char* help, Store store);

  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string>* words_ = nullptr;
  std::string group_ = "Options";
};

std::optional<std::uint64_t> parse_count(std::string_view text);

/// The parts of `text` between `separator`s.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace avm
