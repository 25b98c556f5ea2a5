return function(n)
  local list, sum = {}, 0
  for i = 0, n - 1 do list[#list + 1] = i end
  for i = 1, n do sum = sum + list[i] end
  return sum
end
