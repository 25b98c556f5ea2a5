local Echo = {}
Echo.__index = Echo

function Echo:call(x) return x end

return function(n)
  local echo, i, r = setmetatable({}, Echo), 0, nil
  repeat
    r = echo:call(i)
    i = i + 1
  until i >= n
  return r
end
