#include "lib/options.hpp"

#include <charconv>
#include <limits>
#include <memory>
#include <ostream>

#include "asm/suggest.hpp"

namespace avm {
namespace {

/// CLI11's help for a tool that takes one file, without the blank lines that it leaves between
/// groups of options, and with `--flag[=value]` where it writes `--flag{default} [=value]`.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(30);
    label("Positionals", "Arguments");
  }

  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + " FILE [OPTION]...\n";
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

ExitCode unexpected_argument(const CLI::App& app, Io& io, const std::string& argument) {
  if (!argument.starts_with('-')) {
    return usage_error(app, io, "'" + argument + "' is one argument too many");
  }
  const std::string name = argument.substr(0, argument.find('='));
  const std::vector<std::string> names = option_names(app);
  ast::NearName near(name);
  for (const std::string& known : names)
    near.offer(known);
  std::string message = "unknown option '" + name + "'";
  if (const auto help = near.help()) message += "; " + *help;
  return usage_error(app, io, message);
}

/// CLI11 says which option it is about, and how many values it lacks.
ExitCode wrong_number_of_values(const CLI::App& app, Io& io, std::string_view complaint) {
  const std::string name(complaint.substr(0, complaint.find(':')));
  const CLI::Option* const option = app.get_option_no_throw(name);
  if (option == nullptr) return usage_error(app, io, complaint);
  const std::string usage = name + " " + option->get_type_name();
  if (option->count() > 1) return usage_error(app, io, name + " may be given once only: " + usage);
  return usage_error(app, io, name + " needs a value: " + usage);
}

}  // namespace

void add_standard_options(CLI::App& app) {
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", app.get_name() + " " AVM_VERSION, "show the version");
  app.allow_extras();
  app.formatter(std::make_shared<HelpFormatter>());
}

std::optional<ExitCode> parse_options(CLI::App& app, const std::vector<std::string>& arguments,
                                      Io& io) {
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
    return wrong_number_of_values(app, io, error.what());
  } catch (const CLI::ParseError& error) {
    return usage_error(app, io, error.what());
  }
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) return unexpected_argument(app, io, extras.front());
  return std::nullopt;
}

ExitCode usage_error(const CLI::App& app, Io& io, std::string_view message) {
  io.err << "error: " << message << "\n(" << app.get_name() << " --help lists all options)\n";
  return ExitCode::Usage;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view suffixes = "KMG";
  unsigned shift = 0;
  if (const auto suffix = text.empty() ? text.npos : suffixes.find(text.back());
      suffix != text.npos) {
    shift = 10 * (static_cast<unsigned>(suffix) + 1);
    text.remove_suffix(1);
  }
  const auto number = parse_count(text);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
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
