-- delete-policy: forget a policy and its name, as one; its buckets expire by themselves.
-- KEYS[1] policies  hash
-- KEYS[2] names     zset of names
-- ARGV[1] policy  its name
-- returns 1 if it stood, 0 if not
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
