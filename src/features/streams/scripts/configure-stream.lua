-- configure-stream: make a stream, or change its settings; what retention keeps no longer goes at once.
-- KEYS[1] info     hash, settings and counters; made if missing
-- KEYS[2] entries  stream
-- KEYS[3] removed  zset, ordinals of entries that were deleted one by one
-- ARGV[1] incarnation  identity of the stream if it is made now
-- ARGV[2…] settings    field, value, …; a value of '' removes the field
-- returns {'configured', created, indexed}
-- use: shared/stream.lua
-- fence
local now = now_ms()
local created = redis.call('HSETNX', INFO, 'incarnation', ARGV[1])
if created == 1 then redis.call('HSET', INFO, 'createdAt', now) end
for at = 2, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', INFO, ARGV[at])
  else
    redis.call('HSET', INFO, ARGV[at], ARGV[at + 1])
  end
end
trim(now)
return { 'configured', created, redis.call('HEXISTS', INFO, 'indexed') }
