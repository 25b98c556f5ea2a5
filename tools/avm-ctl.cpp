#include "lib/ctl.hpp"

int main(int argc, char** argv) { return avm::tool_main(argc, argv, avm::ctl); }
