-- retire-outbox: look no more at the outbox of a stream, unless it was registered lately.
-- KEYS[1] outboxes  zset, streams by when somebody looks at their outbox next
-- KEYS[2] uses      zset, streams by when they were registered last
-- ARGV[1] stream
-- ARGV[2] idleMs  since its last registration; longer than any node relies on one
-- returns 1 if it was retired
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local used = redis.call('ZSCORE', KEYS[2], ARGV[1])
if used and tonumber(used) > now - tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
