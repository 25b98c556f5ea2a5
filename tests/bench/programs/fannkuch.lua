return function(n)
  local p, q, s = {}, {}, {}
  local odd, sum, most = false, 0, 0
  for i = 1, n do p[i], q[i], s[i] = i, i, i end
  while true do
    local head = p[1]
    if head ~= 1 then
      for i = 2, n do q[i] = p[i] end
      local flips = 1
      while true do
        local following = q[head]
        if following == 1 then break end
        q[head] = head
        if head >= 4 then
          local i, j = 2, head - 1
          repeat
            q[i], q[j] = q[j], q[i]
            i = i + 1
            j = j - 1
          until i >= j
        end
        head = following
        flips = flips + 1
      end
      if flips > most then most = flips end
      if odd then sum = sum - flips else sum = sum + flips end
    end
    if not odd then
      p[1], p[2] = p[2], p[1]
      odd = true
    else
      p[2], p[3] = p[3], p[2]
      odd = false
      for i = 3, n do
        local left = s[i]
        if left ~= 1 then
          s[i] = left - 1
          break
        end
        if i == n then return sum * 100 + most end
        s[i] = i
        local first = p[1]
        for j = 1, i do p[j] = p[j + 1] end
        p[i + 1] = first
      end
    end
  end
end
