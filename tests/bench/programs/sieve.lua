return function(n)
  local flags, count = {}, 0
  for i = 1, n do flags[i] = true end
  for p = 2, n do
    if flags[p] then
      count = count + 1
      for k = p * p, n, p do flags[k] = false end
    end
  end
  return count
end
