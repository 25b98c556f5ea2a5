#include "lib/as.hpp"

#include <fmt/format.h>

#include <istream>
#include <ostream>
#include <span>

#include "asm/read_source.hpp"
#include "avm/assemble.hpp"
#include "avm/tape.hpp"
#include "lib/as_options.hpp"
#include "lib/files.hpp"

namespace avm {
namespace {

class As {
 public:
  As(AsOptions options, Io& io) : options_(std::move(options)), io_(io) {}

  ExitCode operator()() {
    auto source = read();
    if (!source) return stop(source.error());
    const std::size_t bytes_max = options_.assemble.source_bytes_max;
    const Assembly assembly =
        assemble(*std::move(source), options_.assemble, file_importer(bytes_max));
    io_.err << (options_.json ? render_json(assembly) : render(assembly, options_.colour));
    if (!assembly.tape) return ExitCode::BadInput;
    if (options_.output.empty()) return ExitCode::Done;
    return write(serialize(*assembly.tape));
  }

 private:
  std::expected<SourceFile, std::string> read() {
    const std::size_t bytes_max = options_.assemble.source_bytes_max;
    if (options_.file == "-") return SourceFile{"<stdin>", read_source(io_.in, bytes_max)};
    auto text = read_source(std::filesystem::path(options_.file), bytes_max);
    if (text) return SourceFile{options_.file, *std::move(text)};
    return std::unexpected(fmt::format("cannot read '{}': {}", options_.file, text.error()));
  }

  ExitCode write(std::span<const std::uint8_t> tape) {
    const auto write_to = [&](std::ostream& out) {
      out.write(reinterpret_cast<const char*>(tape.data()),
                static_cast<std::streamsize>(tape.size()));
    };
    if (options_.output == "-") {
      write_to(io_.out);
      return ExitCode::Done;
    }
    auto file = OutputFile::create(options_.output);
    if (!file) return stop(file.error());
    write_to(file->stream());
    if (const auto done = file->commit(); !done) return stop(done.error());
    return ExitCode::Done;
  }

  ExitCode stop(std::string_view message) {
    const std::string_view error = options_.colour ? "\x1b[1;31merror\x1b[0m" : "error";
    io_.err << fmt::format("{}: {}\n", error, message);
    return ExitCode::Usage;
  }

  AsOptions options_;
  Io& io_;
};

}  // namespace

ExitCode as(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_as_options(arguments, io);
  if (!options) return options.error();
  return As(*std::move(options), io)();
}

}  // namespace avm
