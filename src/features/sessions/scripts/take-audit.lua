-- take-audit: what has to be told to the audit stream next, the same until it is said to be told.
-- KEYS[1] audit  list, what has to be told
-- KEYS[2] taken  string, what of it is being told
-- ARGV[1] id    of the operation that tells it, if none is under way
-- ARGV[2] most  how many events
-- returns {id, event, …} | {}
local taken = redis.call('GET', KEYS[2])
if taken then return cmsgpack.unpack(taken) end
local events = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1)
if #events == 0 then return {} end
table.insert(events, 1, ARGV[1])
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
redis.call('SET', KEYS[2], cmsgpack.pack(events))
return events
