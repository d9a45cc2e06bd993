-- read-list: jobs of a list in the order in which workers take them, after one of them.
-- KEYS[1] jobs  list, the next one is its last
-- ARGV[1] after  id of a job; '' for the first page
-- ARGV[2] limit
-- returns {id…}
local last = -1
if ARGV[1] ~= '' then
  -- One that is gone was taken, and those before it too: all that is left comes after it.
  local at = redis.call('LPOS', KEYS[1], ARGV[1])
  if at then last = at - 1 end
  if at == 0 then return {} end
end
local length = redis.call('LLEN', KEYS[1])
if last < 0 then last = length - 1 end
local found = redis.call('LRANGE', KEYS[1], math.max(0, last - tonumber(ARGV[2]) + 1), last)
local ids = {}
for place = #found, 1, -1 do ids[#ids + 1] = found[place] end
return ids
