-- delete-board: remove a board whose archived seasons are gone.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- KEYS[6] seasons   zset of the ids of closed seasons
-- KEYS[7] watch     string, how many first entries are watched by live clients
-- ARGV[1] channel  where changes are announced
-- returns {'missing'} | {'has-seasons'} | {'deleted'}
-- use: shared/board.lua
-- fence
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if redis.call('ZCARD', KEYS[6]) > 0 then return { 'has-seasons' } end
redis.call('UNLINK', INFO, ENTRIES, ARRIVALS, METADATA, SCORES)
announce(KEYS[7], ARGV[1], 1)
return { 'deleted' }
