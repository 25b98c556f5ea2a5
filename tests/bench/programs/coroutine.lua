-- A coroutine that counts: n times into it and out again.
return function(n)
  local count = coroutine.wrap(function()
    local i = 0
    while true do
      i = i + 1
      coroutine.yield(i)
    end
  end)
  local r = 0
  for _ = 1, n do r = count() end
  return r
end
