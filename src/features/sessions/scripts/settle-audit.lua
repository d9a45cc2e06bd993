-- settle-audit: what was taken is told.
-- KEYS[1] audit  list, what has to be told
-- KEYS[2] taken  string, what of it is being told
-- ARGV[1] id  of the operation that told it
-- returns how many events wait to be told
local taken = redis.call('GET', KEYS[2])
if taken and cmsgpack.unpack(taken)[1] == ARGV[1] then redis.call('DEL', KEYS[2]) end
return redis.call('LLEN', KEYS[1])
