-- Shared by the scripts of locks and semaphores: who holds what, who waits for it and who is next, as one node knows it of a
-- tenant. A place is what can be held, `lock:<name>` or `permit:<name>`; a slot is one of the holders that it can have. Names
-- hold no space, and ' ' sorts before all that they hold, so the members of a place's line lie side by side, from `<place> ` to
-- `<place>!`.
local PLACES, GRANTS, QUEUE, WAITERS, PROCESSES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- No place's name: the highest number that was given out, as a token or as a ticket.
local CLOCK = ' clock'

local time = redis.call('TIME')
local NOW_MICROS = tonumber(time[1]) * 1000000 + tonumber(time[2])
local NOW = math.floor(NOW_MICROS / 1000)

local function whole(number) return string.format('%.0f', number) end

-- A number later than all before it: than those of other nodes by the clock, than this node's own by the last one.
local function number_after(last) return math.max(NOW_MICROS, (tonumber(last) or 0) + 1) end

-- A process that has not been heard of for so long is gone, and its waiters with it.
local ALIVE_MS = 3000
-- Grants that are looked at for lapsed ones that nobody asks for.
local SWEPT = 8

-- Of one width, so that the order of the bytes is that of the tickets.
local function in_line(place, ticket, id) return string.format('%s %017.0f %s', place, ticket, id) end

local function line(place, ...)
  return redis.call('ZRANGEBYLEX', QUEUE, '[' .. place .. ' ', '(' .. place .. '!', ...)
end

local function write_grant(id, grant)
  redis.call('HSET', GRANTS, id, cmsgpack.pack(grant.ends, grant.places, grant.ttl, grant.since, grant.token,
    grant.confirmed, grant.owner, grant.metadata))
end

-- Slot, id, slot, id, … of those that hold a place.
local function holders_of(place)
  local holders = {}
  for word in (redis.call('HGET', PLACES, place) or ''):gmatch('%S+') do holders[#holders + 1] = word end
  return holders
end

local function forget_grant(id, grant)
  for _, place in ipairs(grant.places) do
    local holders, left = holders_of(place), {}
    for at = 1, #holders, 2 do
      if holders[at + 1] ~= id then left[#left + 1] = holders[at] .. ' ' .. holders[at + 1] end
    end
    if #left == 0 then
      redis.call('HDEL', PLACES, place)
    else
      redis.call('HSET', PLACES, place, table.concat(left, ' '))
    end
  end
  redis.call('HDEL', GRANTS, id)
end

local function unpacked(text)
  local grant = {}
  grant.ends, grant.places, grant.ttl, grant.since, grant.token, grant.confirmed, grant.owner, grant.metadata =
    cmsgpack.unpack(text)
  return grant
end

-- The grant of `id` and the ms that it lasts, or nil; one that has lapsed is forgotten.
local function standing(id)
  local text = redis.call('HGET', GRANTS, id)
  if not text then return nil end
  local grant = unpacked(text)
  local left = grant.ends - NOW
  if left > grant.ttl then
    -- The clock was set back since; that prolongs nothing beyond its time to live.
    left = grant.ttl
    grant.ends = NOW + left
    write_grant(id, grant)
  end
  if left > 0 then return grant, left end
  forget_grant(id, grant)
  return nil
end

local function waiter_of(id)
  local text = redis.call('HGET', WAITERS, id)
  return text and cmsgpack.unpack(text) or nil
end

local function forget_waiter(id, waiter)
  for _, want in ipairs(waiter.wants) do redis.call('ZREM', QUEUE, in_line(want.place, waiter.ticket, id)) end
  redis.call('HDEL', WAITERS, id)
end

local heard_of = {}
local function is_alive(process)
  if heard_of[process] == nil then
    local left = tonumber(redis.call('ZSCORE', PROCESSES, process) or NOW) - NOW
    -- Further ahead than it is ever set: the clock was set back.
    if left > ALIVE_MS then redis.call('ZADD', PROCESSES, whole(NOW + ALIVE_MS), process) end
    heard_of[process] = left > 0
  end
  return heard_of[process]
end

-- Who is first in the line for a place, or nil; whoever cannot take it any more loses its turn.
local function first_in_line(place)
  while true do
    local first = line(place, 'LIMIT', 0, 1)[1]
    if not first then return nil end
    local id = first:match('%S+$')
    local waiter = waiter_of(id)
    if waiter and waiter.deadline > NOW and is_alive(waiter.process) then return id, waiter end
    if waiter then forget_waiter(id, waiter) end
    redis.call('ZREM', QUEUE, first)
  end
end

-- The lowest slot that is free, or nil; and the ms until a holder's time is up. `only` asks for that slot alone, 0 for any.
local function free_slot(want, only)
  local taken, count, soonest = {}, 0, nil
  local holders = holders_of(want.place)
  for at = 1, #holders, 2 do
    local grant, left = standing(holders[at + 1])
    if grant then
      taken[tonumber(holders[at])] = true
      count = count + 1
      soonest = math.min(soonest or left, left)
    end
  end
  if count >= want.permits then return nil, soonest end
  if only > 0 then return not taken[only] and only or nil, soonest end
  local slot = 1
  while taken[slot] do slot = slot + 1 end
  return slot, soonest
end

-- A slot for each of the places that `id` wants, if it may have them now; else nil, and the ms until they can come free.
local function slots_for(id, wants, only)
  local slots, longest, blocked = {}, nil, false
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

-- After somebody has left the line. With a grant of this node a lock is not free for the next one, a semaphore may be.
local function wake_besides(waiter, without_grant, topic)
  for _, want in ipairs(waiter.wants) do
    if without_grant or want.place:sub(1, 7) == 'permit:' then wake_next(want.place, topic) end
  end
end

local function wake_after(grant, topic)
  if redis.call('EXISTS', QUEUE) == 0 then return end
  for _, place in ipairs(grant.places) do wake_next(place, topic) end
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

-- Ends what has lapsed among a few grants, whichever they are, so that what nobody asks for again does not stay.
local function sweep(topic)
  forget_process()
  local some = redis.call('HRANDFIELD', GRANTS, SWEPT)
  for _, id in ipairs(some) do
    local text = redis.call('HGET', GRANTS, id)
    if text and not standing(id) then wake_after(unpacked(text), topic) end
  end
end
