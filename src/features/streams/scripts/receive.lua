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
-- ARGV[1] consumer
-- ARGV[2] limit
-- ARGV[3] maxBytes  of data together; one entry is handed out whatever its size
-- ARGV[4] forgetMs  how long a consumer that has nothing is remembered
-- returns {'missing'} | {'no-group'} | {'received', {id, data, key, deliveries, firstDeliveredAt, …}, due in ms if nothing was there}
-- use: shared/stream.lua
-- use: shared/group.lua
local CONSUMER, LIMIT = ARGV[1], tonumber(ARGV[2])
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
local now = now_ms()
redis.call('ZADD', CONSUMERS, now, CONSUMER)
for _, idle in ipairs(redis.call('ZRANGEBYSCORE', CONSUMERS, '-inf', now - tonumber(ARGV[4]), 'LIMIT', 0, 10)) do
  if redis.call('HEXISTS', HELD, idle) == 0 then redis.call('ZREM', CONSUMERS, idle) end
end

local rows, count, room = {}, 0, tonumber(ARGV[3])
local function give(id, delivery, data, key)
  delivery[2] = delivery[2] + 1
  hand(id, delivery, CONSUMER, now + group.visibility)
  for _, value in ipairs({ id, data, key or '', delivery[2], delivery[3] }) do rows[#rows + 1] = value end
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
return { 'received', rows, due and math.max(0, tonumber(due) - now) or false }
