#include "lib/node.hpp"

int main(int argc, char** argv) { return avm::tool_main(argc, argv, avm::node_tool); }
