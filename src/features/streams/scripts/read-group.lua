-- read-group: a group's settings, lag and consumers, after what was delivered too often has been given up.
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
-- ARGV[1] maxConsumers  that are listed
-- returns {'missing'} | {'no-group'} | {'group', view}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: shared/group-view.lua
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
return { 'group', group_view(group, now_ms(), ARGV[1]) }
