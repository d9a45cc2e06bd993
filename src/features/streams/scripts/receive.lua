-- receive: hand entries to a consumer: first what others left, then new ones.
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
-- ARGV[2] limit
-- ARGV[3] maxBytes  of data together; one entry is handed out whatever its size
-- ARGV[4] forgetMs  how long a consumer that has nothing is remembered
-- ARGV[5] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[6] ttlMs        how long the answer is kept
-- returns {'missing'} | {'no-group'} | {'reused'} | {'received', replayed, {id, data, key, deliveries, firstDeliveredAt, …}, due in ms if nothing was there}
-- use: shared/stream.lua
-- use: shared/group.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local CONSUMER, LIMIT = ARGV[1], tonumber(ARGV[2])
-- Of what was received the record has all but the data, which is where it was.
local earlier, reused = earlier_answer(KEYS[12], ARGV[5])
if reused then return { 'reused' } end
if earlier then
  local rows = {}
  for _, given in ipairs(earlier) do
    local data, key = content_of(given[1])
    for _, value in ipairs(data and { given[1], data, key or '', given[2], given[3] } or {}) do rows[#rows + 1] = value end
  end
  return { 'received', 1, rows, false }
end
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
-- fence
local now = now_ms()
trim(now)
redis.call('ZADD', CONSUMERS, now, CONSUMER)
for _, idle in ipairs(redis.call('ZRANGEBYSCORE', CONSUMERS, '-inf', now - tonumber(ARGV[4]), 'LIMIT', 0, 10)) do
  if redis.call('HEXISTS', HELD, idle) == 0 then redis.call('ZREM', CONSUMERS, idle) end
end

local rows, given, count, room = {}, {}, 0, tonumber(ARGV[3])
local function give(id, delivery, data, key)
  delivery[2] = delivery[2] + 1
  hand(id, delivery, CONSUMER, now + group.visibility)
  for _, value in ipairs({ id, data, key or '', delivery[2], delivery[3] }) do rows[#rows + 1] = value end
  given[#given + 1] = { id, delivery[2], delivery[3] }
  count = count + 1
  room = room - #data
end

local burials = { left = MAX_BURIALS }
while count < LIMIT and room > 0 do
  local id, delivery, data, key = next_due(group, now, burials)
  if not id then break end
  give(id, delivery, data, key)
end
while count < LIMIT and room > 0 do
  local found = redis.call('XRANGE', ENTRIES, '(' .. group.position, '+', 'COUNT', math.min(LIMIT - count, 50))
  if #found == 0 then break end
  for _, entry in ipairs(found) do
    if room <= 0 then break end
    local fields = fields_of(entry)
    -- A dead letter that was put back may be pending already when the group passes its entry again.
    if redis.call('HEXISTS', DELIVERIES, entry[1]) == 0 then
      give(entry[1], { '', 0, now, false }, fields.data, fields.key)
    end
    group.position, group.ordinal = entry[1], fields.n
  end
  redis.call('HSET', GROUP, 'position', group.position, 'ordinal', group.ordinal)
end
local due = count == 0 and redis.call('ZRANGE', PENDING, 0, 0, 'WITHSCORES')[2]
if count > 0 then remember(KEYS[12], ARGV[5], ARGV[6], given) end
return { 'received', 0, rows, due and math.max(0, math.ceil(tonumber(due) - now)) or false }
