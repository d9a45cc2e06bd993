-- remove-key: forget an API key.
-- KEYS[1] record  hash
-- KEYS[2] tenant  zset of ids
-- ARGV[1] id
-- returns 1 if it stood, 0 if not
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
