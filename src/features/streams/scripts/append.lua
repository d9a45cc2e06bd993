-- append: add entries at the end, all of them, once for a keyed request.
-- KEYS[1] info       hash, settings and counters; made if missing
-- KEYS[2] entries    stream
-- KEYS[3] removed    zset, ordinals of entries that were deleted one by one
-- KEYS[4] operation  string, what a keyed request was answered, expires
-- KEYS[5] watch      string, while a node waits for entries, expires
-- ARGV[1] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[2] ttlMs        how long the answer is kept
-- ARGV[3] channel      where appends are announced
-- ARGV[4] incarnation  identity of the stream if it is made now
-- ARGV[5] checked      version of the schema by which the data was checked, '' for none
-- ARGV[6] notAfter     instant in ms after which nothing is done, '' for none
-- ARGV[7…] rows        data, key ('' for none), data, …
-- returns {'reused'} | {'late'} | {'other-schema'} | {'appended' | 'replayed', indexed, {id, …}}
-- use: shared/stream.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local OPERATION, WATCH, CHANNEL = KEYS[4], KEYS[5], ARGV[3]
local earlier, reused = earlier_answer(OPERATION, ARGV[1])
if reused then return { 'reused' } end
if earlier then return { 'replayed', redis.call('HEXISTS', INFO, 'indexed'), earlier } end
if is_late(ARGV[6]) then return { 'late' } end
-- fence
if (redis.call('HGET', INFO, 'schemaVersion') or '') ~= ARGV[5] then return { 'other-schema' } end

local now = now_ms()
if redis.call('HSETNX', INFO, 'incarnation', ARGV[4]) == 1 then redis.call('HSET', INFO, 'createdAt', now) end
local ids = {}
local n = appended()
for at = 7, #ARGV, 2 do
  n = n + 1
  if ARGV[at + 1] == '' then
    ids[#ids + 1] = redis.call('XADD', ENTRIES, '*', 'n', n, 'data', ARGV[at])
  else
    ids[#ids + 1] = redis.call('XADD', ENTRIES, '*', 'n', n, 'data', ARGV[at], 'key', ARGV[at + 1])
  end
end
redis.call('HSET', INFO, 'appended', n, 'lastId', ids[#ids])
trim(now)
remember(OPERATION, ARGV[1], ARGV[2], ids)
announce(WATCH, CHANNEL, '')
return { 'appended', redis.call('HEXISTS', INFO, 'indexed'), ids }
