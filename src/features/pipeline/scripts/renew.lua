-- renew: take more time for a payload that is still being processed.
-- KEYS[1] payload  hash, what is known of the payload
-- ARGV[1] token    by which it was claimed
-- ARGV[2] leaseMs
-- returns 1 if it is still this one's
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'state') ~= 'processing' then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'leaseEndsAt', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2]))
return 1
