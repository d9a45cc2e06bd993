-- configure-group: make a consumer group, or change its settings; its place stays where it is.
-- KEYS[1] info        hash; made if missing
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
-- ARGV[1] incarnation  identity of the group, and of the stream, if they are made now
-- ARGV[2] startAt      begin, now or the id of the first entry that it gets, if it is made now
-- ARGV[3] maxDeliveries        '' to leave it as it is; likewise the next
-- ARGV[4] visibilityTimeoutMs
-- ARGV[5] defaultMaxDeliveries  of a group that is made now; likewise the next
-- ARGV[6] defaultVisibilityTimeoutMs
-- ARGV[7] group      its name
-- ARGV[8] maxGroups  that a stream may have
-- returns {'too-many'} | {'configured', created, indexed}
-- use: shared/stream.lua
-- use: shared/group.lua
-- fence
if redis.call('HSETNX', INFO, 'incarnation', ARGV[1]) == 1 then redis.call('HSET', INFO, 'createdAt', now_ms()) end
local created = redis.call('EXISTS', GROUP) == 0
if created then
  if redis.call('ZCARD', KEYS[12]) >= tonumber(ARGV[8]) then return { 'too-many' } end
  redis.call('ZADD', KEYS[12], 0, ARGV[7])
  local position, ordinal = place_of(ARGV[2])
  redis.call('HSET', GROUP, 'incarnation', ARGV[1], 'createdAt', now_ms(), 'position', position, 'ordinal', ordinal,
    'maxDeliveries', ARGV[5], 'visibilityTimeoutMs', ARGV[6])
end
if ARGV[3] ~= '' then redis.call('HSET', GROUP, 'maxDeliveries', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('HSET', GROUP, 'visibilityTimeoutMs', ARGV[4]) end
return { 'configured', created and 1 or 0, redis.call('HEXISTS', INFO, 'indexed') }
