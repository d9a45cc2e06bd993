-- extend: give a consumer more time for deliveries that are still its own.
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
-- ARGV[1] consumer
-- ARGV[2] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[3] ttlMs        how long the answer is kept
-- ARGV[4…] ids
-- returns {'missing'} | {'no-group'} | {'reused'} | {'done', replayed, {id, '' or why it was refused, …}}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local earlier, reused = earlier_answer(KEYS[12], ARGV[2])
if reused then return { 'reused' } end
if earlier then return { 'done', 1, earlier } end
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
-- fence
local now = now_ms()
redis.call('ZADD', CONSUMERS, now, ARGV[1])
local rows = {}
for at = 4, #ARGV do
  local delivery, refused = owned(ARGV[at], ARGV[1], now)
  if delivery then redis.call('ZADD', PENDING, place_at(PENDING, now + group.visibility), ARGV[at]) end
  rows[#rows + 1] = ARGV[at]
  rows[#rows + 1] = refused or ''
end
remember(KEYS[12], ARGV[2], ARGV[3], rows)
return { 'done', 0, rows }
