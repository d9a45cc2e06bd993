-- settle-audit: what was taken is told.
-- KEYS[1] audit  list, what has to be told
-- KEYS[2] taken  list, what of it is being told: the id of the operation that tells it, and the events
-- ARGV[1] id  of the operation that told it
-- returns how many events wait to be told
if redis.call('LINDEX', KEYS[2], 0) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return redis.call('LLEN', KEYS[1])
