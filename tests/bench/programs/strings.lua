return function(n)
  local words, count = {}, 0
  for i = 1, n do words[i] = tostring(i - 1) end
  for i = 1, n do
    local a = words[i]
    for j = 1, n do
      if a .. words[j] == "17305" then count = count + 1 end
    end
  end
  return count
end
