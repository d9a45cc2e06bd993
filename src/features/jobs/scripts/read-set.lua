-- read-set: jobs of a sorted set in the order of their scores, or against it, after a place.
-- KEYS[1] jobs  zset
-- ARGV[1] score  of the place; '' for the first page
-- ARGV[2] id     of the job that stood there, which may have left
-- ARGV[3] limit
-- ARGV[4] order  asc or desc
-- returns {id, score…}
local JOBS, SCORE, ID, DESCENDING = KEYS[1], ARGV[1], ARGV[2], ARGV[4] == 'desc'
local length = redis.call('ZCARD', JOBS)
local rank = 0
if SCORE ~= '' then
  -- How many stand before all of this score; of those that have it, the ones up to the id come before the place as well.
  if DESCENDING then
    rank = redis.call('ZCOUNT', JOBS, '(' .. SCORE, '+inf')
  else
    rank = redis.call('ZCOUNT', JOBS, '-inf', '(' .. SCORE)
  end
  while rank < length do
    local at = DESCENDING and length - 1 - rank or rank
    local there = redis.call('ZRANGE', JOBS, at, at, 'WITHSCORES')
    local is_before = tonumber(there[2]) == tonumber(SCORE)
    if DESCENDING then is_before = is_before and there[1] >= ID else is_before = is_before and there[1] <= ID end
    if not is_before then break end
    rank = rank + 1
  end
end
local first, last = rank, rank + tonumber(ARGV[3]) - 1
if not DESCENDING then return redis.call('ZRANGE', JOBS, first, last, 'WITHSCORES') end
local rows = {}
local found = redis.call('ZRANGE', JOBS, math.max(0, length - 1 - last), length - 1 - first, 'WITHSCORES')
if first >= length then return rows end
for place = #found - 1, 1, -2 do
  rows[#rows + 1] = found[place]
  rows[#rows + 1] = found[place + 1]
end
return rows
