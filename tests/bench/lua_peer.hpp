// The peer: Lua 5.4's interpreter, which runs the same task in the same process.
#pragma once

#include <cstdint>
#include <string>

struct lua_State;

namespace avm::bench {

/// A Lua chunk that gives a function of one number.
class LuaPeer {
 public:
  explicit LuaPeer(const std::string& chunk);
  ~LuaPeer();
  LuaPeer(const LuaPeer&) = delete;
  LuaPeer& operator=(const LuaPeer&) = delete;
  void run(std::uint64_t input);

 private:
  lua_State* state_;
};

}  // namespace avm::bench
