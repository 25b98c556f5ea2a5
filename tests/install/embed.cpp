// The smallest program that uses an installed libavm.
#include <avm/val.hpp>

int main() { return avm::Val::nat(2) == avm::Val::nat(2) ? 0 : 1; }
