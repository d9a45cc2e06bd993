-- take-audit: what has to be told to the audit stream next, the same until it is said to be told.
-- KEYS[1] audit  list, what has to be told
-- KEYS[2] taken  list, what of it is being told: the id of the operation that tells it, and the events
-- ARGV[1] id    of the operation that tells it, if none is under way
-- ARGV[2] from  the first event that is wanted, from 1 on
-- ARGV[3] to    the last
-- returns {id, event, …} | {}
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
  redis.call('RENAME', KEYS[1], KEYS[2])
  redis.call('LPUSH', KEYS[2], ARGV[1])
end
local events = redis.call('LRANGE', KEYS[2], ARGV[2], ARGV[3])
table.insert(events, 1, redis.call('LINDEX', KEYS[2], 0))
return events
