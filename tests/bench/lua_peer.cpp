#include "lua_peer.hpp"

#include <cstdio>
#include <cstdlib>

#include <lua.hpp>

namespace avm::bench {
namespace {

void check(lua_State* state, int status) {
  if (status == LUA_OK) return;
  std::fputs(lua_tostring(state, -1), stderr);
  std::exit(1);
}

}  // namespace

LuaPeer::LuaPeer(const std::string& chunk) : state_(luaL_newstate()) {
  luaL_openlibs(state_);
  check(state_, luaL_loadstring(state_, chunk.c_str()));
  check(state_, lua_pcall(state_, 0, 1, 0));
}

LuaPeer::~LuaPeer() { lua_close(state_); }

void LuaPeer::run(std::uint64_t input) {
  lua_pushvalue(state_, -1);
  lua_pushinteger(state_, static_cast<lua_Integer>(input));
  check(state_, lua_pcall(state_, 1, 0, 0));
}

}  // namespace avm::bench
