// A bit flipped anywhere in a tape file: refused, or a run that ends cleanly. Three times each: as it
// is, with the checksum made right again, and with the hashes of the functions made right too, so
// that all depends on the proof that no word can misbehave.
#include <string>

#include <boost/crc.hpp>
#include <catch2/catch.hpp>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "random/random_program.hpp"
#include "support/files.hpp"

namespace avm {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t checksum_at = 8;

std::vector<std::uint8_t> assembled(const std::string& name, const std::string& text) {
  const Assembly assembly = assemble({name, text}, {.debug = false});
  if (!assembly.tape) FAIL(render(assembly, false));
  return serialize(*assembly.tape);
}

std::string example(const std::string& name) {
  return test::read_file(test::source_path("examples") / name);
}

void repair_checksum(std::vector<std::uint8_t>& bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + header_bytes, bytes.size() - header_bytes);
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[checksum_at + i] = static_cast<std::uint8_t>(crc.checksum() >> 8 * i);
  }
}

// Runs each program of a tape that a machine takes in. That it comes back is the test.
void run_all(const Tape& tape) {
  Machine machine(MachineOptions{.name = "local", .machines = {"a"}, .allow_unsafe = true});
  if (!machine.load(tape)) return;
  for (const TapeFunction& function : tape.functions) {
    if (function.kind != FunctionKind::Program) continue;
    StartOptions options;
    options.limits = {.steps = 500, .memory = 64U << 20U, .depth = 100};
    const auto execution = machine.start(function.name, Val::nat(3), std::move(options));
    REQUIRE(execution);
    (*execution)->run();
    CHECK((*execution)->status() != Execution::Status::Running);
  }
}

void flip_each_bit(std::vector<std::uint8_t> bytes) {
  std::size_t survivors = 0;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    INFO("bit " << bit);
    const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
    bytes[bit / 8] ^= mask;
    CHECK_FALSE(deserialize(bytes));
    if (bit >= 8 * header_bytes) {
      const std::vector<std::uint8_t> broken = bytes;
      repair_checksum(bytes);
      if (auto tape = deserialize(bytes)) {
        run_all(*tape);
        const std::vector<Hash> hashes = content_hashes(*tape);
        for (std::size_t i = 0; i < hashes.size(); ++i)
          tape->functions[i].hash = hashes[i];
        if (verify(*tape)) ++survivors;
        run_all(*tape);
      }
      bytes = broken;
    }
    bytes[bit / 8] ^= mask;
  }
  // Some flips only change a number: were none to pass, the runs would have tested nothing.
  CHECK(survivors > 0);
}

TEST_CASE("bits flipped in ping_pong") {
  flip_each_bit(assembled("ping_pong.avm", example("ping_pong.avm")));
}

TEST_CASE("bits flipped in sieve") { flip_each_bit(assembled("sieve.avm", example("sieve.avm"))); }

TEST_CASE("bits flipped in a random program") {
  flip_each_bit(assembled("random.avm", random_program({.seed = 1, .size = 1})));
}

}  // namespace
}  // namespace avm
