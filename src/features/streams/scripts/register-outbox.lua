-- register-outbox: note that a stream is about to have commits, so that somebody looks for what is left of them.
-- KEYS[1] outboxes  zset, streams by when somebody looks at their outbox next
-- KEYS[2] uses      zset, streams by when they were registered last
-- ARGV[1] stream
-- ARGV[2] lookAfterMs  until the first look
-- returns nothing of use
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[2], now, ARGV[1])
return redis.call('ZADD', KEYS[1], 'NX', now + tonumber(ARGV[2]), ARGV[1])
