-- seek: move a group; what it had pending is so no longer, but for dead letters that were put back.
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
-- KEYS[12] operation  string, what a keyed request was answered, expires
-- KEYS[13] watch      string, while a node waits for entries, expires
-- ARGV[1] to       begin, now or the id of the next entry that the group gets
-- ARGV[2] channel  where it is announced
-- ARGV[3] group    its name
-- ARGV[4] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[5] ttlMs        how long the answer is kept
-- ARGV[6] maxConsumers  that are listed
-- returns {'missing'} | {'no-group'} | {'reused'} | {'moved', replayed, view}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: shared/group-view.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local earlier, reused = earlier_answer(KEYS[12], ARGV[4])
if reused then return { 'reused' } end
if earlier then return { 'moved', 1, earlier } end
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if redis.call('EXISTS', GROUP) == 0 then return { 'no-group' } end
-- fence
local position, ordinal = place_of(ARGV[1])
redis.call('HSET', GROUP, 'position', position, 'ordinal', ordinal)
for _, id in ipairs(redis.call('ZRANGE', PENDING, 0, -1)) do
  -- A dead letter that was put back is all that may be left of its entry.
  if redis.call('HEXISTS', COPIES, id) == 0 then release(id, delivery_of(id)) end
end
announce(KEYS[13], ARGV[2], ARGV[3])
local view = group_view(load_group(), now_ms(), ARGV[6])
remember(KEYS[12], ARGV[4], ARGV[5], view)
return { 'moved', 0, view }
