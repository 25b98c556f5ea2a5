// The control flow graphs of a Tape's functions, to be drawn by Mermaid or Graphviz.
//
// Threads: functions only; may be used from several threads at once.
#pragma once

#include <cstdint>
#include <string>

#include "avm/tape.hpp"

namespace avm {

enum class GraphFormat : std::uint8_t { Mermaid, Dot };

/// One drawing of all functions, each in a frame of its own. The Tape is verified.
std::string draw_control_flow(const Tape& tape, GraphFormat format);

}  // namespace avm
