// The assembler: any text gives either errors or a Tape that verifies and survives its file format.
#include "avm/assemble.hpp"
#include "fuzz/target.hpp"

using avm::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avm::Importer no_files = [](std::string_view, std::string_view) {
    return std::expected<avm::SourceFile, std::string>(std::unexpect, "there are no files here");
  };
  const avm::Assembly assembly =
      avm::assemble({"fuzz.avm", std::string(avm::fuzz::text({data, size}))}, {}, no_files);
  require(assembly.tape.has_value() == (assembly.errors == 0));
  require(assembly.errors == 0 || !avm::render(assembly, true).empty());
  require(assembly.errors == 0 || !avm::render_json(assembly).empty());
  if (assembly.tape) {
    require(avm::verify(*assembly.tape).has_value());
    const auto read = avm::deserialize(avm::serialize(*assembly.tape));
    require(read && *read == *assembly.tape);
  }
  return 0;
}
