// The main function of every test program; apart, because it takes Catch2 long to compile.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

int main(int argc, char** argv) {
  // A test that fails now and then helps nobody: RapidCheck starts from one seed. To try others, or to
  // repeat a failure by the `reproduce` string that it prints, set RC_PARAMS.
  setenv("RC_PARAMS", "seed=20230417", 0);
  return Catch::Session().run(argc, argv);
}
