-- delete-group: remove a consumer group with all that it has; effects that were committed still take place.
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
-- KEYS[12] groups     zset, names of the groups
-- ARGV[1] group  its name
-- returns {'missing'} | {'no-group'} | {'deleted'}
-- use: shared/stream.lua
-- use: shared/group.lua
-- fence
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if redis.call('EXISTS', GROUP) == 0 then return { 'no-group' } end
redis.call('UNLINK', GROUP, PENDING, DELIVERIES, CONSUMERS, HELD, DEAD, LETTERS, COPIES)
redis.call('ZREM', KEYS[12], ARGV[1])
return { 'deleted' }
