-- refuse-effects: keep as a dead letter the entry of a commit whose effects can never take place.
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
-- ARGV[1] id
-- ARGV[2] reason
-- ARGV[3] deliveries
-- returns {'missing'} | {'no-group'} | {'refused'}
-- use: shared/stream.lua
-- use: shared/group.lua
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if not load_group() then return { 'no-group' } end
local data, key = content_of(ARGV[1])
redis.call('ZADD', DEAD, place_at(DEAD, now_ms()), ARGV[1])
redis.call('HSET', LETTERS, ARGV[1], cmsgpack.pack({ data or false, key or false, ARGV[2], tonumber(ARGV[3]) }))
return { 'refused' }
