-- beat: say that a node is there, and learn which are.
-- KEYS[1] nodes  zset, nodes by the instant in ms at which they count as gone
-- ARGV[1] node   '' for nobody
-- ARGV[2] ttlMs  how long it counts as there
-- returns {isNew, {node, …}}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local is_new = 0
if ARGV[1] ~= '' then is_new = redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1]) end
return { is_new, redis.call('ZRANGE', KEYS[1], 0, -1) }
