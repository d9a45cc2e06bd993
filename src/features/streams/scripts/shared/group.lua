-- Shared by the scripts of consumer groups, whose first keys are info, entries, removed, group, pending, deliveries,
-- consumers, held, dead, letters, copies.
--
-- What a group was given and did not acknowledge is `pending`, by the instant from which somebody else may take it.
-- A delivery is {consumer ('' if it was given back), deliveries, first delivered at, reason}.
local GROUP, PENDING, DELIVERIES, CONSUMERS = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local HELD, DEAD, LETTERS, COPIES = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local TIMED_OUT, TRIMMED = 'visibility-timeout', 'trimmed'
-- Dead letters that one call makes at most.
local MAX_BURIALS = 1000

-- Of several at one instant Redis would make the order that of their ids as text. So each has a place of its own in the ms that
-- ends at the instant, behind those that are there.
local PLACES = 4096
local last_places = {}
local function place_at(key, instant)
  local name = string.format('%s %.0f', key, instant)
  local last = last_places[name]
  if not last then
    local since = string.format('(%.0f', instant - 1)
    last = redis.call('ZREVRANGEBYSCORE', key, instant, since, 'WITHSCORES', 'LIMIT', 0, 1)[2] or instant - 1
  end
  last_places[name] = math.min(tonumber(last) + 1 / PLACES, instant)
  return last_places[name]
end

-- The group's settings and place; nil if there is no such group.
local function load_group()
  local field = redis.call('HMGET', GROUP, 'position', 'ordinal', 'maxDeliveries', 'visibilityTimeoutMs', 'incarnation')
  if not field[1] then return nil end
  return {
    position = field[1],
    ordinal = tonumber(field[2]),
    max_deliveries = tonumber(field[3]),
    visibility = tonumber(field[4]),
    incarnation = field[5],
  }
end

local function delivery_of(id)
  local packed = redis.call('HGET', DELIVERIES, id)
  return packed and cmsgpack.unpack(packed)
end

local function let_go(consumer)
  if consumer ~= '' and redis.call('HINCRBY', HELD, consumer, -1) <= 0 then redis.call('HDEL', HELD, consumer) end
end

-- Hands `id` to `consumer`, or back to the group ('').
local function hand(id, delivery, consumer, visible_at)
  let_go(delivery[1])
  if consumer ~= '' then redis.call('HINCRBY', HELD, consumer, 1) end
  delivery[1] = consumer
  redis.call('HSET', DELIVERIES, id, cmsgpack.pack(delivery))
  redis.call('ZADD', PENDING, place_at(PENDING, visible_at), id)
end

-- Ends what the group knows of a delivery.
local function release(id, delivery)
  let_go(delivery[1])
  redis.call('ZREM', PENDING, id)
  redis.call('HDEL', DELIVERIES, id)
  redis.call('HDEL', COPIES, id)
end

-- Data and key of an entry, from the stream or from what a replayed dead letter brought back; nil if both are gone.
local function content_of(id)
  local found = redis.call('XRANGE', ENTRIES, id, id)[1]
  if found then
    local fields = fields_of(found)
    return fields.data, fields.key
  end
  local copy = redis.call('HGET', COPIES, id)
  if copy then return unpack(cmsgpack.unpack(copy)) end
end

local function bury(id, delivery, reason, now)
  local data, key = content_of(id)
  redis.call('ZADD', DEAD, place_at(DEAD, now), id)
  redis.call('HSET', LETTERS, id, cmsgpack.pack({ data or false, key or false, reason, delivery[2] }))
  release(id, delivery)
end

-- The next delivery that may be taken by anybody; what has been delivered too often, or is trimmed, is buried.
local function next_due(group, now, burials)
  while burials.left > 0 do
    local id = redis.call('ZRANGEBYSCORE', PENDING, '-inf', now, 'LIMIT', 0, 1)[1]
    if not id then return nil end
    local delivery = delivery_of(id)
    local data, key = content_of(id)
    if not data then
      bury(id, delivery, TRIMMED, now)
    elseif delivery[2] >= group.max_deliveries then
      bury(id, delivery, delivery[4] or TIMED_OUT, now)
    else
      return id, delivery, data, key
    end
    burials.left = burials.left - 1
  end
end

-- The delivery of `id` if it is this consumer's; otherwise nil and why it is not.
local function owned(id, consumer, now, deliveries)
  local delivery = delivery_of(id)
  if not delivery then return nil, 'not-pending' end
  if delivery[1] ~= consumer then return nil, 'not-owner' end
  if tonumber(redis.call('ZSCORE', PENDING, id)) <= now then return nil, 'expired' end
  if deliveries and delivery[2] ~= deliveries then return nil, 'not-owner' end
  return delivery
end

-- Gives up what came due and was delivered often enough, among the first thousand that are due, so that it is shown
-- without anybody receiving.
local function bury_spent(group, now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', PENDING, '-inf', now, 'LIMIT', 0, MAX_BURIALS)) do
    local delivery = delivery_of(id)
    if delivery[2] >= group.max_deliveries then bury(id, delivery, delivery[4] or TIMED_OUT, now) end
  end
end

-- The last id before the place that `to` names (begin, now, or the id of the next entry), and its ordinal.
local function place_of(to)
  local last = redis.call('HGET', INFO, 'lastId') or '0-0'
  if to == 'now' then return last, appended() end
  if to == 'begin' then
    local _, first = entry_from('-')
    return '0-0', first and first.n - 1 or appended()
  end
  local id, fields = entry_from(to)
  -- Nothing is that late: what is appended from now on is next.
  if not id then return last, appended() end
  local before = redis.call('XREVRANGE', ENTRIES, '(' .. id, '-', 'COUNT', 1)[1]
  return before and before[1] or '0-0', fields.n - 1
end
