-- give-back: give deliveries back, now or after a delay; one that had its last try becomes a dead letter.
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
-- ARGV[1] consumer
-- ARGV[2] delayMs
-- ARGV[3] reason   '' for none
-- ARGV[4] channel  where it is announced
-- ARGV[5] group    its name
-- ARGV[6] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[7] ttlMs        how long the answer is kept
-- ARGV[8…] ids
-- returns {'missing'} | {'no-group'} | {'reused'} | {'done', replayed, {id, '' or why it was refused, …}}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local earlier, reused = earlier_answer(KEYS[12], ARGV[6])
if reused then return { 'reused' } end
if earlier then return { 'done', 1, earlier } end
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
-- fence
local now = now_ms()
redis.call('ZADD', CONSUMERS, now, ARGV[1])
local rows = {}
for at = 8, #ARGV do
  local id = ARGV[at]
  local delivery, refused = owned(id, ARGV[1], now)
  if delivery then
    delivery[4] = ARGV[3] ~= '' and ARGV[3] or 'given-back'
    if delivery[2] >= group.max_deliveries then
      bury(id, delivery, delivery[4], now)
    else
      hand(id, delivery, '', now + tonumber(ARGV[2]))
    end
  end
  rows[#rows + 1] = id
  rows[#rows + 1] = refused or ''
end
announce(KEYS[13], ARGV[4], ARGV[5])
remember(KEYS[12], ARGV[6], ARGV[7], rows)
return { 'done', 0, rows }
