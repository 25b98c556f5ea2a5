local function build(depth)
  if depth == 0 then return {depth, depth} end
  depth = depth - 1
  local left = build(depth)
  local right = build(depth)
  return {left, right}
end

local function count(tree)
  local left = tree[1]
  if left == 0 then return 1 end
  return count(left) + count(tree[2]) + 1
end

return function(n)
  local sum = 0
  for _ = 1, n do sum = sum + count(build(14)) end
  return sum
end
