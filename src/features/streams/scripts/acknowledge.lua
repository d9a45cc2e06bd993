-- acknowledge: end the deliveries that are still this consumer's.
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
-- ARGV[1] consumer
-- ARGV[2…] ids
-- returns {'missing'} | {'no-group'} | {'done', {id, '' or why it was refused, …}}
-- use: shared/stream.lua
-- use: shared/group.lua
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
if not load_group() then return { 'no-group' } end
local now = now_ms()
redis.call('ZADD', CONSUMERS, now, ARGV[1])
local rows = {}
for at = 2, #ARGV do
  local delivery, refused = owned(ARGV[at], ARGV[1], now)
  if delivery then release(ARGV[at], delivery) end
  rows[#rows + 1] = ARGV[at]
  rows[#rows + 1] = refused or ''
end
return { 'done', rows }
