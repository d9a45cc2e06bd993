-- take-effects: commits whose effects nobody has applied in time, for the caller to apply.
-- KEYS[1] outbox   zset, commits by when somebody else may apply their effects
-- KEYS[2] effects  hash, commit to group, id, deliveries, effects, state
-- ARGV[1] leaseMs  how long nobody else takes them
-- ARGV[2] limit
-- returns {{commit, group, id, deliveries, effects, state, …}, how many are left, end of the lease in ms}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local rows = {}
for _, commit in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), commit)
  rows[#rows + 1] = commit
  for _, value in ipairs(cmsgpack.unpack(redis.call('HGET', KEYS[2], commit))) do rows[#rows + 1] = value end
end
return { rows, redis.call('ZCARD', KEYS[1]), now + tonumber(ARGV[1]) }
