-- measure.lua PROGRAM N: how much of the processor's time PROGRAM's function takes for N. Prints what it gives
-- and the seconds.
local work = dofile(arg[1])
local n = tonumber(arg[2])
local start = os.clock()
local result = work(n)
print(string.format("%s %.9f", result, os.clock() - start))
