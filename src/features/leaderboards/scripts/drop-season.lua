-- drop-season: forget an archived season.
-- KEYS[1] info      hash of the season
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset
-- KEYS[6] seasons   zset of the ids of closed seasons
-- ARGV[1] season  its id
-- returns 1 if it stood, 0 if not
-- fence
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return redis.call('ZREM', KEYS[6], ARGV[1])
