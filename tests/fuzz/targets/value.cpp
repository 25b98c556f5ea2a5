// Text and JSON forms of values: what is read is written so that it reads back as the same.
#include "avm/text.hpp"
#include "fuzz/target.hpp"

using avm::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = avm::fuzz::text({data, size});
  for (const auto& value : {avm::parse_value(input), avm::parse_json(input)}) {
    if (!value) {
      require(value.error().offset <= size);
      continue;
    }
    const auto from_text = avm::parse_value(avm::to_text(*value));
    const auto from_json = avm::parse_json(avm::to_json(*value));
    require(from_text && *from_text == *value);
    require(from_json && *from_json == *value);
  }
  return 0;
}
