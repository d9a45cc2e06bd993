-- replay: put dead letters back, to be delivered as if for the first time.
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
-- ARGV[1] channel  where it is announced
-- ARGV[2] group    its name
-- ARGV[3] limit    how many of the oldest, if no ids are given
-- ARGV[4] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[5] ttlMs        how long the answer is kept
-- ARGV[6…] ids
-- returns {'missing'} | {'no-group'} | {'reused'} | {'done', replayed, {id, '' or why it was refused, …}}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local earlier, reused = earlier_answer(KEYS[12], ARGV[4])
if reused then return { 'reused' } end
if earlier then return { 'done', 1, earlier } end
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if redis.call('EXISTS', GROUP) == 0 then return { 'no-group' } end
-- fence
local now = now_ms()
local ids = { unpack(ARGV, 6) }
if #ids == 0 then ids = redis.call('ZRANGE', DEAD, 0, tonumber(ARGV[3]) - 1) end
local rows = {}
for _, id in ipairs(ids) do
  local packed = redis.call('HGET', LETTERS, id)
  local letter = packed and cmsgpack.unpack(packed)
  local refused = ''
  if not letter then
    refused = 'no-dead-letter'
  elseif not letter[1] then
    refused = TRIMMED
  elseif redis.call('HEXISTS', DELIVERIES, id) == 1 then
    -- After a seek the group may be at its entry once more, and whoever has it keeps it.
    refused = 'pending'
  else
    redis.call('ZREM', DEAD, id)
    redis.call('HDEL', LETTERS, id)
    redis.call('HSET', COPIES, id, cmsgpack.pack({ letter[1], letter[2] or nil }))
    hand(id, { '', 0, now, false }, '', now)
  end
  rows[#rows + 1] = id
  rows[#rows + 1] = refused
end
announce(KEYS[13], ARGV[1], ARGV[2])
remember(KEYS[12], ARGV[4], ARGV[5], rows)
return { 'done', 0, rows }
