// A game of battleship in two shots, one of which hits: Battleship in C++.
//
// Shows typed messages, of which a behavior takes more than one sort, and an object that keeps state
// of a C++ type. The same in assembly language is `examples/battleship.avm`.
//
//   $ g++ -std=c++23 battleship.cpp $(pkg-config --cflags --libs avm) -o battleship
//   $ ./battleship
//   (1, 1) hits
//   (9, 9) misses
#include <avm/do.hpp>
#include <avm/dsl.hpp>
#include <avm/instruction.hpp>
#include <avm/machine.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <utility>
#include <vector>

using namespace avm;
using namespace avm::instruction;

namespace {

// ["ship", 1, 1, 4]: takes a ship that lies to the right of the field (1, 1).
struct Ship {
  std::uint64_t x, y, length;
  static constexpr auto message = avm::message("ship", &Ship::x, &Ship::y, &Ship::length);
};

// ["coord", 1, 1]: asks whether a ship covers this field.
struct Coord {
  std::uint64_t x, y;
  static constexpr auto message = avm::message("coord", &Coord::x, &Coord::y);
};

bool covers(const Ship& ship, const Coord& shot) {
  return shot.y == ship.y && shot.x >= ship.x && shot.x - ship.x < ship.length;
}

// Its state is the list of its ships.
Do<Val> board(Val message) {
  using Ships = std::vector<Ship>;
  const Val state = co_await get_state();
  Ships ships = co_await from_val<Ships>(state);

  if (const auto ship = from_val<Ship>(message)) {
    ships.push_back(*ship);
    co_await set_state(ships);
    co_return to_val(true);
  }
  // What is neither a ship nor a shot is rejected here, with what is wrong with it.
  const Coord shot = co_await from_val<Coord>(message);
  co_return to_val(
      std::ranges::any_of(ships, [&](const Ship& ship) { return covers(ship, shot); }));
}

// A call gives `just` the answer, or `nothing` where the board failed; then this fails as well.
Do<bool> fire(Val board, Coord shot) {
  const Val reply = co_await call(board, shot);
  const Val answer = co_await unwrap(reply);
  co_return co_await from_val<bool>(answer);
}

Do<Val> game(Val) {
  // Both boards come into being, or neither.
  const auto boards = co_await with_transaction([](const Val&) {
    return bind(create_obj("board"), [](const Val& one) {
      return map(create_obj("board"), [one](const Val& two) { return std::pair(one, two); });
    });
  });
  const auto [board1, board2] = boards.value;

  co_await call(board1, Ship{0, 0, 3});
  co_await call(board2, Ship{1, 1, 4});

  const bool hit = co_await from_do(fire)(board2, Coord{1, 1});
  const bool miss = co_await from_do(fire)(board2, Coord{9, 9});
  co_return to_val(std::vector{hit, miss});
}

}  // namespace

int main() {
  Machine machine;
  if (!machine.add_behavior("board", from_do(board))) return 1;
  if (!machine.add_program("game", from_do(game))) return 1;
  const auto started = machine.start("game");
  if (!started) return 1;
  Execution& execution = **started;
  execution.run();
  if (const Error* error = execution.error()) {
    std::cerr << error->text() << '\n';
    return 1;
  }
  const auto hits = from_val<std::vector<bool>>(*execution.value());
  if (!hits) {
    std::cerr << hits.error() << '\n';
    return 1;
  }
  std::cout << "(1, 1) " << (hits->at(0) ? "hits" : "misses") << '\n'
            << "(9, 9) " << (hits->at(1) ? "hits" : "misses") << '\n';
}
