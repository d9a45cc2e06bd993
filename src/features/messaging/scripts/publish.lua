-- publish: put messages at the end of a channel and hand them to who listens, once for a keyed request.
-- KEYS[1] info       hash, epoch and offset, expires; made if missing
-- KEYS[2] settings   hash
-- KEYS[3] history    stream, expires
-- KEYS[4] operation  string, what a keyed request was answered, expires
-- ARGV[1] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[2] ttlMs        how long the answer is kept
-- ARGV[3] notAfter     instant in ms after which nothing is done, '' for none
-- ARGV[4] epoch        of the channel if it begins now
-- ARGV[5] sharded      '1' on a cluster
-- ARGV[6] topic        where nodes listen
-- ARGV[7…] bodies      what each message says of itself
-- returns {'reused'} | {'late'} | {'published' | 'replayed', indexed, epoch, first offset, last offset, instant}
-- use: shared/channel.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local OPERATION = KEYS[4]
local earlier, reused = earlier_answer(OPERATION, ARGV[1])
if reused then return { 'reused' } end
if earlier then
  -- Whoever was to list the channel may have lost the answer.
  local listed = redis.call('HMGET', INFO, 'epoch', 'indexed')
  local indexed = listed[1] and not listed[2] and 0 or 1
  return { 'replayed', indexed, earlier[1], earlier[2], earlier[3], earlier[4] }
end
if is_late(ARGV[3]) then return { 'late' } end
-- fence

local now = now_ms()
local epoch, offset, last_at = standing(ARGV[4], now)
-- A clock that was set back must not put a message before the one that it follows.
local at = math.max(now, last_at)
local size, ttl = retention()
local first = offset + 1
for number = 7, #ARGV do
  offset = offset + 1
  local place = whole(offset) .. '-' .. whole(at)
  if size > 0 then redis.call('XADD', HISTORY, place, 'body', ARGV[number]) end
  -- With the instant of the one before it: whoever had another one in its place is to notice.
  announce(ARGV[5], ARGV[6], table.concat({ epoch, whole(offset), whole(at) }, '.') .. ' ' .. whole(last_at) .. ' ' .. ARGV[number])
  last_at = at
end
if size > 0 then
  trim(now - ttl, size, offset)
  redis.call('PEXPIRE', HISTORY, ttl)
end
redis.call('HSET', INFO, 'offset', whole(offset), 'at', whole(at))
redis.call('PEXPIRE', INFO, ttl + IDLE_MS)
remember(OPERATION, ARGV[1], ARGV[2], { epoch, whole(first), whole(offset), whole(at) })
local indexed = redis.call('HEXISTS', INFO, 'indexed')
return { 'published', indexed, epoch, whole(first), whole(offset), whole(at) }
