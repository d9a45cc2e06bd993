-- Shared by the scripts of locks and semaphores: what one node knows of a tenant. A place is what is waited for, `lock:<name>`
-- or `permit:<name>`; a slot is one of the holders that it can have. Names hold no space, and ' ' sorts before all that
-- they hold, so a place's members lie side by side between `<place> ` and `<place>!`.
local HOLDERS, GRANTS, EXPIRIES, QUEUE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local WAITERS, PROCESSES, FENCES, COUNTERS = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
-- A process that has not been heard of for so long is gone, and its waiters with it.
local ALIVE_MS = 3000
-- Lapsed grants that one script clears away besides those in its own way.
local SWEPT = 8

local time = redis.call('TIME')
local NOW_MICROS = tonumber(time[1]) * 1000000 + tonumber(time[2])
local NOW = math.floor(NOW_MICROS / 1000)

local function whole(number) return string.format('%.0f', number) end

-- Of one width, so that the order of the bytes is that of the tickets.
local function in_line(place, ticket, id) return string.format('%s %017.0f %s', place, ticket, id) end

local function members(key, place, ...)
  return redis.call('ZRANGEBYLEX', key, '[' .. place .. ' ', '(' .. place .. '!', ...)
end

-- In how many ms an instant comes that lies at most `most` ahead: one that seems further was set before the clock went back.
local function ahead(key, id, most)
  local at = redis.call('ZSCORE', key, id)
  if not at then return nil end
  local left = tonumber(at) - NOW
  if left > most then
    redis.call('ZADD', key, whole(NOW + most), id)
    return most
  end
  return left > 0 and left or nil
end

local function unpacked(key, id)
  local packed = redis.call('HGET', key, id)
  return packed and cmsgpack.unpack(packed) or nil
end

local function forget_grant(id, grant)
  for _, held in ipairs(grant.held) do redis.call('ZREM', HOLDERS, held .. ' ' .. id) end
  redis.call('HDEL', GRANTS, id)
  redis.call('ZREM', EXPIRIES, id)
end

-- The grant of `id` and the ms that it lasts, or nil; one that has lapsed is forgotten.
local function standing(id)
  local grant = unpacked(GRANTS, id)
  if not grant then return nil end
  local left = ahead(EXPIRIES, id, grant.ttl)
  if left then return grant, left end
  forget_grant(id, grant)
  return nil
end

local function forget_waiter(id, waiter)
  for _, want in ipairs(waiter.wants) do redis.call('ZREM', QUEUE, in_line(want.place, waiter.ticket, id)) end
  redis.call('HDEL', WAITERS, id)
end

local heard_of = {}
local function is_alive(process)
  if heard_of[process] == nil then heard_of[process] = ahead(PROCESSES, process, ALIVE_MS) ~= nil end
  return heard_of[process]
end

-- Who is first in the line for a place, or nil; whoever cannot take it any more loses its turn.
local function first_in_line(place)
  while true do
    local first = members(QUEUE, place, 'LIMIT', 0, 1)[1]
    if not first then return nil end
    local id = first:match('[^ ]+$')
    local waiter = unpacked(WAITERS, id)
    if waiter and waiter.deadline > NOW and is_alive(waiter.process) then return id, waiter end
    if waiter then forget_waiter(id, waiter) end
    redis.call('ZREM', QUEUE, first)
  end
end

-- The lowest slot that is free, or nil and the ms until a holder's time is up. `only` asks for that slot alone.
local function free_slot(want, only)
  local taken, count, soonest = {}, 0, nil
  for _, member in ipairs(members(HOLDERS, want.place)) do
    local slot, id = member:match(' (%d+) ([^ ]+)$')
    local grant, left = standing(id)
    if grant then
      taken[tonumber(slot)] = true
      count = count + 1
      soonest = math.min(soonest or left, left)
    end
  end
  if count < want.permits then
    if only > 0 then return not taken[only] and only or nil, soonest end
    local slot = 1
    while taken[slot] do slot = slot + 1 end
    return slot
  end
  return nil, soonest
end

-- A slot for each of the places that `id` wants, if it may have them now; else nil, and the ms until a place can come free.
local function slots_for(id, wants, only)
  local slots, longest = {}, nil
  local blocked = false
  for number, want in ipairs(wants) do
    local slot, left = free_slot(want, only)
    local first = first_in_line(want.place)
    if not slot then longest = math.max(longest or 0, left or 0) end
    if not slot or (first and first ~= id) then blocked = true end
    slots[number] = slot
  end
  if blocked then return nil, longest end
  return slots
end

-- Tells the process of whoever is first in the line for a place, if it can have all that it waits for.
local function wake_next(place, topic)
  local id, waiter = first_in_line(place)
  if id and slots_for(id, waiter.wants, 0) then redis.call('PUBLISH', topic .. waiter.process, id) end
end

local function place_of(held) return held:match('^[^ ]+') end

local function wake_after(grant, topic)
  for _, held in ipairs(grant.held) do wake_next(place_of(held), topic) end
end

-- Forgets a process that has not been heard of for longer than anybody waits, with all that waited in it: nobody may ever ask
-- for their places again.
local FORGOTTEN_MS = 60000
local function forget_process()
  local gone = redis.call('ZRANGEBYSCORE', PROCESSES, '-inf', whole(NOW - FORGOTTEN_MS), 'LIMIT', 0, 1)[1]
  if not gone then return end
  redis.call('ZREM', PROCESSES, gone)
  local waiting = redis.call('HGETALL', WAITERS)
  for at = 1, #waiting, 2 do
    local waiter = cmsgpack.unpack(waiting[at + 1])
    if waiter.process == gone then forget_waiter(waiting[at], waiter) end
  end
end

-- Clears away what nobody has touched since it lapsed.
local function sweep(topic)
  forget_process()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', EXPIRIES, '-inf', whole(NOW), 'LIMIT', 0, SWEPT)) do
    local grant = unpacked(GRANTS, id)
    if grant then
      forget_grant(id, grant)
      wake_after(grant, topic)
    else
      redis.call('ZREM', EXPIRIES, id)
    end
  end
end

-- Notes that a token was given out for a place. Those of seven days ago are forgotten one by one, but never undercut.
local FENCE_MICROS = 7 * 86400 * 1000000
local function raise_fence(place, token)
  local last = redis.call('ZSCORE', FENCES, place)
  if not last or tonumber(last) < token then redis.call('ZADD', FENCES, whole(token), place) end
end

local function forget_fences()
  local old = redis.call('ZRANGEBYSCORE', FENCES, '-inf', whole(NOW_MICROS - FENCE_MICROS), 'WITHSCORES', 'LIMIT', 0, 4)
  for at = 1, #old, 2 do
    local floor = tonumber(redis.call('HGET', COUNTERS, 'floor') or '0')
    if tonumber(old[at + 1]) > floor then redis.call('HSET', COUNTERS, 'floor', whole(tonumber(old[at + 1]))) end
    redis.call('ZREM', FENCES, old[at])
  end
end
