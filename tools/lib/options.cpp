#include "lib/options.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <ostream>
#include <utility>

namespace avm {
namespace {

/// How many letters to change, put in or leave out to make one name of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

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
  std::string message = "unknown option '" + name + "'";
  if (const auto near = nearest(name, option_names(app)))
    message += "; did you mean '" + *near + "'?";
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
  app.get_formatter()->column_width(32);
  app.get_formatter()->label("Positionals", "Arguments");
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

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& names) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    const std::size_t d = distance(name, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
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
