// Tape files: any bytes are refused, or are a Tape that the verifier refuses, or one whose program
// runs and ends cleanly within its limits. Checksum and hashes are made right first: else damage
// would never get past them.
#include <vector>

#include <boost/crc.hpp>

#include "avm/machine.hpp"
#include "avm/tape.hpp"
#include "fuzz/target.hpp"
#include "tape/verify.hpp"

using avm::fuzz::require;

namespace {

// "AVMT", version, checksum of the rest, each four bytes, lowest first.
constexpr std::size_t checksum_at = 8;
constexpr std::size_t rest_at = 12;

std::vector<std::uint8_t> with_right_checksum(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> result(bytes.begin(), bytes.end());
  if (result.size() < rest_at) return result;
  boost::crc_32_type crc;
  crc.process_bytes(result.data() + rest_at, result.size() - rest_at);
  for (unsigned i = 0; i < 4; ++i) {
    result[checksum_at + i] = static_cast<std::uint8_t>(crc.checksum() >> 8U * i);
  }
  return result;
}

void run(const avm::Tape& tape) {
  const avm::TapeFunction* entry = tape.entry();
  avm::Machine machine({.machines = {"other"}, .allow_unsafe = true});
  require(machine.load(tape).has_value());
  if (entry == nullptr) return;
  const avm::Limits limits{.steps = 10'000, .memory = std::uint64_t{64} << 20U, .depth = 1'000};
  const auto execution = machine.start(entry->name, avm::Val::nat(3), {.limits = limits});
  require(execution.has_value());
  require((*execution)->run() != avm::Execution::Status::Running);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto tape = avm::deserialize(with_right_checksum({data, size}));
  if (!tape) return 0;
  const auto again = avm::deserialize(avm::serialize(*tape));
  require(again && *again == *tape);

  if (!avm::verify_but_hashes(*tape)) return 0;
  const std::vector<avm::Hash> hashes = avm::content_hashes(*tape);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    tape->functions[i].hash = hashes[i];
  require(avm::verify(*tape).has_value());
  run(*tape);
  return 0;
}
