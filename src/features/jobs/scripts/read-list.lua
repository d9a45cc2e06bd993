-- read-list: jobs of a list in the order in which workers take them, from a place that jobs mark which stood there.
-- KEYS[1] jobs  list, the next one is its last
-- ARGV[1] limit
-- ARGV[2] depth  how many jobs were taken before the place when it was marked
-- ARGV[3] next  id of the job to begin with; '' for none
-- ARGV[4…] after  ids of jobs that came before it, the last one first; none, and no next, for the first page
-- returns {id…} | nil if none of them is in the list any more, so that nobody knows where the place was
local JOBS, LIMIT, DEPTH, NEXT = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
-- Jobs that may have come back before the place, as those of a worker that died do.
local MARGIN = 1000
local length = redis.call('LLEN', JOBS)
if length == 0 then return {} end

-- Jobs leave the list before the place and come to its other end, so that no mark is farther from this one than it was.
local function index_of(id) return redis.call('LPOS', JOBS, id, 'RANK', -1, 'MAXLEN', DEPTH + 1 + MARGIN) end

local first = length - 1
if NEXT ~= '' or #ARGV > 3 then
  local at = NEXT ~= '' and index_of(NEXT)
  first = at or nil
  for n = 4, #ARGV do
    at = index_of(ARGV[n])
    -- One of the two at the place may have left the list and come to its end: the other one is still there.
    if at then first = math.max(first or -1, at - 1) end
    if first then break end
  end
  if not first then return false end
end
if first < 0 then return {} end
local found = redis.call('LRANGE', JOBS, math.max(0, first - LIMIT + 1), first)
local ids = {}
for place = #found, 1, -1 do ids[#ids + 1] = found[place] end
return ids
