// The checker by itself, on histories made by hand.
#include <catch2/catch.hpp>

#include <stdexcept>

#include "interleaving/checker.hpp"

using namespace avm::test;

namespace {

struct Sample {
  const char* history;
  Anomaly anomaly;
};

void check(const Sample& sample) {
  CAPTURE(sample.history);
  const History history = parse_history(sample.history);
  CHECK(to_text(history) == sample.history);
  CHECK(serial_order(history).has_value() ==
        (sample.anomaly == Anomaly::None || sample.anomaly == Anomaly::NeedlessConflict));
  CHECK(name(find_anomaly(history)) == name(sample.anomaly));
}

}  // namespace

TEST_CASE("histories that could have been serial are accepted") {
  const auto history = GENERATE(
      "x=2 | | x=2",
      // One after the other.
      "x=2 | b1 r1(x)=2 w1(x)=7 c1 b2 r2(x)=7 w2(x)=9 c2 | x=9",
      // Not in the order of their commits, nor of their beginnings.
      "x=2 y=1 | b1 b2 r2(x)=2 w1(x)=7 c1 c2 | x=7 y=1",
      "x=2 y=1 | b1 b2 w1(x)=7 r2(y)=1 w2(y)=9 c2 c1 | x=7 y=9",
      "x=2 | b1 b2 w1(x)=7 w2(x)=9 c1 c2 | x=7",
      // A transaction sees its own changes, and others see none of what is given up.
      "x=2 | b1 w1(x)=7 r1(x)=7 a1 b2 r2(x)=2 c2 | x=2",
      "x=2 | b1 n1(y) w1(y)=4 s1{x=2,y=4} d1(y) r1(y)=- s1{x=2} c1 | x=2",
      // It can use what it has destroyed until it ends.
      "x=2 | b1 d1(x) r1(x)=2 w1(x)=7 r1(x)=7 c1 b2 r2(x)=- s2{} c2 |",
      // One snapshot, of two objects and of all.
      "x=2 y=1 | b1 r1(x)=2 b2 w2(x)=7 w2(y)=9 c2 r1(y)=1 s1{x=2} c1 | x=7 y=9",
      "x=2 | b1 s1{x=2} b2 n2(y) c2 s1{x=2} r1(y)=- c1 | x=2 y=0",
      // What is refused saw one state too, and had a reason to be refused.
      "x=2 | b1 r1(x)=2 b2 w2(x)=7 c2 w1(x)=9 v1 | x=7",
      "x=2 | b1 s1{x=2} b2 n2(y) c2 w1(x)=9 v1 | x=2 y=0", "x=2 | b1 f1(x) b2 d2(x) c2 v1 |");
  check({history, Anomaly::None});
}

TEST_CASE("an anomaly is refused, by its name") {
  const auto sample = GENERATE(values<Sample>({
      {"x=2 | b1 r1(x)=5 c1 | x=2", Anomaly::ReadFromNowhere},
      {"x=2 | b1 r1(y)=0 c1 | x=2", Anomaly::ReadFromNowhere},
      {"x=2 | b1 r1(x)=- c1 | x=2", Anomaly::ReadFromNowhere},
      {"x=2 | b1 s1{x=2,z=4} c1 | x=2", Anomaly::ReadFromNowhere},

      // Of what is given up later, of what is committed later, of what is written over.
      {"x=2 | b1 w1(x)=7 b2 r2(x)=7 c2 a1 | x=2", Anomaly::DirtyRead},
      {"x=2 | b1 w1(x)=7 b2 r2(x)=7 a2 a1 | x=2", Anomaly::DirtyRead},
      {"x=2 y=1 | b1 w1(x)=7 b2 r2(x)=7 c2 r1(y)=1 w1(x)=9 c1 | x=9 y=1", Anomaly::DirtyRead},
      {"x=2 | b1 d1(x) b2 r2(x)=- c2 a1 | x=2", Anomaly::DirtyRead},
      {"x=2 | b1 n1(y) b2 s2{x=2,y=0} c2 a1 | x=2", Anomaly::DirtyRead},

      {"x=2 | b1 w1(x)=7 r1(x)=2 c1 | x=7", Anomaly::OwnWriteUnseen},
      {"x=2 | b1 w1(x)=7 s1{x=2} c1 | x=7", Anomaly::OwnWriteUnseen},

      {"x=2 | b1 r1(x)=2 b2 w2(x)=7 c2 r1(x)=7 c1 | x=7", Anomaly::NonRepeatableRead},
      {"x=2 | b1 r1(x)=2 b2 w2(x)=7 c2 r1(x)=7 a1 | x=7", Anomaly::NonRepeatableRead},
      {"x=2 | b1 r1(x)=2 b2 d2(x) c2 r1(x)=- a1 |", Anomaly::NonRepeatableRead},
      {"x=2 | b1 r1(x)=2 b2 w2(x)=8 c2 s1{x=8} a1 | x=8", Anomaly::NonRepeatableRead},
      {"x=2 | b1 s1{x=2} b2 w2(x)=8 c2 s1{x=8} a1 | x=8", Anomaly::NonRepeatableRead},
      {"x=2 | b1 s1{x=2} b2 w2(x)=8 c2 r1(x)=8 a1 | x=8", Anomaly::NonRepeatableRead},

      // Committed, refused or given up: each has to see one state.
      {"x=2 y=1 | b1 r1(x)=2 b2 w2(x)=7 w2(y)=9 c2 r1(y)=9 c1 | x=7 y=9", Anomaly::ReadSkew},
      {"x=2 y=1 | b1 r1(x)=2 b2 w2(x)=7 w2(y)=9 c2 r1(y)=9 v1 | x=7 y=9", Anomaly::ReadSkew},
      {"x=2 y=1 | b1 r1(x)=2 b2 w2(x)=7 w2(y)=9 c2 r1(y)=9 a1 | x=7 y=9", Anomaly::ReadSkew},

      // Seen twice, seen beside something else, and as what a commit rests on.
      {"x=2 | b1 s1{x=2} b2 n2(y) c2 s1{x=2,y=0} c1 | x=2 y=0", Anomaly::Phantom},
      {"x=2 | b1 s1{x=2} b2 n2(y) c2 r1(y)=0 a1 | x=2 y=0", Anomaly::Phantom},
      {"x=2 y=1 | b1 s1{x=2} b2 w2(x)=7 w2(y)=8 c2 r1(x)=7 c1 | x=7 y=8",
       Anomaly::NonRepeatableRead},
      {"x=2 y=1 | b1 s1{x=2} b2 n2(z) w2(y)=9 c2 r1(y)=9 c1 | x=2 y=9 z=0", Anomaly::Phantom},
      {"x=2 y=1 | b1 b2 s1{x=2} s2{x=2} n1(z) n2(3) c1 c2 | x=2 y=1 z=0 3=0", Anomaly::Phantom},
      {"x=2 y=1 | b1 b2 s1{x=2} r2(x)=2 w1(x)=7 n2(z) c1 c2 | x=7 y=1 z=0", Anomaly::Phantom},

      {"x=2 | b1 r1(x)=2 b2 r2(x)=2 w2(x)=7 c2 w1(x)=9 c1 | x=9", Anomaly::LostUpdate},
      {"x=2 | b1 s1{x=2} b2 r2(x)=2 w2(x)=7 c2 w1(x)=9 c1 | x=9", Anomaly::LostUpdate},

      {"x=2 y=1 | b1 b2 r1(x)=2 r2(y)=1 w1(y)=9 w2(x)=7 c1 c2 | x=7 y=9", Anomaly::WriteSkew},
      {"x=2 y=1 | b1 b2 r1(x)=2 r1(y)=1 r2(x)=2 r2(y)=1 w1(y)=9 w2(x)=7 c1 c2 | x=7 y=9",
       Anomaly::WriteSkew},
      {"x=2 y=1 | b1 b2 f1(x) f2(y) d1(y) d2(x) c1 c2 |", Anomaly::WriteSkew},
      {"x=2 y=1 | b1 b2 r1(z)=- w1(x)=7 r2(x)=2 n2(z) c1 c2 | x=7 y=1 z=0", Anomaly::WriteSkew},

      {"x=2 | b1 w1(x)=7 c1 b2 r2(x)=2 c2 | x=7", Anomaly::StaleRead},
      {"x=2 y=1 | b1 w1(x)=7 c1 b2 r2(x)=2 w2(y)=9 c2 | x=7 y=9", Anomaly::StaleRead},
      {"x=2 | b1 r1(x)=2 a1 b2 w2(x)=7 c2 b3 r3(x)=2 a3 | x=7", Anomaly::StaleRead},

      {"x=2 | b1 w1(x)=7 c1 | x=2", Anomaly::WrongStore},
      {"x=2 | b1 w1(x)=7 a1 | x=7", Anomaly::WrongStore},
      {"x=2 y=1 | b1 w1(x)=7 w1(y)=9 c1 | x=7 y=1", Anomaly::WrongStore},
      {"x=2 | b1 d1(x) c1 | x=2", Anomaly::WrongStore},

      // Three in a circle, and the anomaly that snapshots alone allow to one that only reads.
      {"x=2 y=1 z=4 | b1 b2 b3 r1(x)=2 r2(y)=1 r3(z)=4 w1(y)=101 w2(z)=202 w3(x)=303 c1 c2 c3 | "
       "x=303 y=101 z=202",
       Anomaly::NotSerializable},
      {"x=2 y=1 | b1 r1(x)=2 r1(y)=1 b2 r2(y)=1 w2(y)=9 c2 b3 r3(x)=2 r3(y)=9 c3 w1(x)=7 c1 | "
       "x=7 y=9",
       Anomaly::NotSerializable},

      {"x=2 y=1 | b1 r1(x)=2 b2 w2(y)=9 c2 w1(x)=7 v1 | x=2 y=9", Anomaly::NeedlessConflict},
      {"x=2 | b1 r1(x)=2 b2 w2(x)=7 c2 v1 | x=7", Anomaly::NeedlessConflict},
      {"x=2 | b1 w1(x)=7 v1 b2 w2(x)=9 c2 | x=9", Anomaly::NeedlessConflict},
      {"x=2 | b1 w1(x)=7 b2 w2(x)=9 a2 v1 | x=2", Anomaly::NeedlessConflict},
  }));
  check(sample);
}

TEST_CASE("a serial order names all units in their order") {
  using Order = std::vector<std::size_t>;
  CHECK(serial_order(parse_history("x=2 | b1 b2 w1(x)=7 r2(x)=2 c1 c2 | x=7")) == Order{1, 0});
  CHECK(serial_order(parse_history("x=2 | b1 b2 b3 r3(x)=2 w1(x)=7 w2(x)=9 c2 c1 a3 | x=7")) ==
        Order{2, 1, 0});
}

TEST_CASE("what is no history is refused") {
  const auto text =
      GENERATE("", "x=2", "x=2 | b2 | x=2", "x=2 | b1 r2(x)=2 | x=2", "x=2 | b1 q1 | x=2",
               "x=2 | b1 r1(x) c1 | x=2", "x=2 | b1 w1(x)=- c1 | x=2", "x=2 | b1 c1 | x=2 |");
  CHECK_THROWS_AS(parse_history(text), std::invalid_argument);
}
