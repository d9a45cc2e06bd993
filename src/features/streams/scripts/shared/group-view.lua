-- Shared by the scripts that show a group, after group.lua: its settings, lag, pending, dead letters and
-- {consumer, idle ms, held, …}, after what was delivered too often has been given up.
local function group_view(group, now, most_consumers)
  trim(now)
  bury_spent(group, now)
  local consumers = {}
  local found = redis.call('ZRANGE', CONSUMERS, 0, tonumber(most_consumers) - 1, 'REV', 'WITHSCORES')
  for at = 1, #found, 2 do
    consumers[#consumers + 1] = found[at]
    consumers[#consumers + 1] = math.max(0, now - tonumber(found[at + 1]))
    consumers[#consumers + 1] = tonumber(redis.call('HGET', HELD, found[at])) or 0
  end
  return {
    redis.call('HGETALL', GROUP), count_after(group.ordinal), redis.call('ZCARD', PENDING), redis.call('ZCARD', DEAD),
    consumers,
  }
end
