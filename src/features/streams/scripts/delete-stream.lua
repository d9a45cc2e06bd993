-- delete-stream: remove a stream whose groups are gone; effects that were committed still take place.
-- KEYS[1] info     hash
-- KEYS[2] entries  stream
-- KEYS[3] removed  zset
-- KEYS[4] groups   zset, names of the groups
-- KEYS[5] watch    string, while a node waits for entries
-- ARGV[1] channel  where it is announced
-- returns {'missing'} | {'has-groups'} | {'deleted'}
-- use: shared/stream.lua
-- fence
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if redis.call('ZCARD', KEYS[4]) > 0 then return { 'has-groups' } end
redis.call('UNLINK', INFO, ENTRIES, REMOVED)
announce(KEYS[5], ARGV[1], '')
return { 'deleted' }
