-- commit: acknowledge deliveries that are still this consumer's, and write down the effects that they have.
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
-- KEYS[13] outbox     zset, commits whose effects have to be applied, by when somebody else may do so
-- KEYS[14] effects    hash, commit to group, id, deliveries, effects, state
-- ARGV[1] consumer
-- ARGV[2] group    its name
-- ARGV[3] leaseMs  how long nobody else applies the effects
-- ARGV[4] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[5] ttlMs        how long the answer is kept
-- ARGV[6…] items   id, deliveries, effects as JSON ('' for none), id, …
-- returns {'missing'} | {'no-group'} | {'reused'} | {'done', replayed, {id, '' or why it was refused, commit or '', …}, end of the lease in ms}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local OUTBOX, EFFECTS = KEYS[13], KEYS[14]
local earlier, reused = earlier_answer(KEYS[12], ARGV[4])
if reused then return { 'reused' } end
if earlier then return { 'done', 1, earlier, 0 } end
local stream = redis.call('HGET', INFO, 'incarnation')
if not stream then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
-- fence
local now = now_ms()
redis.call('ZADD', CONSUMERS, now, ARGV[1])
local rows = {}
for at = 6, #ARGV, 3 do
  local id, effects, commit = ARGV[at], ARGV[at + 2], ''
  local delivery, refused = owned(id, ARGV[1], now, tonumber(ARGV[at + 1]))
  if delivery then
    release(id, delivery)
    if effects ~= '' then
      -- No two commits of any group or stream, whatever they are called, have the same name. The id is in it because a
      -- master that lost its last writes counts some numbers again, and records in other slots know them.
      local number = redis.call('HINCRBY', GROUP, 'commits', 1)
      commit = string.format('%s.%s.%d.%s', stream, group.incarnation, number, id)
      redis.call('ZADD', OUTBOX, now + tonumber(ARGV[3]), commit)
      redis.call('HSET', EFFECTS, commit, cmsgpack.pack({ ARGV[2], id, delivery[2], effects, 'written' }))
    end
  end
  for _, value in ipairs({ id, refused or '', commit }) do rows[#rows + 1] = value end
end
remember(KEYS[12], ARGV[4], ARGV[5], rows)
return { 'done', 0, rows, now + tonumber(ARGV[3]) }
