-- put-policy: write a policy and its name, as one.
-- KEYS[1] policies  hash, name to "capacity refillTokens refillIntervalMs onOutage"
-- KEYS[2] names     zset of names, all scores 0
-- ARGV[1] policy  its name
-- ARGV[2] value
-- returns 1 if it is new, 0 if it stood
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
