-- say-listed: note on a resource that it is on its list, unless it is gone.
-- KEYS[1] info  hash
-- returns 1 if it stands, 0 if it is gone
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'indexed', 1)
return 1
