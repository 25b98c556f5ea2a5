#include "fuzz/tape_input.hpp"

#include <algorithm>

#include <boost/crc.hpp>

#include "fuzz/checks.hpp"
#include "tape/instruction.hpp"
#include "tape/verify.hpp"

namespace avm::fuzz {
namespace {

// "AVMT", version, checksum of the rest, each four bytes, lowest first.
constexpr std::size_t checksum_at = 8;
constexpr std::size_t rest_at = 12;

void declare(TapeFunction& function) {
  function.layer = 0;
  for (std::uint32_t pc = 0; pc < function.code.size();) {
    const auto instruction = decode(function.code, pc);
    if (!instruction) return;
    function.layer = std::max(function.layer, instruction->info->layer);
    function.is_unsafe |= instruction->info->is_unsafe;
    pc = instruction->next_pc();
  }
}

}  // namespace

std::vector<std::uint8_t> with_right_checksum(Bytes bytes) {
  std::vector<std::uint8_t> result(bytes.begin(), bytes.end());
  if (result.size() < rest_at) return result;
  boost::crc_32_type crc;
  crc.process_bytes(result.data() + rest_at, result.size() - rest_at);
  for (unsigned i = 0; i < 4; ++i) {
    result[checksum_at + i] = static_cast<std::uint8_t>(crc.checksum() >> 8U * i);
  }
  return result;
}

std::optional<Tape> tape_of(Bytes input) {
  if (!is_tape(input)) return assembled(text(input)).tape;
  auto read = deserialize(with_right_checksum(input));
  if (!read) return std::nullopt;
  return *std::move(read);
}

std::optional<Tape> verified_tape_of(Bytes input) {
  std::optional<Tape> tape = tape_of(input);
  if (!tape) return std::nullopt;
  for (TapeFunction& function : tape->functions)
    declare(function);
  if (!verify_but_hashes(*tape)) return std::nullopt;
  const std::vector<Hash> hashes = content_hashes(*tape);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    tape->functions[i].hash = hashes[i];
  return tape;
}

}  // namespace avm::fuzz
