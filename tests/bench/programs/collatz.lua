-- Lua 5.4 has whole numbers and divides them by `//`; LuaJIT has neither, and no need of them here.
local source = [[
return function(n)
  local longest = 0
  for start = 1, n - 1 do
    local x, length = start, 1
    while x ~= 1 do
      if x % 2 == 0 then x = x DIV 2 else x = x * 3 + 1 end
      length = length + 1
    end
    if length > longest then longest = length end
  end
  return longest
end
]]
return load((source:gsub("DIV", jit and "/" or "//")))()
