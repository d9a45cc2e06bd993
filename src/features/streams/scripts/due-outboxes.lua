-- due-outboxes: streams at whose outbox somebody has to look.
-- KEYS[1] outboxes  zset, streams by when somebody looks at their outbox next
-- KEYS[2] uses      zset, streams by when they were registered last
-- ARGV[1] lookAfterMs  until the next look
-- ARGV[2] limit
-- returns {stream, …}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, stream in ipairs(due) do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), stream) end
return due
