-- configure: change settings of a channel, and tell the nodes that listen; what is kept no longer goes at once.
-- KEYS[1] info      hash
-- KEYS[2] settings  hash
-- KEYS[3] history   stream
-- ARGV[1] sharded     '1' on a cluster
-- ARGV[2] topic       where nodes listen
-- ARGV[3] notice      what they are told
-- ARGV[4…] settings   field, value, …; a value of '' removes the field
-- returns {setting, value, …}
-- use: shared/channel.lua
-- fence
for at = 4, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', SETTINGS, ARGV[at])
  else
    redis.call('HSET', SETTINGS, ARGV[at], ARGV[at + 1])
  end
end
local size, ttl = retention()
if redis.call('EXISTS', HISTORY) == 1 then
  trim(now_ms() - ttl, size, tonumber(redis.call('HGET', INFO, 'offset')))
  redis.call('PEXPIRE', HISTORY, ttl)
end
announce(ARGV[1], ARGV[2], ARGV[3])
return redis.call('HGETALL', SETTINGS)
