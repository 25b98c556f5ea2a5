// The smallest program that uses an installed libavm.
#include <avm/val.hpp>

int main() { return avm::Val(2) == avm::Val(2) ? 0 : 1; }
