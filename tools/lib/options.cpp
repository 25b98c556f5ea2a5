#include "lib/options.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "asm/suggest.hpp"
#include "avm/text.hpp"

namespace avm {
namespace {

/// CLI11's help, without the blank lines that it leaves between groups of options, and with
/// `--flag[=value]` where it writes `--flag{default} [=value]`.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string_view usage) : usage_(usage) {
    column_width(30);
    label("Positionals", "Arguments");
  }

  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + " " + usage_ + "\n";
  }

  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    const std::string name = CLI::Formatter::make_option_name(option, positional);
    return name.substr(0, name.find('{'));
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string text = CLI::Formatter::make_option_opts(option);
    return text.starts_with(" [=") ? text.substr(1) : text;
  }

  std::string make_group(std::string group, bool positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = CLI::Formatter::make_group(group, positional, options);
    return positional ? text : text.substr(0, text.find_last_not_of('\n') + 1);
  }

 private:
  std::string usage_;
};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
    for (const std::string& name : option->get_snames())
      names.push_back("-" + name);
  }
  return names;
}

}  // namespace

struct CommandLine::Parser {
  Parser(std::string_view tool, std::string_view about)
      : app(std::string(about), std::string(tool)) {}

  ExitCode unexpected_argument(const CommandLine& line, Io& io, const std::string& argument) const {
    if (!argument.starts_with('-'))
      return line.wrong_use(io, "'" + argument + "' is one argument too many");
    const std::string name = argument.substr(0, argument.find('='));
    const std::vector<std::string> names = option_names(app);
    ast::NearName near(name);
    for (const std::string& known : names)
      near.offer(known);
    std::string message = "unknown option '" + name + "'";
    if (const auto help = near.help()) message += "; " + *help;
    return line.wrong_use(io, message);
  }

  /// CLI11 says which option it is about, and how many values it lacks.
  ExitCode wrong_number_of_values(const CommandLine& line, Io& io,
                                  std::string_view complaint) const {
    const std::string name(complaint.substr(0, complaint.find(':')));
    const CLI::Option* const option = app.get_option_no_throw(name);
    if (option == nullptr) return line.wrong_use(io, complaint);
    const std::string usage = name + " " + option->get_type_name();
    if (option->count() > 1) return line.wrong_use(io, name + " may be given once only: " + usage);
    return line.wrong_use(io, name + " needs a value: " + usage);
  }

  /// Throws what CLI11 throws for a text that is wrong; `parse` says it. (Its ValidationError would
  /// have the name twice.)
  static auto storing(std::string name, Store store) {
    return [name = std::move(name), store = std::move(store)](const std::string& text) {
      if (const auto problem = store(text))
        throw CLI::ConversionError(fmt::format("{} {}: {}", name, avm::quoted(text), *problem));
    };
  }

  CLI::App app;
  std::string flag_text;  // CLI11 wants to write a flag's value somewhere
};

CommandLine::CommandLine(std::string_view tool, std::string_view about, std::string_view usage)
    : parser_(std::make_unique<Parser>(tool, about)) {
  CLI::App& app = parser_->app;
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", app.get_name() + " " AVM_VERSION, "show the version");
  app.allow_extras();
  app.formatter(std::make_shared<HelpFormatter>(usage));
}
CommandLine::~CommandLine() = default;

void CommandLine::file(std::string_view help, std::string& target) {
  parser_->app.add_option("FILE", target, std::string(help))->type_name("");
}
void CommandLine::files(std::string_view help, std::vector<std::string>& target) {
  parser_->app.add_option("FILE", target, std::string(help))->type_name("");
}

void CommandLine::flag(const std::string& name, const char* help, bool& target) {
  parser_->app.add_flag(name, target, help)->group(group_);
}

void CommandLine::add_value(const std::string& name, const char* type, const char* help,
                            Store store) {
  parser_->app
      .add_option_function<std::string>(name, Parser::storing(name, std::move(store)), help)
      ->type_name(type)
      ->group(group_);
}

void CommandLine::add_values(const std::string& name, const char* type, const char* help,
                             Store store) {
  const auto store_each =
      [one = Parser::storing(name, std::move(store))](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
          one(text);
      };
  parser_->app.add_option_function<std::vector<std::string>>(name, store_each, help)
      ->option_text(type)
      ->group(group_)
      ->allow_extra_args(false);
}

void CommandLine::add_flag_with_value(const std::string& name, const std::string& without,
                                      const char* type, const char* help, Store store) {
  parser_->app.add_flag(name + "{" + without + "}", parser_->flag_text, help)
      ->each(Parser::storing(name, std::move(store)))
      ->option_text(type)
      ->group(group_);
}

void CommandLine::config(const std::string& name, const char* help) {
  parser_->app.set_config(name, "", help)->type_name("FILE")->group(group_);
  parser_->app.allow_config_extras(CLI::config_extras_mode::error);
}

void CommandLine::footer(std::string_view text) { parser_->app.footer(std::string(text)); }

std::optional<ExitCode> CommandLine::parse(const std::vector<std::string>& arguments, Io& io) {
  CLI::App& app = parser_->app;
  try {
    // CLI11 takes them from the end.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    io.out << app.help();
    return ExitCode::Done;
  } catch (const CLI::CallForVersion& version) {
    io.out << version.what() << '\n';
    return ExitCode::Done;
  } catch (const CLI::ArgumentMismatch& error) {
    return parser_->wrong_number_of_values(*this, io, error.what());
  } catch (const CLI::ParseError& error) {
    return wrong_use(io, error.what());
  }
  for (const std::string& extra : app.remaining()) {
    if (words_ == nullptr || extra.starts_with('-')) {
      return parser_->unexpected_argument(*this, io, extra);
    }
    words_->push_back(extra);
  }
  return std::nullopt;
}

ExitCode CommandLine::wrong_use(Io& io, std::string_view message) const {
  const std::string tool = parser_->app.get_name();
  io.err << "error: " << message << "\n(" << tool << " --help lists all options)\n";
  return ExitCode::Usage;
}

std::string CommandLine::given(std::string_view but_group) const {
  std::string text;
  for (const CLI::Option* option : parser_->app.get_options()) {
    if (option->get_positional() || option->get_items_expected_max() == 0) continue;
    if (option->get_group() == but_group) continue;
    for (const std::string& value : option->results())
      text += ' ' + option->get_name() + ' ' + value;
  }
  return text;
}

std::unexpected<std::string> wants(std::string_view right) {
  return std::unexpected("it has to be " + std::string(right));
}

Read<std::string> read_text(const std::string& text) { return text; }

Read<std::string> read_path(const std::string& text) {
  if (text.empty()) return wants("a path");
  return text;
}

Read<std::uint64_t> read_count(const std::string& text) {
  const auto count = parse_count(text);
  if (!count) return wants("a number, as in 1000000");
  return *count;
}

Read<bool> read_debug_level(const std::string& text) {
  if (text != "0" && text != "1") return wants("0 (no names and lines) or 1");
  return text == "1";
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Read<std::uint64_t> read_size(const std::string& text) {
  constexpr std::string_view suffixes = "KMG";
  std::string_view digits = text;
  unsigned shift = 0;
  if (const auto suffix = text.empty() ? text.npos : suffixes.find(text.back());
      suffix != text.npos) {
    shift = 10 * (static_cast<unsigned>(suffix) + 1);
    digits.remove_suffix(1);
  }
  const auto number = parse_count(digits);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() >> shift)
    return wants("a number of bytes, as in 4096, 512K, 64M or 4G");
  return *number << shift;
}

Read<std::uint64_t> read_time(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}}};
  for (const auto& [unit, milliseconds] : units) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_count(std::string_view(text).substr(0, text.size() - unit.size()));
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / milliseconds) break;
    return *number * milliseconds;
  }
  return wants("a time, as in 500ms, 5s or 2m");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace avm
