-- discard-dead-letters: forget dead letters, all or some.
-- KEYS[1] info        hash
-- KEYS[2] entries     stream
-- KEYS[3] removed     zset
-- KEYS[4] group       hash, settings of the group and its place
-- KEYS[5] pending     zset, ids by the instant from which somebody else may take them
-- KEYS[6] deliveries  hash, id to consumer, deliveries, first delivery, reason
-- KEYS[7] consumers   zset, by when they last asked
-- KEYS[8] held        hash, consumer to how many entries it has
-- KEYS[9] dead        zset, ids of dead letters by when they were given up
-- KEYS[10] letters    hash, id to data, key, reason, deliveries
-- KEYS[11] copies     hash, id to data and key of a replayed dead letter
-- ARGV[1] limit  how many of the oldest, if no ids are given
-- ARGV[2…] ids
-- returns {'missing'} | {'no-group'} | {'discarded', how many, how many are left}
-- use: shared/stream.lua
-- use: shared/group.lua
-- fence
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if not load_group() then return { 'no-group' } end
local ids = { unpack(ARGV, 2) }
if #ids == 0 then ids = redis.call('ZRANGE', DEAD, 0, tonumber(ARGV[1]) - 1) end
local discarded = 0
for _, id in ipairs(ids) do
  discarded = discarded + redis.call('ZREM', DEAD, id)
  redis.call('HDEL', LETTERS, id)
end
return { 'discarded', discarded, redis.call('ZCARD', DEAD) }
