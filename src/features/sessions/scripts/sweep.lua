-- sweep: forget sessions that are over, of those that may be, and look at the others again when they can be.
-- KEYS[1] live    hash, sessions of the bucket that count, and their versions
-- KEYS[2] due     zset, the same by when to look whether they are over
-- KEYS[3] ended   zset, sessions that were ended, by when to forget that
-- KEYS[4] audit   list, what has to be told to the audit stream
-- KEYS[5] taken   list, what of it is being told
-- KEYS[6] info    hash, that there is such a bucket
-- KEYS[7…] owners hash, the sessions of the owner of each of those in ARGV
-- ARGV[1…] members  to look at
-- returns {how many were forgotten, how many count now, 1 if there is nothing left of the bucket}
local LIVE, DUE, ENDED, AUDIT, TAKEN, INFO = unpack(KEYS, 1, 6)
local time = redis.call('TIME')
local NOW = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local forgotten = 0
for at, member in ipairs(ARGV) do
  local sessions, rest = KEYS[6 + at], member:sub(17)
  local stored = redis.call('HMGET', sessions, rest .. 'h', rest .. 's')
  local idle, ends = (stored[1] or ''):match('^%d+ (%d+) (%d+) ')
  local seen_at = (stored[2] or ''):match('^(%d+) ')
  -- What cannot be read is nobody's session any more: it is refused whenever somebody comes with its token.
  local next_look = idle and seen_at and math.min(tonumber(seen_at) + tonumber(idle), tonumber(ends)) or 0
  if redis.call('HEXISTS', LIVE, member) == 1 and next_look > NOW then
    redis.call('ZADD', DUE, string.format('%.0f', next_look), member)
  else
    redis.call('HDEL', sessions, rest .. 'h', rest .. 'b', rest .. 's')
    redis.call('HDEL', LIVE, member)
    redis.call('ZREM', DUE, member)
    forgotten = forgotten + 1
  end
end
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', string.format('%.0f', NOW))
local count = redis.call('HLEN', LIVE)
local empty = count == 0 and redis.call('EXISTS', DUE, ENDED, AUDIT, TAKEN) == 0
if empty then redis.call('DEL', INFO) end
return { forgotten, count, empty and 1 or 0 }
