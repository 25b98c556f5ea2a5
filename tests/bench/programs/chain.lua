return function(n)
  local chain, sum = nil, 0
  for i = 0, n - 1 do chain = {i, chain} end
  while chain do
    sum = sum + chain[1]
    chain = chain[2]
  end
  return sum
end
